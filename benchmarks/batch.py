"""What a batch costs beside the analysis itself, and how a library of 2,000 videos is handled.

    python -m benchmarks.batch [--clips 6] [--seconds 20] [--videos 2000] [--json FILE]

- *overhead*: simulated clips by one worker; all the time from the first one's start to the last
  one's end that is not analysis (hash, claim, Parquet, tables, Ray), as a share of the analysis.
- *workers*: the same clips by one worker with all threads, and by as many workers with one each.
- *library*: made results of 2,000 videos with 50 segments each: listing and planning a resumed
  run, the table of videos anew, opening it and asking it.
- *projection*: on paper, for 10 and 100 machines, from the figures above.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hardware import Hardware, load_average, versions
from harec.actions.labels import ACTIONS
from harec.analysis.results import Analysis
from harec.batch import layout
from harec.batch.driver import run_batch
from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.overview import action_times, choices, count, totals
from harec.batch.planning import make_plan
from harec.batch.pool import PoolSettings, ray_session
from harec.batch.query import Library, MomentFilter
from harec.batch.report import Standing
from harec.batch.sources import Source, find_sources, stamp_of
from harec.batch.store import Store
from harec.batch.tables import SEGMENT_SCHEMA, parquet
from harec.core.threads import cpu_count
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script

SCRIPT = "JUMPING_JACKS:4,STANDING:2,CLAPPING_HANDS:4"
SEGMENTS = 50
LOG = "HAREC_BENCHMARK_LOG"


def timed_analysis(path: Path, settings: Any, **options: Any) -> Analysis:
    """harec's analysis; when it began and ended is a line of the log."""
    from harec.render.pipeline import analyze_and_render

    begin_s = time.time()
    analysis = analyze_and_render(path, settings, **options)
    with Path(os.environ[LOG]).open("a") as log:
        log.write(f"{begin_s} {time.time()}\n")
    return analysis


class Silent:
    """Listens to a run; says what failed."""

    def video_done(self, row: dict[str, Any]) -> None: ...

    def video_copy(self, name: str, address: str) -> None: ...

    def video_failed(self, row: dict[str, Any]) -> None:
        raise SystemExit(f"{row['name']}: {row['reason']}")

    def standing(self, standing: Standing) -> None: ...

    def note(self, text: str) -> None: ...


@dataclass(frozen=True)
class Run:
    """One run over the clips: wall seconds in analyses, and from the first to the end of all."""

    analysis_s: float
    whole_s: float

    @property
    def overhead(self) -> float:
        """Of one worker: what is not analysis, as a share of it."""
        return self.whole_s / self.analysis_s - 1


def run(folder: Path, sources: list[Source], workers: int, threads: int) -> Run:
    """A run into an empty library, in a Ray of its own."""
    out, log = folder / "out", folder / "log"
    shutil.rmtree(out, ignore_errors=True)
    log.unlink(missing_ok=True)
    os.environ[LOG] = str(log)
    pool = PoolSettings(workers, threads)
    store = Store(str(out))
    store.begin()
    with ray_session(pool):
        run_batch(sources, store, BatchSettings(), pool, Silent(), analyzer=timed_analysis)
    times = np.loadtxt(log, ndmin=2)
    records = [*(out / "records").iterdir()]
    end_s = max(record.stat().st_mtime for record in records)
    # from the second start on: the first analysis of each worker loads the models
    first_s = np.sort(times[:, 0])[workers]
    later = times[times[:, 0] >= first_s]
    return Run(float((later[:, 1] - later[:, 0]).sum()), float(end_s - first_s))


def measure_runs(clips: int, seconds: float) -> dict[str, Any]:
    """Overhead of one worker, and one worker with all threads beside many with one each."""
    cores = cpu_count()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        script = parse_script(SCRIPT) * max(round(seconds / 10), 1)
        for seed in range(clips + cores):
            spec = ClipSpec((script,), size_wh=(640, 480), fps=30, seed=seed)
            write_clip(folder / "in" / f"clip{seed}.mp4", spec)
        sources = find_sources([str(folder / "in")], Store(str(folder / "out")))
        one = run(folder, sources, 1, cores)
        many = run(folder, sources, cores, 1)
    video_s = seconds * clips
    return {
        "clips": clips,
        "seconds": seconds,
        "overhead": one.overhead,
        "one_worker_x_real_time": (video_s + seconds * (cores - 1)) / one.whole_s,
        "many_workers_x_real_time": video_s / many.whole_s,
        "workers": cores,
    }


