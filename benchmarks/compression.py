"""What int8 and pruning gain and lose: MoveNet and the action LSTM, one table.

    python -m benchmarks.compression [--data A.npz ...] [--clips FOLDER] [--start FOLDER]

Speed is a ratio to the float network, timed in turns in this run (one call, one thread, for
MoveNet). PCK@0.2 is the share of the twelve body joints within 0.2 torso lengths of the truth, of
simulated people that nothing was calibrated on. Six-class accuracy is of the people of the folds
that are held out, whom no network learnt from. What loses more than one point stays off.

``--data`` trains pruned networks on (minutes; kept in out/, so that a second run is quick);
``--start`` is the folder of an earlier ``harec train --cross-validate`` run with the same archives
(``out/first-run``), without it networks to start from are trained, too. ``--clips`` adds real
clips, see benchmarks/real_clips.py. Results go to benchmarks/results/compression.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Final

import torch

from benchmarks import compression_lstm, compression_pose
from benchmarks.compression_lstm import LstmPlan, lstm_rows
from benchmarks.compression_pose import PosePlan, pose_rows
from benchmarks.compression_table import table
from benchmarks.pose_engines import hardware
from harec.core.errors import HarecError
from harec.core.files import atomic_write
from harec.pose.movenet_onnx import INT8_DIR

RESULTS: Final = Path(__file__).parent / "results" / "compression.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--start", type=Path, help="folder of fold-0.safetensors and so on")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--fold", type=int, action="append", help="held out; default: 0")
    parser.add_argument("--epochs", type=int, default=LstmPlan(()).epochs)
    parser.add_argument("--tune", type=int, default=LstmPlan(()).tune)
    parser.add_argument("--clips", type=Path, help="folder of real clips")
    parser.add_argument("--people", type=int, default=PosePlan().clips, help="simulated clips")
    parser.add_argument("--int8", type=Path, default=INT8_DIR, help="folder of the int8 networks")
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    missing = [path for path in [*chosen.data, chosen.clips] if path and not path.exists()]
    if missing:
        raise SystemExit(f"skipped: {', '.join(map(str, missing))} is not here")

    torch.set_num_threads(1)
    echo = partial(print, flush=True)
    echo(hardware())
    lstm = LstmPlan(
        tuple(chosen.data),
        chosen.folds,
        tuple(chosen.fold or (0,)),
        chosen.start,
        chosen.epochs,
        chosen.tune,
    )
    try:
        of_pose = pose_rows(PosePlan(chosen.int8, chosen.people, chosen.clips), echo)
        of_lstm = lstm_rows(lstm, echo)
    except HarecError as error:
        echo(f"error: {error}")
        return 1
    echo("\n" + table([*of_pose, *of_lstm]) + "\n")
    echo(compression_pose.summary(of_pose))
    echo(compression_lstm.summary(of_lstm))
    document = {
        "hardware": hardware(),
        "folds": f"{list(lstm.chosen)} of {lstm.folds}" if lstm.archives else None,
        "archives": [path.name for path in lstm.archives],
        "rows": [row.as_json() for row in [*of_pose, *of_lstm]],
    }
    chosen.results.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(chosen.results) as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
