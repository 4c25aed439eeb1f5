"""What Detectron2 0.6 needs so that it imports beside today's libraries; nothing else is changed.

Call `prepare` before the first ``import detectron2``. Nothing here is heavy until then.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
import warnings
from importlib.resources import files
from types import ModuleType
from typing import Final

from harec.errors import ModelError

NOT_INSTALLED: Final = "Detectron2 is not installed here; `make detectron2` installs it."

_lock = threading.Lock()


def installed() -> bool:
    """Whether Detectron2 is in this environment; it is not imported."""
    return importlib.util.find_spec("detectron2") is not None


def prepare() -> None:
    """Make ``import detectron2`` work. May be called again, and by several threads.

    Raises:
        ModelError: Detectron2 is not installed.
    """
    if not installed():
        raise ModelError(NOT_INSTALLED)
    with _lock:
        _pillow()
        _torchvision()
        _pkg_resources()
        # It makes its anchors by torch.meshgrid as PyTorch had it before 1.10: a line for users
        # that they can do nothing about.
        warnings.filterwarnings("ignore", "torch.meshgrid", UserWarning)


def _pillow() -> None:
    """Detectron2 names ``Image.LINEAR`` in a default argument; Pillow 10 removed that alias."""
    from PIL import Image

    if not hasattr(Image, "LINEAR"):
        Image.LINEAR = Image.Resampling.BILINEAR  # type: ignore[attr-defined]


def _torchvision() -> None:
    """torchvision's wheels load only beside the build of PyTorch that they were compiled for."""
    try:
        importlib.import_module("torchvision.ops")
    except (ImportError, OSError, RuntimeError):  # none, no CUDA library, "operator ... not exist"
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]  # a half imported package would be found instead of the stand-in
        from harec.estimators import torchvision_ops

        torchvision_ops.install()


def _pkg_resources() -> None:
    """The model zoo finds its configs by ``pkg_resources``, which setuptools 82 dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # earlier releases warn at every import
        try:
            importlib.import_module("pkg_resources")
        except ImportError:
            stand_in = ModuleType("pkg_resources")
            vars(stand_in).update(resource_filename=_resource_filename)
            vars(stand_in).update(resource_exists=_resource_exists)
            sys.modules["pkg_resources"] = stand_in


def _resource_filename(package: str, name: str) -> str:
    return str(files(package).joinpath(name))


def _resource_exists(package: str, name: str) -> bool:
    return files(package).joinpath(name).is_file()
