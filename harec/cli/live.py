"""``python -m harec live``: a camera or a file as it happens, one JSON object a line."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harec.cli import options
from harec.cli.terminal import ENDING, Ended, warn
from harec.core.errors import HarecError, InputError
from harec.core.files import check_video_name, is_standard_output
from harec.taught.named import Named

if TYPE_CHECKING:
    from harec.analysis.results import AnalysisSettings
    from harec.live import LiveResult, LiveStream
    from harec.live.protocols import RGB, MakePipeline, Pipeline
    from harec.video.capture import Camera

#: How often problems and hints are checked for, in seconds.
_CHECK_S: Final = 0.5
#: How often the main thread checks for what another one does, in seconds.
_POLL_S: Final = 0.05


@options.analysis_options
def live(
    source: Annotated[
        str,
        typer.Option(
            help="A video file, an address (rtsp, rtsps, http, https, udp, tcp) or a camera of "
            "this machine (/dev/video0, or 0).",
            envvar="HAREC_SOURCE",
            show_default=False,
        ),
    ],
    duration: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after so many seconds.", show_default=False)
    ] = None,
    every: Annotated[
        float, typer.Option(min=0, help="At most one line in so many seconds; 0 = every result.")
    ] = 0.0,
    json_file: options.JsonFile = None,
    csv_file: options.CsvFile = None,
    video_file: options.VideoFile = None,
    size: Annotated[
        str | None,
        typer.Option(help="WIDTHxHEIGHT to ask a camera of this machine for.", show_default=False),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=1, max=240, help="Pictures a second to ask for, likewise.", show_default=False
        ),
    ] = None,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Flip the annotated video, as in a mirror.")
    ] = False,
    actions: options.ActionsFile = None,
    builtin: options.Builtin = False,
    make_settings: options.MakeSettings = options.make_settings,
    rate: options.Rate = None,
) -> None:
    """Say who does which action now, a JSON object a line, until Ctrl-C or the source's end.

    The lines go to standard output; --json, --csv and --video take files, of it all.
    """
    from harec.video.capture import Camera

    taught = options.taught_actions(actions, builtin)
    settings = make_settings()
    threshold = settings.action_threshold
    named = Named() if taught is None else Named(taught, builtin, threshold)
    camera = Camera(
        source,
        size_wh=None if size is None else options.parse_size(size),
        fps=fps,
        max_side=settings.video_max_side,
        frame_rate=rate,
        say=warn,
    )
    for out in filter(None, (json_file, csv_file, video_file)):
        if is_standard_output(out):
            raise InputError("The lines go to standard output; give a result a file's name.")
    options.check_outputs(Path(source), json_file, csv_file, video_file)
    check_video_name(video_file)
    _Run(camera, settings, duration, every, mirror, named).run(json_file, csv_file, video_file)


class _Run:
    """One run of the command."""

    def __init__(
        self,
        camera: Camera,
        settings: AnalysisSettings,
        duration_s: float | None,
        every_s: float,
        mirror: bool,
        named: Named,
    ) -> None:
        from harec.live import LiveSession
        from harec.live.json_lines import ResultLines

        self._camera, self._settings, self._duration_s = camera, settings, duration_s
        self._named = named
        self._session = LiveSession(settings, mirror=mirror, pipeline=self._pipeline())
        self._lines = ResultLines(self._session, settings, every_s, camera.stop)
        self._frames = 0
        self._stopped = False
        self._reported: set[str] = set()

    def _pipeline(self) -> MakePipeline[None]:
        """The usual pipeline, which also reports each result: the session only keeps the newest."""

        def make(settings: AnalysisSettings) -> Pipeline[None]:
            from harec.live.pipeline import LivePipeline  # torch loads here, in the worker

            lines = self._lines

            class Reporting(LivePipeline):
                def update(self, time_s: float, rgb: RGB) -> LiveResult[None]:
                    result = super().update(time_s, rgb)
                    lines.write(result, self.history.totals())
                    return result

            return Reporting(settings, named=lambda: self._named)

        return make

    def run(self, json_file: Path | None, csv_file: Path | None, video_file: Path | None) -> None:
        """Until the source's end, `stop`, the duration's end, or a problem, which is raised.

        What was seen until then is written in any case, whether or not the lines have a reader.
        """
        problem: HarecError | None = None
        with _signals(self.stop):
            if video_file is not None:
                self._session.record(video_file)
            stream = self._session.open()
            try:
                with self._camera:
                    self._show_frames(stream)
            except HarecError as error:
                problem = error
            stream.close()
            recorded = self._session.record(None)
            try:
                if self._frames and (problem is None or self._lines.inferences):
                    self._write(json_file, csv_file)
                elif problem is None:
                    warn("Stopped before the first picture; nothing is written.")
            finally:
                self._session.close()
            # Last of all: a reader may let it wait, until Ctrl-C.
            self._lines.finish(lambda: self._stopped or problem is not None)
        for text in filter(None, (self._lines.problem, recorded)):
            problem = problem or InputError(text)
        if problem is not None:
            raise problem

    def stop(self) -> None:
        self._stopped = True
        self._camera.stop()

    def _show_frames(self, stream: LiveStream[None]) -> None:
        timer, first_s, last_s, checked_s = None, 0.0, 0.0, time.monotonic()
        every = 1 if self._settings.skip == "auto" else self._settings.skip + 1
        try:
            for frame in self._camera:
                stream.show(frame.time_s, frame.rgb)
                if self._frames == 0:
                    first_s = frame.time_s
                if self._frames % every == 0:
                    last_s = frame.time_s - first_s
                self._frames += 1
                if self._frames == 1:
                    self._wait_for_result(last_s)  # models load: a file would run on meanwhile
                    if self._duration_s is not None:
                        timer = threading.Timer(self._duration_s, self.stop)
                        timer.daemon = True
                        timer.start()
                if time.monotonic() - checked_s > _CHECK_S:
                    checked_s = time.monotonic()
                    self._check()
            self._wait_for_result(last_s)
        finally:
            if timer is not None:
                timer.cancel()
        for warning in self._camera.warnings:
            warn(warning)

    def _wait_for_result(self, session_s: float) -> None:
        """Until the frame of that time has its result, or a stop or a problem."""
        while self._frames and not self._stopped and not self._lines.closed:
            if self._lines.newest_s is not None and self._lines.newest_s >= session_s - 1e-6:
                return
            self._check()
            time.sleep(_POLL_S)

    def _check(self) -> None:
        """Raise the session's problem; report hints that were not reported."""
        view = self._session.view()
        if view.problem is not None:
            raise HarecError(view.problem)
        for hint in view.hints:
            kind = re.sub(r"[\d.]+", "", hint)  # the same with another number is not new
            if kind not in self._reported:
                self._reported.add(kind)
                warn(hint)

    def _write(self, json_file: Path | None, csv_file: Path | None) -> None:
        from harec.analysis.export import write_csv, write_json
        from harec.pose.registry import precision_of

        analysis = self._session.analysis(name=self._camera.name)
        analysis = replace(
            analysis,
            video=replace(analysis.video, frames=self._frames),
            timings=replace(
                analysis.timings,
                frames=self._frames,
                pose_frames=self._lines.inferences,
                precision=precision_of(self._settings.estimator, self._settings.precision),
            ),
            file_warnings=tuple(self._camera.warnings),
        )
        if json_file is not None:
            write_json(analysis, json_file)
        if csv_file is not None:
            write_csv(analysis, csv_file)
        segments = sum(len(person.segments) for person in analysis.people)
        counts = sorted(self._session.view().repetitions.items())
        warn(
            f"{analysis.video.duration_s or 0.0:.1f} s; pictures: {self._frames}, "
            f"seen by the model: {self._lines.inferences}; people: {len(analysis.people)}, "
            f"actions: {segments}" + "".join(f", {name} {count} times" for name, count in counts)
        )


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end the run in good order; a second one ends it at once."""
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise Ended(number)
        asked = True
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {n: signal.signal(n, handle) for n in ENDING if signal.getsignal(n) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
