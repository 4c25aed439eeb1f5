"""A run as a program of its own, with the stub for an analysis: for tests that end it.

python batch_program.py RAY_ADDRESS FOLDER OUT
"""

from __future__ import annotations

import sys
from typing import Any

import batch_stub

from harec.batch.driver import run_batch
from harec.batch.journal import Journal
from harec.batch.layout import BatchSettings
from harec.batch.planning import make_plan
from harec.batch.pool import PoolSettings, ray_session
from harec.batch.sources import find_sources
from harec.batch.store import Store


class Silent:
    """Listens to a run and says nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def main(address: str, folder: str, out: str) -> None:
    """The run."""
    store, settings, pool = Store(out), BatchSettings(), PoolSettings(1, address=address)
    store.begin()
    plan = make_plan(find_sources([folder], store), Journal(store), settings.sha256())
    with ray_session(pool):
        run_batch(plan.todo, store, settings, pool, Silent(), analyzer=batch_stub.analyze)


if __name__ == "__main__":
    main(*sys.argv[1:])
