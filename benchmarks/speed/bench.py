"""`python -m harec bench`: harec beside its limit and the article's loop, in one run.

Every case is a process of its own, loaded and warm before anything is timed. The cases of a setting
are timed in turns, there and back, so that a machine that is busy for a while slows all of them;
the figures are medians over the rounds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import hardware
from benchmarks.speed.cases import Job
from benchmarks.speed.child import ROOT, CaseError, Child
from benchmarks.speed.plan import Clips, cost_ms
from benchmarks.speed.result import TITLES, BenchResult, CaseResult, Row, Setting, letter
from harec.core.errors import InputError

MEDIAPIPE_SCRIPT: Final = Path(__file__).with_name("mediapipe_loop.py")
NO_MEDIAPIPE: Final = (
    "(e) is not installed here: name the Python of an environment that has MediaPipe with "
    "--mediapipe."
)
NO_DETECTRON2: Final = "(d*), the article's loop with Detectron2, was not run: {}"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """What to run.

    Attributes:
        settings: rows, the base one first.
        cases: keys of ``TITLES``.
        estimator: of (a) to (d).
        mediapipe: the Python of an environment with MediaPipe, if any.
        mediapipe_model: a pose landmarker's .task file; None: the one in MediaPipe's package.
        command: as the user typed it.
    """

    settings: Sequence[Setting]
    cases: Sequence[str]
    estimator: str = "movenet"
    mediapipe: Path | None = None
    mediapipe_model: Path | None = None
    command: str = "python -m harec bench"


def parse_cases(text: str | None) -> list[str] | None:
    """ "a,b" as ["a", "b"], in the order of tables; None for None.

    Raises:
        InputError: an unknown case, or none.
    """
    if text is None:
        return None
    chosen = {part.strip().lower() for part in text.split(",") if part.strip()}
    if not chosen or not chosen <= TITLES.keys():
        raise InputError(f"The cases are {', '.join(TITLES)}, not {text!r}.")
    return [case for case in TITLES if case in chosen]


def choose_cases(bench: Bench, asked: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The cases that can run here, and notes on those that can't.

    Args:
        asked: what the user named; None: all, but Detectron2 only where there is a GPU.
    """
    cases, notes = list(asked or TITLES), []
    if "e" in cases and bench.mediapipe is None:
        cases.remove("e")
        notes.append(NO_MEDIAPIPE)
    problem = "article" in cases and _no_detectron2(bench, sure=asked is not None)
    if problem:
        cases.remove("article")
        notes.append(NO_DETECTRON2.format(problem))
    return cases, notes


def _no_detectron2(bench: Bench, sure: bool) -> str | None:
    """Why the article's own engine is not timed, as the end of a sentence."""
    from harec.pose.registry import ESTIMATORS, default_estimator

    if bench.estimator == "detectron2":
        return "(d) is that already."
    problem = ESTIMATORS["detectron2"].unavailable()
    if problem is None and not sure and default_estimator().name != "detectron2":
        problem = "there is no GPU. --cases a,b,c,d,article runs it, at seconds a frame."
    return problem


def run_bench(bench: Bench, say: Say, notes: Sequence[str] = ()) -> BenchResult:
    """Time everything.

    Args:
        say: is given a line about what is done now and how long it will take.
        notes: to keep with the result.

    Raises:
        InputError, VideoError: the clips can't be made.
    """
    about: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": hardware.commit(ROOT),
        "command": bench.command,
        "hardware": hardware.Hardware.here().as_dict(),
        "versions": hardware.versions(),
        "knobs": hardware.knobs(),
    }
    before = hardware.load_average()
    left = _TimeLeft(bench)
    rows = []
    with tempfile.TemporaryDirectory(prefix="harec-bench-") as folder:
        clips = Clips(Path(folder))
        for number, setting in enumerate(bench.settings, 1):
            head = f"{number} of {len(bench.settings)}: {setting.name}"
            rows.append(_row(bench, setting, clips, left, partial(_say_after, say, head)))
    about["load_average"] = [before, hardware.load_average()]
    return BenchResult(about, bench.estimator, tuple(rows), tuple(notes))


def _say_after(say: Say, head: str, text: str) -> None:
    say(head + text)


def _row(bench: Bench, setting: Setting, clips: Clips, left: _TimeLeft, say: Say) -> Row:
    """One setting: all cases started together, then timed in turns."""
    say(f": filming the actors{left}")
    clip, warm_clip = clips.timed(setting), clips.warm(setting)
    # (f) is what (b) is where nothing is left to harec
    chosen = [case for case in bench.cases if case != "f" or setting.skip == "auto"]
    rounds: dict[str, list[Mapping[str, Any]]] = {case: [] for case in chosen}
    problems: dict[str, str] = {}
    with ExitStack() as stack:
        say(f": loading the models{left}")
        children: dict[str, Child] = {}

        def attempt(case: str, work: Callable[[], Any]) -> Any:
            try:
                return work()
            except CaseError as error:
                problems[case] = str(error)
                say(f": {error}")
                return None

        for case in chosen:
            child = attempt(case, partial(_start, bench, setting, case, clip, warm_clip))
            if child is not None:
                children[case] = stack.enter_context(child)
        for case, child in children.items():
            attempt(case, child.wait_until_ready)
        for turn in range(setting.rounds):
            for case in list(children)[:: -1 if turn % 2 else 1]:
                if case in problems:
                    continue
                say(f": round {turn + 1} of {setting.rounds}, {letter(case)} {TITLES[case]}{left}")
                measured = attempt(case, children[case].run)
                if measured is not None:
                    rounds[case].append(measured)
            left.done(setting)
    cases = {
        case: CaseResult((), problems[case]) if case in problems else CaseResult(tuple(done))
        for case, done in rounds.items()
    }
    return Row(setting, cases)


def _start(bench: Bench, setting: Setting, case: str, clip: Path, warm_clip: Path) -> Child:
    """A case's process; it writes into a folder of its own beside the clip."""
    out = clip.parent / case
    out.mkdir(exist_ok=True)
    way = (setting.mode, setting.skip, setting.people, setting.precision)
    job = Job(case, str(clip), str(warm_clip), str(out), bench.estimator, *way)
    return Child(letter(case), *_command(bench, job))


def _command(bench: Bench, job: Job) -> tuple[list[str], dict[str, str]]:
    """Program with arguments, and its environment."""
    if job.case == "e":
        model = None if bench.mediapipe_model is None else str(bench.mediapipe_model.absolute())
        request = json.dumps({**asdict(job.without_auto()), "model": model})
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return [str(bench.mediapipe), str(MEDIAPIPE_SCRIPT), request], environment
    if job.case == "article":
        job = replace(job, estimator="detectron2", mode="performance", precision="float")
    paths = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "benchmarks.speed.cases", json.dumps(asdict(job))]
    return command, environment


class _TimeLeft:
    """An estimate from the rounds that are done; as text that can follow another."""

    def __init__(self, bench: Bench) -> None:
        self.start_s = time.monotonic()
        self.all = sum(self._weight(s) * s.rounds for s in bench.settings)
        self.so_far = 0.0

    def done(self, setting: Setting) -> None:
        """A round of a setting is done."""
        self.so_far += self._weight(setting)

    def __str__(self) -> str:
        if not self.so_far:
            return ""
        elapsed_s = time.monotonic() - self.start_s
        minutes = elapsed_s * (self.all / self.so_far - 1) / 60
        return f"; about {minutes:.0f} min left" if minutes >= 1 else "; less than a minute left"

    @staticmethod
    def _weight(setting: Setting) -> float:
        return cost_ms(setting) * setting.clip_s
