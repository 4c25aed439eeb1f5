"""Whether MoveNet's int8 networks are the faster ones on this processor.

Linux lists what a processor can do: VNNI on x86, the dot product on ARM. Elsewhere both kinds of a
network are timed for a moment, once a machine and version of onnxruntime: the answer is kept in the
user's cache folder.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import platformdirs

from harec.core.files import atomic_write

#: Instructions that multiply and add bytes, as Linux calls them: x86, ARM.
_FAST_FLAGS: Final = frozenset({"avx512_vnni", "avx_vnni", "asimddp"})
_FLAGS: Final = re.compile(r"^(?:flags|Features)\s*:(.*)$", re.MULTILINE)
#: So much faster than float int8 must be, to be worth what it costs in exactness.
_WORTH: Final = 1.2
_ROUNDS: Final = 5


@cache
def int8_is_fast() -> bool:
    """Whether int8 is what ``auto`` stands for here."""
    known = flags_say()
    return _kept_answer(_cache_file()) if known is None else known


def flags_say(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool | None:
    """What the list of the processor's instructions says; None where there is none."""
    try:
        found = _FLAGS.search(cpuinfo.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return None if found is None else not _FAST_FLAGS.isdisjoint(found[1].split())


def _cache_file() -> Path:
    return platformdirs.user_cache_path("harec") / "int8-speed.json"


def _kept_answer(file: Path) -> bool:
    """The answer of an earlier run, else of a timing, which is kept if the folder lets it."""
    about = [platform.machine(), platform.processor(), importlib.metadata.version("onnxruntime")]
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["about"] == about and isinstance(kept["fast"], bool):
            return kept["fast"]
    fast = _timed_gain() >= _WORTH
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file) as temporary:
            temporary.write_text(json.dumps({"about": about, "fast": fast}), encoding="utf-8")
    return fast


def _timed_gain() -> float:
    """How many times as fast Lightning is in int8; the best of some rounds in turns."""
    import numpy as np

    from harec.pose.crops import Crop
    from harec.pose.movenet_modes import INT8_DIR
    from harec.pose.movenet_onnx import MODELS_DIR, SINGLE_SIDES, SinglePose

    side = SINGLE_SIDES["lightning"]
    rgb, crop = np.zeros((side, side, 3), np.uint8), Crop(side / 2, side / 2, side)
    networks = [SinglePose("lightning", 1, folder) for folder in (MODELS_DIR, INT8_DIR)]
    best_s = [float("inf")] * len(networks)
    for _ in range(_ROUNDS):
        for i, network in enumerate(networks):
            start_s = time.perf_counter()
            network(rgb, [crop])
            best_s[i] = min(best_s[i], time.perf_counter() - start_s)
    return best_s[0] / best_s[1]
