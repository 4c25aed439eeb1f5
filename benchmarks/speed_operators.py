"""Where a pose network's time goes, operator by operator, by onnxruntime's own profiler.

python -m benchmarks.speed_operators models/movenet-thunder.onnx [--runs 50] [--threads 2]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

#: In place of a size that a network leaves open.
_OPEN_SIDE = 256


def profile(model: Path, runs: int, threads: int) -> tuple[float, Counter[str], Counter[str]]:
    """Milliseconds a run: of the whole, by operator, and by node; noise as the picture."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with tempfile.TemporaryDirectory() as folder:
        session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])
        picture = {session.get_inputs()[0].name: _noise(session.get_inputs()[0])}
        session.run(None, picture)  # the first run allocates
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])
        for _ in range(runs):
            session.run(None, picture)
        events = json.loads(Path(session.end_profiling()).read_text())
    whole, operators, nodes = 0.0, Counter[str](), Counter[str]()
    for event in events:
        ms = event.get("dur", 0) / 1000 / runs
        if event.get("name") == "model_run":
            whole += ms
        elif event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            operators[event["args"]["op_name"]] += ms
            nodes[event["name"].removesuffix("_kernel_time")] += ms
    return whole, operators, nodes


def _noise(wanted: Any) -> Any:
    sides = [side if isinstance(side, int) else _OPEN_SIDE for side in wanted.shape]
    sides[0] = 1
    kind = {"tensor(int32)": np.int32, "tensor(uint8)": np.uint8}.get(wanted.type, np.float32)
    return np.random.default_rng(0).integers(0, 256, sides).astype(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description="Where a network's time goes")
    parser.add_argument("model", type=Path)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    whole, operators, nodes = profile(chosen.model, chosen.runs, chosen.threads)
    print(f"{chosen.model.name}: {whole:.1f} ms a run, {chosen.threads} threads")
    for title, counter in (("operators", operators), ("slowest nodes", nodes)):
        print(title)
        for name, ms in counter.most_common(8):
            print(f"  {ms:7.2f} ms {ms / whole:5.0%}  {name}")


if __name__ == "__main__":
    main()
