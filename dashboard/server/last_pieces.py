"""Lets the last pieces of a run reach its visitor before the next run begins.

A run's thread hands its pieces to the server's event loop. If a part that runs by itself asks for
its turn when that thread has ended and the loop has pieces of it left, Streamlit (1.67) makes
another runner and throws these away, as those of a runner that is not the current one. The browser
is then sent pieces whose place it doesn't know ("Bad delta path index"), or hears no more of its
parts that run by themselves; on a busy machine that comes often. So the request waits for the
loop to get to the runner's end, and those that come meanwhile wait behind it: each carries the
values of all fields, so that an older one that came last would take back what was chosen or
uploaded since.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from streamlit.runtime.app_session import AppSession, AppSessionState

#: Between two looks, and at most in all: the end of a thread is sure to come, and soon.
_AGAIN_S: Final = 0.002
_MOST_S: Final = 10.0

#: Requests of a session in the order in which they came, and since when each waits.
Waiting = deque[tuple[float, Any]]

_log = logging.getLogger(__name__)


def wait_for_them() -> None:
    """Make Streamlit wait, once for this process; a Streamlit made otherwise stays as it is."""
    create = getattr(AppSession, "_create_scriptrunner", None)
    if create is None:
        _log.warning("This Streamlit is made otherwise: pieces of pages may be lost.")
    elif not hasattr(create, "waits"):
        AppSession._create_scriptrunner = _waiting(create)  # type: ignore


def _waiting(create: Callable[[AppSession, Any], None]) -> Callable[[AppSession, Any], None]:
    def ask(session: AppSession, rerun_data: Any) -> None:
        """As ``create``, which is called when the session's runner, if any, takes no request."""
        waiting: Waiting = vars(session).setdefault("_harec_waiting", deque())
        waiting.append((time.monotonic(), rerun_data))
        if len(waiting) == 1 or session._scriptrunner is None:
            pass_on(session, waiting)

    def pass_on(session: AppSession, waiting: Waiting) -> None:
        while waiting:
            if session._state == AppSessionState.SHUTDOWN_REQUESTED:
                waiting.clear()
                return
            since_s, rerun_data = waiting[0]
            runner = session._scriptrunner
            if runner is None or time.monotonic() - since_s > _MOST_S:
                waiting.popleft()
                create(session, rerun_data)
            elif runner.request_rerun(rerun_data):
                waiting.popleft()
            else:
                session._event_loop.call_later(_AGAIN_S, pass_on, session, waiting)
                return

    ask.waits = True  # type: ignore[attr-defined]
    return ask
