"""Make some hundred damaged and unusual video files and see what harec makes of them.

A frame says which one it is, so count, order, times, size and colours are compared with what was
written. Each file is read in a process that may crash or hang; a share of them goes through the
command line as well, with JSON, CSV and annotated video.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.hardware import Hardware, commit, load_average, versions
from benchmarks.robustness.defects import DEFECTS
from benchmarks.robustness.run import Row, cases, run
from benchmarks.robustness.trial import Outcome
from harec.core.errors import HarecError
from harec.core.files import atomic_write

ROOT: Final = Path(__file__).parents[2]
OUT: Final = ROOT / "benchmarks" / "results" / "robustness.json"


def table(rows: Iterable[Row], column: int) -> dict[str, dict[str, int]]:
    """How often each outcome was, by defect (1) or container (2)."""
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        counted.setdefault(row[column], Counter())[row[4].value] += 1
    return {
        name: {each.value: found[each.value] for each in Outcome} for name, found in counted.items()
    }


def show(title: str, counts: dict[str, dict[str, int]]) -> None:
    print(f"\n{title:<26}" + "".join(f"{each.value:>22}" for each in Outcome))
    for name, found in counts.items():
        print(f"{name:<26}" + "".join(f"{found[each.value] or '':>22}" for each in Outcome))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--only", help="defects whose name holds this; nothing is written then")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    start_s = time.perf_counter()
    asked = cases(chosen.files, chosen.seed)
    if chosen.only:
        asked = [case for case in asked if chosen.only in DEFECTS[case[0]].name]
    rows = run(asked, chosen.jobs)
    took_s = time.perf_counter() - start_s
    bad = [row for row in rows if row[4] in (Outcome.WRONG, Outcome.CRASH)]
    for row in bad:
        print(f"{row[4].value}: {row[1]}, {row[2]} {row[3]}: {row[5]}")
    by_defect, by_container = table(rows, 1), table(rows, 2)
    show("defect", by_defect)
    show("container", by_container)
    total = Counter(row[4].value for row in rows)
    show("all", {"": {each.value: total[each.value] for each in Outcome}})
    print(f"\n{len(asked)} files in {took_s:.0f} s; {Hardware.here().line}")
    if not chosen.only:
        result = {
            "hardware": Hardware.here().as_dict(),
            "versions": versions(),
            "commit": commit(ROOT),
            "load_after": load_average(),
            "files": chosen.files,
            "seed": chosen.seed,
            "jobs": chosen.jobs,
            "seconds": round(took_s),
            "by_defect": by_defect,
            "by_container": by_container,
            "bad": [list(row) for row in bad],
        }
        try:
            chosen.out.parent.mkdir(exist_ok=True)
            with atomic_write(chosen.out) as temporary:
                temporary.write_text(json.dumps(result, indent=1) + "\n")
        except HarecError as error:
            raise SystemExit(str(error)) from None
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
