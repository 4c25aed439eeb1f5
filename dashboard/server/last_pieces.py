"""Lets the last pieces of a run reach its visitor before the next run begins.

A run's thread hands its pieces to the server's event loop. If a part that runs by itself asks for
its turn when that thread has ended and the loop has pieces of it left, Streamlit (1.67) makes
another runner and throws these away, as those of a runner that is not the current one. The browser
is then sent pieces whose place it doesn't know ("Bad delta path index"), or hears no more of its
parts that run by themselves; on a busy machine that comes often. So the request waits for the
loop to get to the runner's end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from streamlit.runtime.app_session import AppSession, AppSessionState

#: Between two looks, and at most in all: the end of a thread is sure to come, and soon.
_AGAIN_S: Final = 0.002
_MOST_S: Final = 10.0

_log = logging.getLogger(__name__)


def wait_for_them() -> None:
    """Make Streamlit wait, once for this process; a Streamlit made otherwise stays as it is."""
    create = getattr(AppSession, "_create_scriptrunner", None)
    if create is None:
        _log.warning("This Streamlit is made otherwise: pieces of pages may be lost.")
    elif not hasattr(create, "waits"):
        AppSession._create_scriptrunner = _waiting(create)  # type: ignore


def _waiting(create: Callable[[AppSession, Any], None]) -> Callable[[AppSession, Any], None]:
    def wait(session: AppSession, rerun_data: Any, since_s: float | None = None) -> None:
        """As ``create``, which is called when the session's runner, if any, takes no request."""
        since_s = time.monotonic() if since_s is None else since_s
        if session._scriptrunner is None or time.monotonic() - since_s > _MOST_S:
            create(session, rerun_data)
            return

        def again() -> None:
            if session._state == AppSessionState.SHUTDOWN_REQUESTED:
                return
            runner = session._scriptrunner  # perhaps one that was made for another request
            if runner is None or not runner.request_rerun(rerun_data):
                wait(session, rerun_data, since_s)

        session._event_loop.call_later(_AGAIN_S, again)

    wait.waits = True  # type: ignore[attr-defined]
    return wait