def fill(folder: Path, videos: int) -> list[Source]:
    """A library of made results; its sources."""
    random = np.random.default_rng(0)
    store, settings = Store(str(folder / "out")), BatchSettings()
    journal, sources = Journal(store), []
    (folder / "in").mkdir()
    for number in range(videos):
        path = folder / "in" / f"cam{number % 5}-{number:04}.mp4"
        path.touch()
        info = store.filesystem.info(str(path))
        sources.append(Source(str(path), path.name, stamp_of(info), 0))
        key = layout.key_of(str(number), settings.sha256())
        name = layout.name_of(path.name, key)
        starts_s = np.sort(random.uniform(0, 3580, SEGMENTS))
        rows = [
            {
                "person": int(random.integers(1, 5)),
                "action": str(random.choice(ACTIONS)),
                "start_s": start_s,
                "end_s": start_s + 8,
                "duration_s": 8.0,
                "confidence": float(random.uniform(0.5, 1)),
                "repetitions": int(random.integers(1, 20)),
                "by": "model",
            }
            for start_s in starts_s.tolist()
        ]
        store.put(layout.rows_path(layout.SEGMENTS, name), parquet(rows, SEGMENT_SCHEMA))
        now = datetime.now(UTC)
        journal.commit(
            {
                "video": name,
                "name": path.name,
                "address": str(path),
                "stamp": sources[-1].stamp,
                "status": "done",
                "kind": "actions",
                "duration_s": 3600.0,
                "people": 4,
                "segments": SEGMENTS,
                "sha256": f"{number:064}",
                "settings_sha256": settings.sha256(),
                "key": key,
                "modified": now - timedelta(hours=number),
                "finished": now,
            },
            again=False,
        )
    return sources


def measure_library(videos: int) -> dict[str, float]:
    """Wall seconds of what is done with a library of made results."""
    taken: dict[str, float] = {}

    def clock(what: str, do: Callable[[], Any]) -> Any:
        start_s = time.perf_counter()
        answer = do()
        taken[what] = time.perf_counter() - start_s
        return answer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, videos)
        store = Store(str(folder / "out"))
        journal, settings = Journal(store), BatchSettings()
        clock("first table of videos", journal.fold)
        found = clock("listing", lambda: find_sources([str(folder / "in")], store))
        plan = clock("resume", lambda: make_plan(found, journal, settings.sha256()))
        assert len(plan.done) == videos, "a resumed run would do again what is done"
        clock("table of videos again", journal.fold)
        library = clock("opening", lambda: Library(store.address))
        wanted = MomentFilter(actions=["boxing"], min_confidence=0.8, name="cam2*")
        clock("filter to a page of the table", lambda: library.moments(wanted, 50))
        clock(
            "all that the page asks",
            lambda: [
                totals(library),
                choices(library),
                count(library, wanted),
                library.moments(wanted, 50),
                action_times(library, wanted),
            ],
        )
    return taken


def projection(x_real_time: float, table_s: float, videos: int) -> list[str]:
    """What so many hours would take on 10 and 100 machines of this kind, and why."""
    lines = [
        f"{videos:,} videos of an hour, 2 GB each, from a bucket; a machine does "
        f"{x_real_time:.1f} h of video an hour, as measured here; models load in 5 s, once a "
        "worker; videos are handed out one at a time, so that at the end machines wait for the "
        "last one: half a video's time each on average."
    ]
    for machines in (10, 100):
        hours = videos / (machines * x_real_time) + 0.5 / x_real_time
        read_mb_s = machines * x_real_time * 2000 / 3600
        # the driver: a job and an outcome a video, a state a second and worker, the tables
        share = (videos * 0.005 + hours * 3600 * (machines * 2 * 0.001 + table_s / 30)) / (
            hours * 3600
        )
        lines.append(
            f"{machines} machines: {hours:.1f} h; {read_mb_s:,.0f} MB/s from the bucket; the "
            f"driver is busy {share:.1%} of the time"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--videos", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = load_average()
    runs = measure_runs(options.clips, options.seconds)
    library = measure_library(options.videos)
    print(f"overhead of a batch with one worker: {runs['overhead']:.1%} of the analysis")
    print(
        f"one worker, {runs['workers']} threads: {runs['one_worker_x_real_time']:.2f} x real time; "
        f"{runs['workers']} workers, one thread each: {runs['many_workers_x_real_time']:.2f} x"
    )
    for what, seconds in library.items():
        print(f"{options.videos:,} videos, {what}: {seconds:.2f} s")
    again_s = library["table of videos again"]
    lines = projection(runs["many_workers_x_real_time"], again_s, options.videos)
    print("\n".join(lines))
    if options.json is not None:
        result = {
            "hardware": Hardware.here().as_dict(),
            "versions": versions(),
            "load_average": [load, load_average()],
            "runs": runs,
            "library_s": library,
            "projection": lines,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
