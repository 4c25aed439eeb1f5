"""What tests of batches share: small real videos, a bucket, one Ray a module."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from heard_run import Heard
from s3_server import moto_is_here, s3_server
from video_clips import write_clip

from harec.batch.driver import run_batch
from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.planning import make_plan
from harec.batch.pool import PoolSettings
from harec.batch.report import Summary
from harec.batch.sources import find_sources
from harec.batch.store import Store

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], bytes]:
    """Bytes of a video of so many frames."""
    made: dict[int, bytes] = {}

    def clip(frames: int) -> bytes:
        if frames not in made:
            path = tmp_path_factory.mktemp("clip") / "clip.mp4"
            made[frames] = write_clip(path, frames=frames).read_bytes()
        return made[frames]

    return clip


@pytest.fixture
def film(tmp_path: Path, clips: Callable[[int], bytes]) -> Callable[..., Path]:
    """Writes a video: film("a.mp4", frames=12) -> its path, in a folder of the test's own."""
    count = iter(range(10, 1000))

    def write(name: str, frames: int | None = None) -> Path:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clips(frames or next(count)))
        return path

    return write


@pytest.fixture(scope="module")
def s3_environment() -> Iterator[dict[str, str]]:
    if not moto_is_here():
        yield {}
        return
    with s3_server("films") as environment:
        yield environment


@pytest.fixture
def bucket(s3_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of an empty part of a bucket, which this process can reach."""
    if not s3_environment:
        pytest.skip("no moto here: `make test` installs it in .venv/s3")
    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://films/{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def cluster(s3_environment: dict[str, str]) -> Iterator[str]:
    """A Ray of four processors on this machine, which this process has joined; its address.

    Its workers can reach the bucket.
    """
    import ray

    with pytest.MonkeyPatch.context() as patch:
        before = os.environ.get("PYTHONPATH", "")
        own = {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": f"{SUPPORT}{os.pathsep}{before}"}
        for name, value in {**own, **s3_environment}.items():
            patch.setenv(name, value)
        context = ray.init(
            num_cpus=4,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=80 << 20,
        )
        yield context.address_info["gcs_address"]
        ray.shutdown()


@pytest.fixture
def batch(tmp_path: Path) -> Callable[..., tuple[Summary, Heard]]:
    """A run with the stub for an analysis: batch(*sources, out=...) -> summary, what it told."""
    import batch_stub

    def run(
        *sources: object,
        out: str | Path = tmp_path / "out",
        settings: BatchSettings | None = None,
        heard: Heard | None = None,
        workers: int = 2,
        retry_failed: bool = False,
        again: bool = False,
        timeout_s: float = 600,
    ) -> tuple[Summary, Heard]:
        store, settings = Store(str(out)), settings or BatchSettings()
        store.begin()
        found = find_sources([str(s) for s in sources], store)
        journal, heard = Journal(store), heard or Heard()
        plan = make_plan(found, journal, settings.sha256(), again=again, retry_failed=retry_failed)
        summary = run_batch(
            plan.todo,
            store,
            settings,
            PoolSettings(workers=workers, cpus_per_worker=1),
            heard,
            again=again,
            timeout_s=timeout_s,
            analyzer=batch_stub.analyze,
        )
        return summary, heard

    return run
