"""Real threads and events; nothing here proves anything by sleeping."""

import logging
import threading
from collections.abc import Iterator

import pytest
from waiting import PATIENCE_S

from dashboard.server.jobs import UNEXPECTED, Job, JobQueue, JobState
from harec.core.errors import Cancelled, VideoError


class Gate:
    """Work that says when it has started and returns when it is let go or cancelled."""

    def __init__(self, name: str = "gate") -> None:
        self.name = name
        self.started = threading.Event()
        self.go = threading.Event()

    def __call__(self, report, cancel):
        self.started.set()
        while not self.go.wait(0.005):
            if cancel.is_set():
                raise Cancelled("stopped")
        return self.name


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    queue = JobQueue()
    yield queue
    queue.close()


def occupy(queue: JobQueue, owner: str = "first") -> tuple[Gate, Job]:
    gate = Gate()
    job = queue.submit(gate, owner)
    assert gate.started.wait(PATIENCE_S)
    return gate, job


def test_result_and_progress(queue):
    reported = threading.Event()
    go = threading.Event()

    def work(report, cancel):
        report("half")
        reported.set()
        assert go.wait(PATIENCE_S)
        return 42

    job = queue.submit(work, "a")
    assert reported.wait(PATIENCE_S)
    assert (job.state, job.progress, job.ended) == (JobState.RUNNING, "half", False)
    go.set()
    assert job.wait(PATIENCE_S)
    assert (job.state, job.result, job.error) == (JobState.DONE, 42, None)


def test_one_at_a_time(queue):
    running, most = 0, 0
    lock = threading.Lock()

    def work(report, cancel):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        cancel.wait(0.005)
        with lock:
            running -= 1

    jobs = [queue.submit(work, f"owner {i % 3}") for i in range(9)]
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert most == 1


def test_owners_take_turns(queue):
    gate, _ = occupy(queue)
    order: list[str] = []

    def named(name):
        return lambda report, cancel: order.append(name)

    jobs = [queue.submit(named(name), name[0]) for name in ("a1", "a2", "a3", "b1", "c1", "b2")]
    expected = ["a1", "b1", "c1", "a2", "b2", "a3"]
    by_name = dict(zip(("a1", "a2", "a3", "b1", "c1", "b2"), jobs, strict=True))
    # What a job says about its place is the order in which they then run.
    assert [len(by_name[name].before) for name in expected] == [1, 2, 3, 4, 5, 6]
    gate.go.set()
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert order == expected


def test_before_names_the_jobs_that_end_first(queue):
    gate, first = occupy(queue)
    second = queue.submit(Gate(), "second")
    third = queue.submit(lambda report, cancel: "done", "third")
    assert third.before == [first, second]
    assert first.before == []
    second.cancel()
    assert third.before == [first]
    gate.go.set()
    assert third.wait(PATIENCE_S)
    assert third.before == []


def test_cancel_while_queued_never_runs(queue):
    gate, _ = occupy(queue)
    waiting = Gate()
    job = queue.submit(waiting, "b")
    job.cancel()
    assert job.ended
    assert job.state is JobState.CANCELLED
    last = queue.submit(lambda report, cancel: "last", "c")
    gate.go.set()
    assert last.wait(PATIENCE_S)
    assert not waiting.started.is_set()


def test_cancel_while_running_answers_before_the_work_does(queue):
    started, noticed, let_go = threading.Event(), threading.Event(), threading.Event()

    def deaf(report, cancel):
        started.set()
        assert cancel.wait(PATIENCE_S)
        noticed.set()
        assert let_go.wait(PATIENCE_S)
        return "too late"

    job = queue.submit(deaf, "a")
    assert started.wait(PATIENCE_S)
    other = queue.submit(lambda report, cancel: "other", "b")
    job.cancel()
    assert job.state is JobState.CANCELLED
    assert noticed.wait(PATIENCE_S)
    assert other.state is JobState.QUEUED  # one at a time holds for cancelled work, too
    let_go.set()
    assert other.wait(PATIENCE_S)
    assert (other.result, job.result, job.state) == ("other", None, JobState.CANCELLED)


def test_cancel_after_the_end_changes_nothing(queue):
    job = queue.submit(lambda report, cancel: 1, "a")
    assert job.wait(PATIENCE_S)
    job.cancel()
    assert (job.state, job.result) == (JobState.DONE, 1)


def test_errors_for_people_and_errors_for_the_log(queue, caplog):
    def bad_video(report, cancel):
        raise VideoError("notes.mp4 is not a video.")

    def bug(report, cancel):
        raise ZeroDivisionError("secret/path")

    with caplog.at_level(logging.ERROR):
        known, unknown = queue.submit(bad_video, "a"), queue.submit(bug, "a")
        assert known.wait(PATIENCE_S)
        assert unknown.wait(PATIENCE_S)
    assert (known.state, known.error) == (JobState.FAILED, "notes.mp4 is not a video.")
    assert (unknown.state, unknown.error) == (JobState.FAILED, UNEXPECTED)
    assert "ZeroDivisionError" in caplog.text
    assert "notes.mp4" not in caplog.text
    after = queue.submit(lambda report, cancel: "alive", "a")
    assert after.wait(PATIENCE_S)
    assert after.result == "alive"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_work_that_asks_the_process_to_end_ends_itself_alone(queue, caplog, error):
    def exits(report, cancel):
        raise error

    job = queue.submit(exits, "a")
    after = queue.submit(lambda report, cancel: "alive", "b")
    assert after.wait(PATIENCE_S)
    assert (job.state, job.error) == (JobState.FAILED, UNEXPECTED)
    assert type(error).__name__ in caplog.text
    assert (after.result, queue.busy_for("a")) == ("alive", False)


def test_forget_cancels_only_that_owner(queue):
    gate, first = occupy(queue, "leaver")
    second = queue.submit(Gate(), "leaver")
    other = queue.submit(lambda report, cancel: "mine", "stayer")
    queue.forget("leaver")
    queue.forget("unknown")
    assert other.wait(PATIENCE_S)  # the gate was never opened: the running job was stopped
    assert not gate.go.is_set()
    assert [job.state for job in (first, second, other)] == ["cancelled", "cancelled", "done"]


def test_closed_queue_takes_nothing(queue):
    _, running = occupy(queue)
    waiting = queue.submit(Gate(), "b")
    queue.close()
    late = Gate()
    after = queue.submit(late, "a")
    assert {job.state for job in (running, waiting, after)} == {JobState.CANCELLED}
    assert queue.wait(0)  # what ran has returned
    assert not late.started.is_set()


def test_submit_and_cancel_from_many_threads(queue):
    jobs: list[Job] = []
    lock = threading.Lock()
    barrier = threading.Barrier(8)

    def visitor(number: int) -> None:
        barrier.wait(PATIENCE_S)
        for i in range(20):
            job = queue.submit(lambda report, cancel, i=i: i, str(number))
            _ = job.before
            if i % 3 == 0:
                job.cancel()
            with lock:
                jobs.append(job)

    threads = [threading.Thread(target=visitor, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(jobs) == 160
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert {job.state for job in jobs} <= {JobState.DONE, JobState.CANCELLED}
    assert sum(job.state is JobState.DONE for job in jobs) >= 8 * 13
