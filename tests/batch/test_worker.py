"""What a worker makes of one video, without Ray: results, copies, claims, and what goes wrong."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import batch_stub
import pyarrow.parquet as pq
import pytest
from waiting import until
from yoga_stub import Engine, joints, poses

import harec
from harec.analysis.results import Analysis, AnalysisSettings
from harec.batch.claims import LEASE_S, Owner, claimed
from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings, is_name, key_of, name_of
from harec.batch.sources import Source, find_sources
from harec.batch.store import Store
from harec.batch.worker import Job, Outcome, Worker
from harec.core.threads import pose_threads

ALL = BatchSettings(keypoints=True, video=True, thumbnails=True)


@pytest.fixture
def out(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "out"))


@pytest.fixture
def do(out: Store) -> Callable[..., Outcome]:
    def do(path: Path | str, settings: BatchSettings | None = None, **job: Any) -> Outcome:
        source = path if isinstance(path, Source) else find_sources([str(path)], out)[0]
        worker = Worker(out.address, analyzer=job.pop("analyzer", batch_stub.analyze))
        return worker.run(Job(1, source, settings or BatchSettings(), job.pop("run", "r"), **job))

    return do


def analysed(path: Path) -> int:
    log = path.with_name(f"{path.name}.analysed")
    return len(log.read_text()) if log.exists() else 0


def test_a_video_becomes_the_files_of_the_layout(do, film, out) -> None:
    path = film("Café 1.mp4", frames=30)
    outcome = do(path, ALL)
    assert outcome.kind == "done"
    name = outcome.row["video"]
    assert name.startswith("Cafe-1-")
    result = harec.load_result(out.folder / "results" / f"{name}.harec-result")
    assert json.loads(out.read(f"results/{name}.json"))["video"]["name"] == "Café 1.mp4"
    segments = pq.read_table(out.folder / "segments.parquet").to_pandas()
    assert set(segments["video"]) == {name}
    expected = result.to_pandas()
    assert segments["start_s"].tolist() == pytest.approx(expected["start_s"].tolist())
    assert segments["action"].tolist() == expected["action"].tolist()
    assert set(segments["by"]) == {"model"}
    keypoints = pq.read_table(out.folder / "keypoints" / f"{name}.parquet")
    assert keypoints.num_rows == sum(len(p.track_times_s) for p in result.people)
    assert keypoints["x"][3].as_py() == result.people[0].keypoints_xyc[3, :, 0].tolist()
    assert out.read(f"annotated/{name}.mp4") == path.read_bytes()
    pictures = [*(out.folder / "thumbnails" / name).iterdir()]
    assert len(pictures) == len(segments)
    assert pictures[0].read_bytes().startswith(b"\xff\xd8\xff")
    assert [*out.temporary_folder().iterdir()] == []
    assert not [*(out.folder / "claims").iterdir()]


def test_a_practice_becomes_holds(film, out, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.finds = poses(joints("vrikshasana", "left"))
    monkeypatch.setattr("harec.analysis.engines.create_estimator", engine.create)
    source = find_sources([str(film("flow.mp4", frames=120))], out)[0]
    settings = BatchSettings(yoga=True, keypoints=True)
    row = Worker(out.address).run(Job(1, source, settings, "r")).row
    assert (row["kind"], row["segments"], row["people"]) == ("yoga", 1, 1)
    (hold,) = pq.read_table(out.folder / "holds.parquet").to_pylist()
    document = json.loads(out.read(f"results/{row['video']}.json"))
    names = ("asana", "side", "start_s", "end_s", "best_score")
    assert [hold[n] for n in names] == [document["holds"][0][n] for n in names]
    assert (hold["asana"], hold["by"], hold["video"]) == ("vrikshasana", "model", row["video"])
    assert pq.read_table(out.folder / "keypoints" / f"{row['video']}.parquet").num_rows > 20


def test_a_worker_computes_with_the_threads_of_its_share(
    out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAREC_THREADS", "7")  # of the driver
    Worker(out.address, threads=3)
    assert pose_threads() == 3


def test_the_table_of_videos_is_made_of_the_records(do, film, out) -> None:
    do(film("a.mp4", frames=30))
    do(film("b.mp4", frames=15))
    assert Journal(out).fold() == (2, 0)
    rows = sorted(pq.read_table(out.folder / "videos.parquet").to_pylist(), key=lambda r: r["name"])
    assert [r["name"] for r in rows] == ["a.mp4", "b.mp4"]
    assert [r["duration_s"] for r in rows] == pytest.approx([1.0, 0.5])
    assert {r["status"] for r in rows} == {"done"}
    assert rows[0]["size_bytes"] == (out.folder.parent / "in" / "a.mp4").stat().st_size
    assert json.loads(rows[0]["settings"])["analysis"]["estimator"] == "movenet"
    assert dict(rows[0]["stages_s"])["pose"] == 1.5
    (out.folder / "videos.parquet").write_bytes(b"damaged")  # the records make it anew
    assert Journal(out).fold() == (2, 0)
    assert sorted(r["name"] for r in Journal(out).videos()) == ["a.mp4", "b.mp4"]


def test_nothing_of_a_video_stays_in_memory(do, film) -> None:
    left: list[weakref.ref[Analysis]] = []

    def analyze(path: Path, settings: AnalysisSettings, **options: Any) -> Analysis:
        analysis = batch_stub.analyze(path, settings, **options)
        circle = [analysis]
        circle.append(circle)  # type: ignore[arg-type]
        left.append(weakref.ref(analysis))
        return analysis

    gc.disable()
    try:
        assert do(film("a.mp4"), analyzer=analyze).kind == "done"
        assert left[0]() is None
    finally:
        gc.enable()


def test_same_contents_are_done_once_under_the_same_settings(do, film) -> None:
    first, copy = film("a.mp4", frames=12), film("copy.mp4", frames=12)
    assert do(first).kind == "done"
    assert [do(copy).kind, do(first).kind] == ["copy", "copy"]
    assert (analysed(first), analysed(copy)) == (1, 0)
    assert do(first, ALL).kind == "done"  # other settings


def test_overwrite_does_a_video_again_but_its_copies_not(do, film) -> None:
    first, copy = film("a.mp4", frames=12), film("copy.mp4", frames=12)
    do(first, run="one")
    assert do(first, run="two", again=True).kind == "done"
    assert do(copy, run="two", again=True).kind == "copy"
    assert analysed(first) == 2


def test_what_is_wrong_with_a_video_is_told_in_words(do, film, out, tmp_path) -> None:
    damaged = film("bad.mp4")
    damaged.write_bytes(b"no video" * 100)
    assert "is not a video that can be read" in do(damaged).row["reason"]
    (gone,) = find_sources([str(film("gone.mp4"))], out)
    Path(gone.address).unlink()
    assert do(gone).row["reason"] == '"gone.mp4" is gone, or was never there.'
    assert do(film("odd-1.mp4")).row["reason"] == "unexpected RuntimeError: two lines"
    locked = Source("memory://nowhere/x.mp4", "x.mp4")
    assert "is gone" in do(locked).row["reason"]
    assert [*out.temporary_folder().iterdir()] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    with ExitStack() as mounted:
        mounted.callback(subprocess.run, ["umount", str(place)], check=True)
        yield place


def test_a_full_disk_fails_the_video_and_leaves_nothing_half_written(small_disk, film) -> None:
    path = film("a.mp4")
    worker = Worker(str(small_disk / "out"), analyzer=batch_stub.analyze)
    store = Store(str(small_disk / "out"))
    source = find_sources([str(path)], store)[0]
    store.put("ballast", bytes(48 << 10))
    outcome = worker.run(Job(1, source, ALL, "r"))
    assert outcome.kind == "failed"
    assert "no space left on device" in outcome.row["reason"]
    assert store.names("records") == []
    assert [*store.temporary_folder().iterdir()] == []
    store.remove("ballast")
    assert worker.run(Job(1, source, BatchSettings(), "r")).kind == "done"


def test_a_source_in_a_bucket_is_read_in_parts_and_its_copy_removed(
    bucket: str, clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAREC_STUB_FOLDER", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    (tmp_path / "spool").mkdir()
    store, out = Store(bucket), Store(f"{bucket}/out")
    store.put("films/a.mp4", clips(30))
    (source,) = find_sources([f"{bucket}/films"], out)
    outcome = Worker(out.address, analyzer=batch_stub.analyze).run(Job(1, source, ALL, "r"))
    assert outcome.kind == "done"
    assert outcome.row["size_bytes"] == len(clips(30))
    assert outcome.row["modified"].year >= 2026
    assert out.read(f"annotated/{outcome.row['video']}.mp4") == clips(30)
    assert Journal(out).fold() == (1, 0)
    assert [*(tmp_path / "spool").iterdir()] == []


def test_what_another_run_is_at_is_left_to_it(do, film, out) -> None:
    waiting = film("wait-1.mp4", frames=12)
    outcomes: list[Outcome] = []
    first = threading.Thread(target=lambda: outcomes.append(do(waiting, run="one")))
    first.start()
    until(lambda: analysed(waiting), "the first run's work")
    assert do(film("same.mp4", frames=12), run="two").kind == "busy"
    (waiting.parent / "go").touch()
    first.join()
    assert outcomes[0].kind == "done"
    assert do(film("same.mp4", frames=12), run="two").kind == "copy"


def dead_process() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize(
    ("other", "free"),
    [
        pytest.param({}, False, id="it works"),
        pytest.param({"process": dead_process()}, True, id="its process ended"),
        pytest.param({"host": "elsewhere", "process": dead_process()}, False, id="not ours to see"),
        pytest.param({"host": "elsewhere", "age_s": LEASE_S + 1}, True, id="silent for long"),
        pytest.param({"job": "2"}, True, id="an earlier attempt of this job"),
    ],
)
def test_a_claim_is_taken_over_when_its_owner_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any], free: bool
) -> None:
    store, me = Store(str(tmp_path)), Owner.here("mine", "2")
    run = "mine" if "job" in other else "theirs"
    age_s = other.pop("age_s", 0.0)
    held = vars(Owner.here(run, "1")) | other
    claim = {**held, "time_s": time.time() - age_s}
    store.put("claims/k/0.json", json.dumps(claim).encode())
    with claimed(store, "k", me) as mine:
        assert mine is free
        if free:  # and is held against all others
            with claimed(store, "k", Owner.here("third", "3")) as theirs:
                assert not theirs
    assert store.names("claims/k") == ([] if free else ["0.json"])


def test_what_a_killed_process_left_is_swept(do, film, out) -> None:
    left = out.temporary_folder() / f"harec-batch-{socket.gethostname()}-{dead_process()}-x"
    mine = out.temporary_folder() / f"harec-batch-{socket.gethostname()}-{os.getpid()}-x"
    other = out.temporary_folder() / f"harec-batch-elsewhere-{dead_process()}-x"
    for folder in (left, mine, other):
        folder.mkdir()
        (folder / "part.mp4").write_bytes(b"x")
    do(film("a.mp4"))
    assert {*out.temporary_folder().iterdir()} == {mine, other}


@pytest.mark.parametrize("name", ["../../etc/passwd.mp4", "ä ö/ü.mp4", "...", "a" * 300, "\udcff"])
def test_names_lead_nowhere(name: str) -> None:
    assert is_name(name_of(name, key_of("1", "2")))
    assert not is_name("../x")
    assert not is_name("")
