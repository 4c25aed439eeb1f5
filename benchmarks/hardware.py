"""What a benchmark ran on: the machine and the versions that decide how fast it is."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

#: Distributions whose version changes the figures.
LIBRARIES: Final = (
    "numpy",
    "onnxruntime",
    "av",
    "opencv-python-headless",
    "torch",
    "detectron2",
)
#: What changes the number of threads.
KNOBS: Final = ("HAREC_THREADS", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True)
class Hardware:
    """The machine.

    Attributes:
        cpu: the processor's name.
        cores: logical CPUs that this process may use.
        memory_gb: main memory, 10^9 bytes; None where the system does not say.
        gpu: name of the first CUDA device, if any.
        system: operating system and Python.
    """

    cpu: str
    cores: int
    memory_gb: float | None
    gpu: str | None
    system: str

    @classmethod
    def here(cls) -> Hardware:
        """This machine. Imports PyTorch to look for a GPU."""
        import torch  # after harec, which says how its threads wait

        gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
        system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
        return cls(cpu_name(), _cores(), _memory_gb(), gpu, system)

    @property
    def line(self) -> str:
        """One line for people."""
        memory = "" if self.memory_gb is None else f", {self.memory_gb:.0f} GB"
        return f"{self.cpu}, {self.cores} cores{memory}, {self.gpu or 'no GPU'}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def hardware() -> str:
    """One line on what this runs on."""
    return Hardware.here().line


def versions() -> dict[str, str]:
    """Library -> version, of those that are installed."""
    found = {}
    for name in LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def knobs() -> dict[str, str]:
    """Environment variables that change the number of threads, of those that are set."""
    return {name: os.environ[name] for name in KNOBS if name in os.environ}


def load_average() -> float | None:
    """Mean number of programs that wanted a core in the last minute; None on Windows."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def commit(root: Path) -> str | None:
    """The commit of a checkout, with ``+`` when tracked files were changed; None without git."""
    try:
        head = _output(["git", "-C", str(root), "rev-parse", "--short", "HEAD"])
        changed = _output(["git", "-C", str(root), "status", "--porcelain", "-uno"])
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor as its maker calls it: Linux's own list, macOS's sysctl, else the platform."""
    with suppress(OSError):
        match = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        if match:
            return match[1].strip()
    if platform.system() == "Darwin":
        with suppress(OSError, subprocess.CalledProcessError):
            return _output(["sysctl", "-n", "machdep.cpu.brand_string"])
    return platform.processor() or platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
