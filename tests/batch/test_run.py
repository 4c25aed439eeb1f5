"""Runs on a real Ray: what is damaged, hangs, is killed; resumed, repeated, at the same time."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import batch_stub
import pyarrow.parquet as pq
import pytest
from commands import run
from heard_run import Heard
from waiting import until

from harec.batch.claims import is_running
from harec.batch.driver import run_batch
from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.pool import Pool, PoolSettings
from harec.batch.sources import Source, find_sources
from harec.batch.store import Store

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests" / "support"

pytestmark = pytest.mark.usefixtures("cluster")


def analysed(folder: Path) -> dict[str, int]:
    """How often each video was analysed."""
    return {p.stem: len(p.read_text()) for p in folder.glob("*.analysed")}


def test_a_video_that_hangs_is_given_up_and_its_worker_replaced(batch, film) -> None:
    hanging = film("hang-1.mp4")
    film("hang-2.mp4")
    _, heard = batch(hanging.parent, timeout_s=1, workers=1)
    assert {name: reason.partition(":")[0] for name, reason in heard.failed.items()} == {
        "hang-1.mp4": "it hung",
        "hang-2.mp4": "it hung",
    }


def test_the_rest_goes_on_where_videos_are_damaged_or_end_their_worker(
    batch, film, tmp_path: Path
) -> None:
    good = [film(f"good-{i}.mp4") for i in range(3)]
    film("bad.mp4").write_bytes(b"no video" * 100)
    for name in ("die-1.mp4", "odd-1.mp4"):
        film(name)
    listed = tmp_path / "films.txt"
    listed.write_text(f"{good[0].parent}\ngone.mp4\n")
    summary, heard = batch(listed)
    assert sorted(row["name"] for row in summary.done) == [p.name for p in good]
    assert {name: reason.partition(":")[0] for name, reason in heard.failed.items()} == {
        "bad.mp4": '"bad.mp4" is not a video that can be read, or it is damaged or incomplete',
        "die-1.mp4": "its worker was ended 3 times (killed, or crashed)",
        "gone.mp4": '"gone.mp4" is gone, or was never there.',
        "odd-1.mp4": "unexpected RuntimeError",
    }
    assert analysed(good[0].parent)["die-1.mp4"] == 3
    failures = pq.read_table(tmp_path / "out" / "failures.parquet").to_pylist()
    assert {row["name"]: row["reason"] for row in failures} == heard.failed
    table = pq.read_table(tmp_path / "out" / "videos.parquet").to_pandas()
    assert Counter(table["status"]) == {"done": 3, "failed": 4}

    # the same command again does nothing; what failed is done again when asked for, or changed
    summary, heard = batch(listed)
    assert (summary.ended, heard.failed) == (0, {})
    film("bad.mp4")
    summary, _ = batch(listed)
    assert [row["name"] for row in summary.done] == ["bad.mp4"]
    film("good-9.mp4").rename(tmp_path / "gone.mp4")
    (good[0].parent / "die-1.mp4").unlink()
    summary, heard = batch(listed, retry_failed=True)
    assert [row["name"] for row in summary.done] == ["gone.mp4"]
    assert list(heard.failed) == ["odd-1.mp4"]
    assert set(analysed(good[0].parent).values()) == {1, 2, 3}


def test_a_worker_that_is_killed_costs_its_video_an_attempt(batch, film) -> None:
    waiting = film("wait-1.mp4")
    film("good.mp4")
    killed: list[int] = []

    def kill(standing) -> None:
        claims = [*(waiting.parents[1] / "out" / "claims").rglob("*.json")]
        begun = any(b.name == "wait-1.mp4" and b.fraction for b in standing.running)
        if not killed and begun and len(claims) == 1:  # its own: the other video is done
            killed.append(json.loads(claims[0].read_text())["process"])
            os.kill(killed[0], signal.SIGKILL)
            (waiting.parent / "go").touch()

    summary, _ = batch(waiting.parent, heard=Heard(kill))
    assert {row["name"] for row in summary.done} == {"good.mp4", "wait-1.mp4"}
    assert len(killed) == 1
    assert analysed(waiting.parent) == {"good.mp4": 1, "wait-1.mp4": 2}
    assert not [*(waiting.parents[1] / "out" / "claims").iterdir()]


def test_a_driver_that_is_killed_is_resumed_where_it_was(batch, film, cluster: str) -> None:
    for name in ("a.mp4", "b.mp4", "wait-1.mp4", "z.mp4"):
        path = film(name)
    out = path.parents[1] / "out"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{SUPPORT}"}
    program = [sys.executable, SUPPORT / "batch_program.py", cluster, path.parent, out]
    driver = subprocess.Popen(program, cwd=ROOT, env=environment)
    reached = lambda: "wait-1.mp4" in analysed(path.parent) or driver.poll() is not None  # noqa: E731
    until(reached, "the third video", every_s=0.05)
    claim = json.loads(next((out / "claims").rglob("*.json")).read_text())
    driver.kill()
    driver.wait()
    until(lambda: not is_running(claim["process"]), "the end of its worker", every_s=0.05)
    assert len(Store(str(out)).names("records")) == 2
    (path.parent / "go").touch()
    summary, _ = batch(path.parent)
    assert sorted(row["name"] for row in summary.done) == ["wait-1.mp4", "z.mp4"]
    assert analysed(path.parent) == {"a.mp4": 1, "b.mp4": 1, "wait-1.mp4": 2, "z.mp4": 1}
    assert len(Journal(Store(str(out))).videos()) == 4


def test_two_runs_at_once_do_no_video_twice(batch, film, tmp_path: Path) -> None:
    for i in range(6):
        path = film(f"v{i}.mp4")
    film("wait-1.mp4")
    film("wait-2.mp4")
    summaries = []
    release = Heard(lambda standing: standing.done >= 3 and (path.parent / "go").touch())
    runs = [
        threading.Thread(target=lambda h=heard: summaries.append(batch(path.parent, heard=h)[0]))
        for heard in (release, Heard())
    ]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert set(analysed(path.parent).values()) == {1}
    assert len(analysed(path.parent)) == 8
    assert sum(len(summary.done) for summary in summaries) == 8
    assert sum(summary.copies for summary in summaries) == 8
    table = pq.read_table(tmp_path / "out" / "videos.parquet")
    assert table.num_rows == len({*table["key"].to_pylist()}) == 8


def test_a_run_goes_on_with_what_is_dropped_meanwhile(film, tmp_path: Path) -> None:
    first, heard, out = film("a.mp4"), Heard(), Store(str(tmp_path / "out"))
    dropped = iter([[first], [], [film("b.mp4")]])

    def more() -> list[Source] | None:
        if len(heard.done) < 1 and first in given:
            return []
        given.extend(paths := next(dropped, [None]))
        return None if None in paths else find_sources(map(str, paths), out)

    given: list[Path | None] = []
    pool = PoolSettings(1)
    run_batch([], out, BatchSettings(), pool, heard, analyzer=batch_stub.analyze, more=more)
    assert [row["name"] for row in heard.done] == ["a.mp4", "b.mp4"]


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_in_one_line_and_leaves_nothing_at_work(
    make_clip, cluster: str, tmp_path: Path, number: signal.Signals
) -> None:
    """While models load or frames are seen, whichever it is just then."""
    clip, _ = make_clip("JUMPING_JACKS:20", fps=30)
    (tmp_path / "in").mkdir()
    shutil.copy(clip, tmp_path / "in")
    command = [sys.executable, "-m", "harec", "batch", tmp_path / "in", tmp_path / "out"]
    options = ["--address", cluster, "--workers", "1", "--mode", "performance", "--skip", "0"]
    driver = subprocess.Popen([*command, *options], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    claims = tmp_path / "out" / "claims"
    until(lambda: [*claims.rglob("*.json")], "the claim", every_s=0.05)
    driver.send_signal(number)
    _, warned = driver.communicate()
    assert driver.returncode == 128 + number
    assert warned == "harec: stopped; the same command goes on where it was\n"
    process = json.loads(next(claims.rglob("*.json")).read_text())["process"]
    until(lambda: not is_running(process), "the worker's end", every_s=0.05)


def test_there_are_no_more_workers_than_videos(tmp_path: Path) -> None:
    for workers, most, expected in ((3, 2, 2), (1, 2, 1), (None, 1, 1)):
        pool = Pool(str(tmp_path), PoolSettings(workers), most=most)
        assert len(pool.hands) == expected
        pool.close()


def test_progress_tells_what_each_worker_does_and_how_long_it_takes(batch, film) -> None:
    for name in ("a.mp4", "wait-1.mp4"):
        path = film(name, frames=60 if name == "a.mp4" else 61)
    seen = []

    def look(standing) -> None:
        seen.append(standing)
        if standing.done and any(b.fraction == 0.5 for b in standing.running):
            (path.parent / "go").touch()

    batch(path.parent, heard=Heard(look))
    at_work = next(s for s in seen if s.done and any(b.fraction for b in s.running))
    assert (at_work.total, at_work.done, at_work.failed) == (2, 1, 0)
    assert [(b.name, b.phase) for b in at_work.running] == [("wait-1.mp4", "analyze")]
    assert at_work.hours_per_hour is not None
    assert at_work.remaining_s is not None


@pytest.mark.slow
def test_the_command_gives_what_analyze_gives_and_an_exit_code(
    make_clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, _ = make_clip("JUMPING_JACKS:3", fps=10)
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    shutil.copy(clip, films / "jacks.mp4")
    asked = ("batch", films, out, "--workers", "1", "--mode", "lightweight", "--json-lines")
    code, told, _ = run(capsys, *asked)
    events = [json.loads(line) for line in told.splitlines()]
    assert (code, events[0]["event"], events[-1]) == (
        0, "begin", {"event": "end", "done": 1, "same": 0, "done_before": 0, "failed": 0}
    )  # fmt: skip
    (done,) = (event for event in events if event["event"] == "done")
    document = json.loads((out / "results" / f"{done['video']}.json").read_text())
    same = tmp_path / "same.json"
    run(capsys, "analyze", clip, "--mode", "lightweight", "--json", same)
    assert document["people"] == json.loads(same.read_text())["people"]
    assert document["made_with"]["models"]

    (films / "bad.mp4").write_bytes(b"no video" * 100)
    code, told, warned = run(capsys, *asked[:-1])
    assert code == 3
    assert told.splitlines()[-1] == f"{out}: 0 done, 1 before, 1 failed"
    assert warned.splitlines()[-1].startswith(f"harec: failed: {films / 'bad.mp4'}: ")
    assert run(capsys, *asked[:-1])[0] == 3  # and stays so until it is tried again


def test_a_bucket_in_and_a_bucket_out(batch, bucket: str, clips) -> None:
    store, out = Store(bucket), Store(f"{bucket}/out")
    for i in range(3):
        store.put(f"films/v{i}.mp4", clips(10 + i))
    store.put("films/again.mp4", clips(10))
    store.put("films/bad.mp4", b"no video" * 100)
    summary, heard = batch(f"{bucket}/films", out=out.address)
    assert (len(summary.done), summary.copies, list(heard.failed)) == (3, 1, ["bad.mp4"])
    assert {row["address"].rpartition("/")[0] for row in summary.done} == {f"{bucket}/films"}
    assert batch(f"{bucket}/films", out=out.address)[0].ended == 0
    assert out.names("claims") == []
    table = pq.read_table(io.BytesIO(out.read("videos.parquet"))).to_pandas()
    assert Counter(table["status"]) == {"done": 3, "failed": 1}
