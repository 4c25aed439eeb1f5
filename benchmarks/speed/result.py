"""What `harec bench` found, as values and as JSON; the schema is in benchmarks/README.md."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.hardware import Hardware
from harec.analysis.sampling import Skip
from harec.core.errors import InputError
from harec.core.files import atomic_write

SCHEMA: Final = 1
#: Case -> what it is, in the order of tables and pictures.
TITLES: Final[dict[str, str]] = {
    "a": "pose model alone",
    "b": "whole job, annotated video",
    "c": "whole job, no video written",
    "d": "article's loop, same engine",
    "article": "article's loop, Detectron2",
    "e": "MediaPipe's loop",
    "f": "whole job, every frame, float",
}


def letter(case: str) -> str:
    """``(a)``; the article's own engine is a second (d)."""
    return "(d*)" if case == "article" else f"({case})"


@dataclass(frozen=True)
class Setting:
    """A row of the table.

    Attributes:
        size_wh: of the video, pixels.
        people: in it.
        mode, skip, precision: as in `harec.analysis.results.AnalysisSettings`. With ``skip`` auto
            the cases (a), (d), (e) and (f) see every frame, in float.
        rate: frames a second of the video.
        clip_s: length of the video.
        rounds: how often each case is timed.
    """

    size_wh: tuple[int, int] = (640, 480)
    people: int = 1
    mode: str = "balanced"
    skip: Skip = "auto"
    clip_s: float = 10.0
    rounds: int = 3
    precision: str = "auto"
    rate: int = 30

    @property
    def name(self) -> str:
        return ", ".join(self.differences(self))

    def differences(self, base: Setting) -> list[str]:
        """What a reader must know who knows ``base``; everything when that is this one."""
        words = {
            "size_wh": "x".join(map(str, self.size_wh)),
            "people": "1 person" if self.people == 1 else f"{self.people} people",
            "mode": self.mode,
            "rate": f"{self.rate}/s",
            "skip": "every frame" if self.skip == 0 else f"skip {self.skip}",
            "precision": self.precision,
        }
        differs = [w for key, w in words.items() if getattr(self, key) != getattr(base, key)]
        if self.precision == "auto":
            del words["precision"]  # goes without saying
        return differs or list(words.values())


@dataclass(frozen=True)
class CaseResult:
    """A case in a setting.

    Attributes:
        rounds: a `benchmarks.speed.cases.Measured` as a dict for each round; all of one clip.
        problem: why there are none; one plain line.
    """

    rounds: tuple[Mapping[str, Any], ...] = ()
    problem: str | None = None

    def median(self, key: str) -> float | None:
        """Of a number over the rounds that have it."""
        values = [r[key] for r in self.rounds if r.get(key) is not None]
        return statistics.median(values) if values else None

    @property
    def frames(self) -> int:
        return int(self.rounds[0]["frames"]) if self.rounds else 0

    @property
    def frames_per_second(self) -> float | None:
        """Frames of the video, those that are skipped included, over the median of the rounds."""
        seconds = self.median("seconds")
        return self.frames / seconds if seconds else None

    @property
    def cpu_ms(self) -> float | None:
        """Processor time for a frame of the video, all threads together."""
        cpu_s = self.median("cpu_s")
        return None if cpu_s is None or not self.frames else 1000 * cpu_s / self.frames

    @property
    def peak_mb(self) -> float | None:
        peaks = [r["peak_mb"] for r in self.rounds if r.get("peak_mb") is not None]
        return max(peaks) if peaks else None

    def missed_people(self, setting: Setting) -> bool:
        """Whether an inference found clearly fewer people than there are, and so did less work."""
        people = self.median("people")
        return people is not None and people < 0.75 * setting.people

    @property
    def stages_ms(self) -> dict[str, float]:
        """Busy time by stage for a frame of the video, medians; the loading of models left out."""
        names = dict.fromkeys(name for r in self.rounds for name in r["stages_s"] if name != "load")
        return {
            name: 1000
            * statistics.median(r["stages_s"].get(name, 0.0) for r in self.rounds)
            / self.frames
            for name in names
        }

    @property
    def recognition_share(self) -> float | None:
        """Time of tracking and recognition over the time of the whole, 0..1."""
        shares = [
            (r["stages_s"].get("track", 0.0) + r["stages_s"]["recognize"]) / r["seconds"]
            for r in self.rounds
            if "recognize" in r["stages_s"]
        ]
        return statistics.median(shares) if shares else None


