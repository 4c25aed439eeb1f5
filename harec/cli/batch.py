"""The command ``python -m harec batch``: many videos, on one machine or a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harec.cli import options
from harec.cli.batch_report import BatchReport, print_plan, report_for
from harec.cli.terminal import Ended
from harec.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from harec.batch.layout import BatchSettings, Pack
    from harec.batch.planning import Plan
    from harec.batch.pool import PoolSettings
    from harec.batch.sources import Source
    from harec.batch.store import Store

Sources = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, globs, lists (.txt, a path or address a line), s3://bucket/prefix.",
        show_default=False,
    ),
]
Out = Annotated[
    str,
    typer.Argument(help="The library: a folder, or s3://bucket/prefix.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Videos at the same time. Default: as many as there is room for."),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=1,
        help="Seconds that a minute of video may take; what takes longer hangs, and failed. "
        "Default: 600, with Detectron2 14400.",
        show_default=False,
    ),
]


@options.analysis_options
def batch(
    sources: Sources,
    out: Out,
    pattern: Annotated[
        str | None, typer.Option(help="Only files whose name is like this, such as '*cam2*'.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many of those to do.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Do again what is done already.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Follow SOURCES: do what is dropped there; Ctrl-C ends it."),
    ] = False,
    video: Annotated[bool, typer.Option("--video", help="Keep the annotated videos, too.")] = False,
    keypoints: Annotated[
        bool,
        typer.Option("--keypoints", help="Keep keypoints, too: Parquet and .harec-result."),
    ] = False,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Keep a small picture of each segment, too.")
    ] = False,
    yoga: Annotated[
        bool, typer.Option("--yoga", help="Practices: the asanas that are held, no actions.")
    ] = False,
    workers: Workers = None,
    cpus_per_worker: Annotated[
        float, typer.Option(min=0.1, help="Processors of a worker: as many threads has it.")
    ] = 1,
    gpus_per_worker: Annotated[
        float, typer.Option(min=0, help="Graphics cards of a worker; 0.5: two share one.")
    ] = 0,
    address: Annotated[
        str | None, typer.Option(help="Join this Ray cluster, or auto; else one is started here.")
    ] = None,
    timeout: Timeout = None,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print a JSON object a line for each event.")
    ] = False,
    actions: options.ActionsFile = None,
    builtin: options.Builtin = False,
    make_settings: options.MakeSettings = options.make_settings,
    rate: options.Rate = None,
) -> None:
    """Analyse many videos into the library OUT; what is done already is not done again.

    Exit code 0: all done, 3: some failed, 2: wrong use.
    """
    from harec.batch.store import Store, require_batch

    require_batch()
    from harec.batch.layout import BatchSettings
    from harec.batch.pool import PoolSettings

    settings = BatchSettings(
        analysis=make_settings("movenet" if yoga else None),
        yoga=yoga,
        video=video,
        keypoints=keypoints,
        thumbnails=thumbnails,
        frame_rate=rate,
        actions=_pack(actions, builtin),
    )
    if yoga and (video or thumbnails or actions):
        raise InputError(
            "--video, --thumbnails and --actions are for actions; leave them out with --yoga."
        )
    if watch and (dry_run or limit is not None):
        raise InputError("--watch goes on for ever; leave out --dry-run and --limit.")
    store = Store(out)
    pool = PoolSettings(workers, cpus_per_worker, gpus_per_worker, address)
    run = _Command(store, settings, sources, pattern, overwrite, retry_failed)
    try:
        if watch:
            code = run.watch(pool, timeout, json_lines)
        elif dry_run:
            code = run.dry(limit, json_lines)
        else:
            code = run.go(limit, pool, timeout, json_lines)
    except Ended as end:
        end.advice = "; the same command goes on where it was"
        raise
    raise typer.Exit(code)


def _pack(file: Path | None, builtin: bool) -> Pack | None:
    """The actions of a pack, read and checked before anything else; None = the built-in ones."""
    from harec.batch.layout import Pack

    if file is None and not builtin:
        return None
    options.taught_actions(file, builtin)
    return None if file is None else Pack(file.read_bytes(), builtin)


class _Command:
    """What ``batch`` was asked to do."""

    def __init__(
        self,
        store: Store,
        settings: BatchSettings,
        given: list[str],
        pattern: str | None,
        overwrite: bool,
        retry_failed: bool,
    ) -> None:
        from harec.batch.journal import Journal

        self._store, self._settings = store, settings
        self._given, self._pattern = given, pattern
        self._again, self._retry = overwrite, retry_failed
        self._journal = Journal(store)

    def _plan(self, limit: int | None) -> Plan:
        from harec.batch.planning import make_plan
        from harec.batch.sources import find_sources

        found = find_sources(self._given, self._store, self._pattern)
        if not found:
            raise InputError(f"No video's name is like {self._pattern!r}.")
        return make_plan(
            found,
            self._journal,
            self._settings.sha256(),
            again=self._again,
            retry_failed=self._retry,
            limit=limit,
        )

    def dry(self, limit: int | None, json_lines: bool) -> int:
        plan = self._plan(limit)
        print_plan(plan, json_lines)
        return 3 if plan.failed else 0

    def go(
        self, limit: int | None, pool: PoolSettings, timeout_s: float | None, json_lines: bool
    ) -> int:
        from harec.batch.driver import run_batch
        from harec.batch.pool import ray_session
        from harec.batch.report import Summary

        plan = self._plan(limit)
        self._store.begin()
        with report_for(json_lines, self._store) as report:
            report.begin(plan)
            if not plan.todo:  # Ray takes seconds to start
                self._journal.fold()
                return report.end(Summary(), plan)
            with ray_session(pool):
                summary = run_batch(
                    plan.todo,
                    self._store,
                    self._settings,
                    pool,
                    report,
                    again=self._again,
                    timeout_s=timeout_s,
                )
            return report.end(summary, plan)

    def watch(self, pool: PoolSettings, timeout_s: float | None, json_lines: bool) -> int:
        from harec.batch.driver import run_batch
        from harec.batch.pool import ray_session
        from harec.batch.watching import Watcher

        self._look()  # what can't be listed now is wrong use, later it may come back
        self._store.begin()
        with report_for(json_lines, self._store) as report, ray_session(pool):
            watcher = Watcher(lambda: self._look(report))
            report.note(f"Watching {', '.join(self._given)}; Ctrl-C ends it.")
            run_batch(
                [],
                self._store,
                self._settings,
                pool,
                report,
                timeout_s=timeout_s,
                more=lambda: self._fresh(watcher()),
            )
        return 0

    def _look(self, report: BatchReport | None = None) -> list[Source]:
        """What lies in the watched folders; with a report, what is away for a while is told."""
        from harec.batch.sources import find_sources

        try:
            return find_sources(self._given, self._store, self._pattern, needed=False)
        except InputError as error:
            if report is None:
                raise
            report.note(str(error))
            return []

    def _fresh(self, sources: list[Source]) -> list[Source]:
        from harec.batch.planning import make_plan

        if not sources:
            return []
        return make_plan(
            sources, self._journal, self._settings.sha256(), retry_failed=self._retry
        ).todo
