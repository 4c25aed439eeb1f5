"""The result of `harec bench` for people: the goals with their verdicts, a table, Markdown.

    python -m benchmarks.speed.report [RESULT.json] [--write docs/benchmarks.md]

prints the Markdown of a result, or puts it between the two marks ``<!-- bench -->`` of a file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.speed.plan import FAST_HZ, PEOPLE, SIZES, every_frame, in_int8
from benchmarks.speed.result import (
    TITLES,
    BenchResult,
    CaseResult,
    Row,
    Setting,
    letter,
    read_result,
)
from harec.core.errors import InputError
from harec.core.files import atomic_write

RESULT: Final = Path(__file__).parents[1] / "results" / "bench.json"
MARK: Final = "<!-- bench -->"

#: (c) over (a) where every frame is seen in float, at least.
NEAR_LIMIT: Final = 0.95
#: Tracking and recognition there, of the whole time, at most.
RECOGNITION_SHARE: Final = 0.03
#: (b) over (d) in every row, at least.
NEVER_SLOWER: Final = 1.0
#: Seconds to the first progress with warm models, in every row, at most.
FIRST_PROGRESS_S: Final = 2.0
#: Frames a second of (c) with four people: real time.
REAL_TIME: Final = 30.0
_SHORT: Final = {
    "a": "pose model alone",
    "b": "whole job",
    "c": "no video",
    "d": "article's loop",
    "article": "with Detectron2",
    "e": "MediaPipe",
    "f": "every frame",
}
_PICTURE: Final = (
    "![For each setting the speeds of the whole job, the same without a video, the article's loop "
    "and MediaPipe's as shares of the pose model's own](bench.png)"
)
_MORE: Final = (
    "(c) / (f)",
    "(b) / (f)",
    "(b) / (d)",
    "CPU ms a frame, (c)",
    "(b)",
    "(f)",
    "MB, (b)",
)
_STAGES: Final = ("decode", "pose", "tr+rec", "draw", "encode")


@dataclass(frozen=True)
class Goal:
    """What was to be reached.

    Attributes:
        text: the goal in words.
        limit: its number.
        value: what was measured; None where it was not.
        met: None where it was not measured.
        where: the row that decides.
    """

    text: str
    limit: float
    value: float | None
    met: bool | None
    where: str

    @property
    def line(self) -> str:
        verdict = {True: "met", False: "NOT MET", None: "not measured"}[self.met]
        value = "" if self.value is None else f": {self.value:.3g}, {self.where}"
        return f"{verdict:<13}{self.text}{value}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def goals(result: BenchResult) -> list[Goal]:
    """The issue's goals, judged by this run."""
    base = Setting()

    def ratio(more: str, setting: Setting, case: str, other: str, limit: float) -> Goal:
        row = _row_of(result, setting)
        value = None if row is None else row.ratio(case, other)
        text = f"{more}: ({case}) is at least {limit:g} times ({other})"
        return _at_least(text, limit, value, setting.name)

    crowd, every = replace(base, people=PEOPLE[-1]), every_frame(base)
    large, fast = replace(base, size_wh=SIZES[-1]), replace(base, rate=FAST_HZ)
    seen = _row_of(result, every)
    whole = None if seen is None else seen.cases.get("c")
    quick_crowd = in_int8(crowd)
    many = _row_of(result, quick_crowd)
    speed = None if many is None or "c" not in many.cases else many.cases["c"].frames_per_second
    slower = min(_known(result, lambda row: row.ratio("b", "d")), default=(None, ""))
    first = max(_known(result, _first_progress_s), default=(None, ""))
    return [
        ratio("the result", base, "c", "f", 2.5),
        ratio("the result", base, "c", "d", 2.5),
        ratio("the result", base, "c", "e", 2.0),
        ratio("60 frames/s, the result", fast, "c", "f", 4.0),
        ratio("four people, the result", crowd, "c", "f", 2.5),
        ratio("four people in int8, the result", quick_crowd, "c", "f", 2.5),
        _at_least(
            "the same in real time, frames a second of (c)", REAL_TIME, speed, quick_crowd.name
        ),
        ratio("1080p, the result", large, "c", "f", 2.5),
        ratio("1080p, the annotated video", large, "b", "f", 1.3),
        ratio("every frame, float", every, "c", "a", NEAR_LIMIT),
        _at_most(
            f"there tracking and recognition take at most {RECOGNITION_SHARE:.0%} (share of (c))",
            RECOGNITION_SHARE,
            None if whole is None else whole.recognition_share,
            every.name,
        ),
        _at_least("(b) is never slower than (d); the least ratio", NEVER_SLOWER, *slower),
        _at_most(
            f"first progress within {FIRST_PROGRESS_S:g} s with warm models; the longest",
            FIRST_PROGRESS_S,
            *first,
        ),
    ]


def _row_of(result: BenchResult, setting: Setting) -> Row | None:
    """The row of a setting, however long its clip and whatever its rounds."""
    for row in result.rows:
        if row.setting == replace(setting, clip_s=row.setting.clip_s, rounds=row.setting.rounds):
            return row
    return None


def _known(result: BenchResult, value: Any) -> Iterator[tuple[float, str]]:
    for row in result.rows:
        found = value(row)
        if found is not None:
            yield found, row.setting.name


def _first_progress_s(row: Row) -> float | None:
    known = [row.cases[c].median("first_progress_s") for c in ("b", "c") if c in row.cases]
    return max((s for s in known if s is not None), default=None)


def _at_least(text: str, limit: float, value: float | None, where: str) -> Goal:
    return Goal(text, limit, value, None if value is None else value >= limit, where)


def _at_most(text: str, limit: float, value: float | None, where: str) -> Goal:
    return Goal(text, limit, value, None if value is None else value <= limit, where)


