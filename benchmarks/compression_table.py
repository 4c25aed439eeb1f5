"""The rows that ``benchmarks.compression`` prints and writes, and what it says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

#: What loses more stays off by default.
MOST_POINTS_LOST: Final = 1.0
#: A variant that gains less than this is not worth another file or another way of loading.
LEAST_GAIN: Final = 1.05


@dataclass(frozen=True)
class Row:
    """One variant of one network beside the float one that it was made from.

    Attributes:
        network, variant: what it is.
        size_bytes: of the file; of a pruned or int8 LSTM what its weights need at least.
        speed: calls a second over those of the float network, in turns in one run.
        measure: what ``accuracy`` is.
        accuracy: 0..1.
        lost_points: how much lower it is than the float network's, in points of 100.
        more: other figures, by name.
    """

    network: str
    variant: str
    size_bytes: int
    speed: float
    measure: str
    accuracy: float
    lost_points: float
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Whether it could be on by default."""
        if self.variant.startswith("float"):
            return "to compare with"
        if self.lost_points > MOST_POINTS_LOST:
            return f"off: loses {self.lost_points:.1f} points"
        if self.speed < LEAST_GAIN:
            return "off: no faster"
        return "on"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict}


HEAD: Final = ("network", "variant", "size", "speed", "accuracy", "lost", "verdict")


def table(rows: Sequence[Row]) -> str:
    """The rows as plain text."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    size = row.size_bytes
    return (
        row.network,
        row.variant,
        f"{size / 1e6:.2f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB",
        f"x{row.speed:.2f}",
        f"{row.accuracy:.3f} {row.measure}",
        f"{row.lost_points:+.1f}".replace("+0.0", "0.0").replace("-0.0", "0.0"),
        row.verdict,
    )