@dataclass(frozen=True)
class Row:
    """All cases in one setting."""

    setting: Setting
    cases: Mapping[str, CaseResult]

    def ratio(self, case: str, other: str) -> float | None:
        """Frames a second of a case over those of another; None where one is missing."""
        speeds = [
            self.cases[name].frames_per_second if name in self.cases else None
            for name in (case, other)
        ]
        return speeds[0] / speeds[1] if speeds[0] and speeds[1] else None


@dataclass(frozen=True)
class BenchResult:
    """One run.

    Attributes:
        about: when, commit, command, hardware, versions, knobs, load_average; as JSON values.
        estimator: the engine of (a) to (d).
        rows: the first one is the base setting.
        notes: plain sentences, such as why a case was not run.
    """

    about: Mapping[str, Any]
    estimator: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def cases(self) -> list[str]:
        """Those that any row has, in their order."""
        return [case for case in TITLES if any(case in row.cases for row in self.rows)]

    @property
    def hardware_line(self) -> str:
        return Hardware(**self.about["hardware"]).line

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            **self.about,
            "estimator": self.estimator,
            "notes": list(self.notes),
            "rows": [_row_dict(row) for row in self.rows],
        }


def _row_dict(row: Row) -> dict[str, Any]:
    cases = {}
    for name, case in row.cases.items():
        cases[name] = {
            "title": TITLES[name],
            "frames_per_second": _rounded(case.frames_per_second),
            "of_pose_alone": _rounded(row.ratio(name, "a"), 3),
            "of_article_loop": _rounded(row.ratio(name, "d"), 3),
            "cpu_ms": _rounded(case.cpu_ms),
            "peak_mb": _rounded(case.peak_mb, 1),
            "stages_ms": {k: round(v, 3) for k, v in case.stages_ms.items()},
            "recognition_share": _rounded(case.recognition_share, 4),
            "first_progress_s": _rounded(case.median("first_progress_s"), 3),
            "problem": case.problem,
            "rounds": [dict(r) for r in case.rounds],
        }
    return {"name": row.setting.name, "setting": asdict(row.setting), "cases": cases}


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def write_result(result: BenchResult, path: Path, more: Mapping[str, Any] | None = None) -> None:
    """As JSON; ``more`` are further top-level keys.

    Raises:
        InputError: the file can't be written.
    """
    text = json.dumps({**result.as_dict(), **(more or {})}, indent=1, ensure_ascii=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_result(path: Path) -> BenchResult:
    """What `write_result` wrote; derived figures are made again from the rounds.

    Raises:
        InputError: no such file, or not of this schema.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError
        rows = tuple(_row(row) for row in data["rows"])
        about = {key: data[key] for key in ABOUT}
        return BenchResult(about, data["estimator"], rows, tuple(data["notes"]))
    except OSError as error:
        raise InputError(
            f"{path} can't be read; make it with: python -m harec bench --json {path}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not a result of this version of: python -m harec bench"
        ) from error


#: Keys of `BenchResult.about`.
ABOUT: Final = ("when", "commit", "command", "hardware", "versions", "knobs", "load_average")


def _row(data: Mapping[str, Any]) -> Row:
    setting = data["setting"]
    width, height = setting["size_wh"]
    cases = {
        name: CaseResult(tuple(case["rounds"]), case["problem"])
        for name, case in data["cases"].items()
    }
    return Row(Setting(**{**setting, "size_wh": (width, height)}), cases)