def table(result: BenchResult) -> str:
    """Everything, for a terminal."""
    system = result.about["hardware"]["system"]
    libraries = ", ".join(f"{name} {version}" for name, version in result.about["versions"].items())
    before, after = result.about["load_average"]
    lines = [
        result.hardware_line,
        f"{system}; {libraries}",
        f"commit {result.about['commit'] or 'unknown'}; load {before} before, {after} after; "
        f"engine {result.estimator}",
    ]
    stages = "".join(f"{name:>8}" for name in _STAGES)
    head = f"{'':<34}{'frames/s':>9}{'of (a)':>8}{'CPU ms':>8}{'MB':>6}{'1st s':>7}{stages}"
    for row in result.rows:
        frames = max((case.frames for case in row.cases.values()), default=0)
        lines += ["", f"{row.setting.name} ({frames} frames, {_rounds(row)})", head]
        lines += [_line(row, name, case) for name, case in row.cases.items()]
    lines += [
        "",
        "Frames are those of the video, skipped ones included. CPU ms: of all threads, a frame. "
        "Stages: busy ms a frame; where they overlap, they add up to more than the time. "
        "tr+rec: tracking and recognition. 1st s: until the first progress.",
        *result.notes,
        *missed_people(result),
        "",
        *(goal.line for goal in goals(result)),
    ]
    return "\n".join(lines)


def missed_people(result: BenchResult) -> list[str]:
    """A sentence for each case that did less work because it saw fewer people than there are."""
    return [
        f"{letter(name)} found {case.median('people'):.1f} of {row.setting.people} people "
        f"({row.setting.name}): less work."
        for row in result.rows
        for name, case in row.cases.items()
        if case.missed_people(row.setting)
    ]


def _rounds(row: Row) -> str:
    count = row.setting.rounds
    return "1 round" if count == 1 else f"median of {count} rounds"


def _line(row: Row, name: str, case: CaseResult) -> str:
    title = f"{letter(name)} {TITLES[name]}"
    if case.problem is not None:
        return f"{title:<34}  {case.problem}"
    busy = stages(case)
    return (
        f"{title:<34}{_number(case.frames_per_second, 9, 1)}{_number(row.ratio(name, 'a'), 8, 2)}"
        f"{_number(case.cpu_ms, 8, 1)}{_number(case.peak_mb, 6, 0)}"
        f"{_number(case.median('first_progress_s'), 7, 2)}"
        + "".join(_number(busy.get(stage), 8, 1) for stage in _STAGES)
    )


def stages(case: CaseResult) -> dict[str, float]:
    """Busy ms a frame of decode, pose, tr+rec, draw, encode: those that the case has."""
    busy: dict[str, float] = {}
    for name, ms in case.stages_ms.items():
        merged = "tr+rec" if name in ("track", "recognize") else name
        busy[merged] = busy.get(merged, 0.0) + ms
    return busy


def _number(value: float | None, width: int, digits: int) -> str:
    return f"{'' if value is None else f'{value:.{digits}f}':>{width}}"


def markdown(result: BenchResult) -> str:
    """Hardware, a row a setting, and the goals."""
    cases = result.cases
    columns = [*(f"{letter(case)} {_SHORT[case]}" for case in cases), *_MORE]
    lines = [
        f"Frames of the video a second on {result.hardware_line} "
        f"(commit {result.about['commit'] or 'unknown'}, {result.about['when'][:10]}):",
        "",
        f"| video | {' | '.join(columns)} |",
        "|---|" + "--:|" * len(columns),
    ]
    for row in result.rows:
        whole = row.cases.get("b", CaseResult())
        cells = [
            ", ".join(row.setting.differences(result.rows[0].setting)),
            *(_speed(row.cases.get(case)) for case in cases),
            _number(row.ratio("c", "f"), 0, 2),
            _number(row.ratio("b", "f"), 0, 2),
            _number(row.ratio("b", "d"), 0, 2),
            *(_number(row.cases.get(c, CaseResult()).cpu_ms, 0, 1) for c in "cbf"),
            _number(whole.peak_mb, 0, 0),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Goals, judged by that run:", ""]
    for goal in goals(result):
        verdict = {True: "met", False: "**not met**", None: "not measured"}[goal.met]
        value = "" if goal.value is None else f": {goal.value:.3g} ({goal.where})"
        lines.append(f"- {verdict}: {goal.text}{value}")
    notes = [*result.notes, *missed_people(result)]
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


def section(result: BenchResult) -> str:
    """What docs/benchmarks.md shows: the picture and `markdown`."""
    return f"{_PICTURE}\n\n{markdown(result)}"


def _speed(case: CaseResult | None) -> str:
    if case is None or case.frames_per_second is None:
        return "–"
    return _number(case.frames_per_second, 0, 1)


def put_between_marks(text: str, inserted: str) -> str:
    """``text`` with what is between its two marks replaced.

    Raises:
        InputError: there are not two of them.
    """
    parts = text.split(MARK)
    if len(parts) != 3:
        raise InputError(f"The file needs two lines {MARK}, not {len(parts) - 1}.")
    return f"{parts[0]}{MARK}\n{inserted.strip()}\n{MARK}{parts[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Markdown of a result of harec bench")
    parser.add_argument("result", type=Path, nargs="?", default=RESULT)
    parser.add_argument("--write", type=Path, help="put it between the marks of this file")
    chosen = parser.parse_args()
    try:
        text = section(read_result(chosen.result))
        if chosen.write is None:
            print(text, end="")
            return
        with atomic_write(chosen.write) as temporary:
            document = chosen.write.read_text(encoding="utf-8")
            temporary.write_text(put_between_marks(document, text), encoding="utf-8")
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
