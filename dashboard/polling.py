"""Parts of a page that run anew by themselves, several times a second, beside runs of all of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value

_EVERY_S: Final = 0.5

P = ParamSpec("P")


def begin_at_the_top() -> None:
    """Write to the top of the page; call it first in each run of all of it.

    Streamlit (1.67) leaves a thread that ran a part alone in that part's place. A run of all that
    waited for it goes on in the same thread (`runner.fastReruns` is off), and would write the whole
    page in there once more.
    """
    context_dg_stack.set(get_default_dg_stack_value())


def polled(part: Callable[P, None]) -> Callable[P, None]:
    """Let a part of a page run anew twice a second, while the rest of it stands still.

    It has a container of its own, which is not part of the fragment. When a fragment runs anew,
    Streamlit drops what the run before has not sent yet (`ForwardMsgQueue.clear`): on a machine or
    a network that is slow the part's place, too, and with it that of all that follows in the page,
    which then shows nothing any more ("Bad delta path index").
    """
    fragment = st.fragment(run_every=_EVERY_S)(part)

    @wraps(part)
    def placed(*arguments: P.args, **options: P.kwargs) -> None:
        with st.container():
            fragment(*arguments, **options)

    return placed
