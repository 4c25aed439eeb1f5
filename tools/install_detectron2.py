"""Install Detectron2 0.6 from its Python sources, and torchvision where it loads.

    python -m tools.install_detectron2

PyPI has no detectron2, but its sources under another name: every file of pb1-detectron2 0.6 equals
upstream's v0.6, but for the name in setup.py. Keypoint R-CNN runs none of Detectron2's compiled
operators, so the sources are enough; no compiler is needed. An upstream detectron2 that is there
already is left alone and used.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SOURCES = "pb1-detectron2==0.6"
SHA256 = "5d2e9e51e523ec72f6a31cca04b0a515492e9514b773a3d134cedc0677170b29"
TORCHVISION = "torchvision==0.28.0"  # made for the torch of requirements.txt
#: Instead of the sources' setup.py, which compiles C++ and pins what doesn't install any more.
PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "pb1-detectron2"
version = "0.6"
[tool.setuptools.packages.find]
include = ["detectron2*"]
[tool.setuptools.package-data]
"*" = ["**/*.yaml"]
"""


def main() -> None:
    """Install what is missing; exit code 1 and one line when that fails."""
    install_torchvision()
    if importlib.util.find_spec("detectron2") is None:
        with tempfile.TemporaryDirectory() as folder:
            install_detectron2(Path(folder))
    if not runs("from harec.pose.detectron2 import compat as c\nwith c.ready(): pass"):
        sys.exit(
            "The detectron2 in this environment doesn't load. Uninstall it (pip uninstall "
            "detectron2 pb1-detectron2), then `make detectron2` installs one that does."
        )


def install_torchvision() -> None:
    """torchvision, unless it is there or can't load beside this build of PyTorch.

    harec has a stand-in for what Detectron2 needs of it, so going without is no failure.
    """
    if importlib.util.find_spec("torchvision") is not None:
        return
    if importlib.metadata.version("torch").endswith("+cpu"):  # the wheels are for CUDA's
        return
    try:
        pip("install", "--no-deps", TORCHVISION)
    except Failed:
        sys.stderr.write("torchvision was not installed: Detectron2 uses harec's stand-in.\n")
        return
    # One that can't load would break others that look for it.
    if not runs("import torchvision.ops"):
        pip("uninstall", "--yes", "torchvision")


def runs(code: str) -> bool:
    """Whether a fresh interpreter carries out ``code`` without an error."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def install_detectron2(folder: Path) -> None:
    """Download the sources into ``folder``, check their hash, install their Python part."""
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{SOURCES} --hash=sha256:{SHA256}\n")
    # Without build isolation: the sources' setup.py asks for torch, which is here.
    pip(
        *("download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"),
        *("--require-hashes", "-r", str(pinned), "-d", str(folder)),
    )
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
        else:  # Python before 3.11.4; what is in the archive is known by its hash
            tar.extractall(folder)
    (root,) = (path for path in folder.iterdir() if path.is_dir())
    (root / "setup.py").unlink()
    (root / "setup.cfg").unlink()
    (root / "pyproject.toml").write_text(PYPROJECT)
    # Imported by modules that are imported in turn; what is in it runs for other models only.
    (root / "detectron2" / "_C.py").write_text('"""Compiled operators: none."""\n')
    pip("install", "--no-deps", "--no-build-isolation", str(root))


class Failed(SystemExit):
    """pip could not do it. Unless it is caught, the program ends with one line."""


def pip(*arguments: str) -> None:
    """Run pip of this environment; the last line that it says goes before the error."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        sys.stderr.write("\n".join(said[-1:]) + "\n")
        raise Failed(f"Detectron2 was not installed: pip {arguments[0]} failed.")


if __name__ == "__main__":
    main()
