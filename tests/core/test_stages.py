"""Stages that work at once: order, bounds, errors, and that nothing works on afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest
from waiting import PATIENCE_S, until

from harec.core.stages import Stages


def stage_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("harec-test")]


def test_items_keep_their_order_through_several_stages() -> None:
    with Stages() as stages:
        numbers = stages.prefetch(range(200), "test a")
        doubled = stages.prefetch((2 * n for n in numbers), "test b", most=5)
        assert list(doubled) == [2 * n for n in range(200)]
    assert not stage_threads()


def test_stages_work_at_the_same_time() -> None:
    """Two stages that wait for each other get on only if both run."""
    first, second = threading.Event(), threading.Event()

    def make() -> Iterator[int]:
        yield 1
        assert second.wait(PATIENCE_S)  # the next stage has the first item
        first.set()
        yield 2

    def passed(items: Iterator[int]) -> Iterator[int]:
        for item in items:
            second.set()
            assert first.wait(PATIENCE_S)
            yield item

    with Stages() as stages:
        assert list(stages.prefetch(passed(stages.prefetch(make(), "test a")), "test b")) == [1, 2]


def test_no_more_is_made_ahead_than_asked_for() -> None:
    made = []

    def make() -> Iterator[int]:
        for number in count():
            made.append(number)
            yield number

    with Stages() as stages:
        items = stages.prefetch(make(), "test", most=3)
        for read in range(1, 6):
            next(items)
            until(lambda read=read: len(made) >= read + 3)
            time.sleep(0.02)
            assert len(made) <= read + 4  # three wait, one is in the maker's hands


def test_an_error_comes_after_the_items_before_it_through_all_stages() -> None:
    def make() -> Iterator[int]:
        yield from range(3)
        raise RuntimeError("broken")

    seen = []

    def job() -> None:
        with Stages() as stages:
            items = stages.prefetch(make(), "test a")
            for item in stages.prefetch((n for n in items), "test b"):
                seen.append(item)  # one by one: those before the error count

    with pytest.raises(RuntimeError, match="broken"):
        job()
    assert seen == [0, 1, 2]
    assert not stage_threads()


def test_leaving_the_block_ends_every_stage_and_closes_its_source() -> None:
    closed = threading.Event()

    def make() -> Iterator[int]:
        try:
            yield from count()
        finally:
            closed.set()

    def job() -> None:
        with Stages() as stages:
            items = stages.prefetch(make(), "test a", most=1)
            for item in stages.prefetch((n for n in items), "test b", most=1):
                1 / (item - 3)

    with pytest.raises(ZeroDivisionError):
        job()
    assert closed.is_set()
    assert not stage_threads()


def test_a_reader_that_waits_can_be_stopped() -> None:
    stop, let_go = threading.Event(), threading.Event()

    def never() -> Iterator[int]:
        let_go.wait(10)
        yield 1

    class Stopped(Exception):
        pass

    def check() -> None:
        if stop.is_set():
            let_go.set()  # as a slow model ends its frame at last
            raise Stopped

    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped), Stages() as stages:
        next(stages.prefetch(never(), "test", check=check))
    assert not stage_threads()


def test_work_apart_gives_its_answer_or_its_error() -> None:
    def fail() -> None:
        raise ValueError("no room")

    with Stages() as stages:
        assert stages.spawn(lambda: 42, "test").result(lambda: None) == 42
        failing = stages.spawn(fail, "test")
        with pytest.raises(ValueError, match="no room"):
            failing.result(lambda: None)
        with pytest.raises(ValueError, match="no room"):
            failing.check()
        stages.spawn(lambda: until(lambda: stages.stopped), "test").check()  # not done: silent
    assert not stage_threads()
