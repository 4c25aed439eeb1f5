"""Install Detectron2 0.6 from its Python sources, and torchvision where it loads.

    python -m tools.install_detectron2

PyPI has no detectron2, but its sources under another name: every file of pb1-detectron2 0.6 equals
upstream's v0.6, but for the name in setup.py. Keypoint R-CNN runs none of Detectron2's compiled
operators, so the sources are enough; no compiler is needed. An upstream detectron2 that is there
already is left alone and used.
"""

from __future__ import annotations

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
    if importlib.util.find_spec("detectron2") is not None:
        return
    with tempfile.TemporaryDirectory() as folder:
        install_detectron2(Path(folder))


def install_torchvision() -> None:
    """torchvision, unless it is there or can't load beside this build of PyTorch."""
    if importlib.util.find_spec("torchvision") is not None:
        return
    pip("install", "--no-deps", TORCHVISION)
    # A package that can't load would break others that look for it: harec has a stand-in.
    check = subprocess.run([sys.executable, "-c", "import torchvision.ops"], capture_output=True)
    if check.returncode != 0:
        pip("uninstall", "--yes", "torchvision")


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
        tar.extractall(folder, filter="data")
    (root,) = (path for path in folder.iterdir() if path.is_dir())
    (root / "setup.py").unlink()
    (root / "setup.cfg").unlink()
    (root / "pyproject.toml").write_text(PYPROJECT)
    # Imported by modules that are imported in turn; what is in it runs for other models only.
    (root / "detectron2" / "_C.py").write_text('"""Compiled operators: none."""\n')
    pip("install", "--no-deps", "--no-build-isolation", str(root))


def pip(*arguments: str) -> None:
    """Run pip of this environment; its last lines are shown when it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write("\n".join(done.stderr.strip().splitlines()[-5:]) + "\n")
        sys.exit(f"Detectron2 was not installed: pip {arguments[0]} failed.")


if __name__ == "__main__":
    main()
