"""What Detectron2 0.6 needs so that it imports beside today's libraries; nothing else is changed.

Import it, and build its models, inside `ready`. Nothing here is heavy until then.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Final

from harec.core.errors import ModelError
from harec.core.threads import may_tune

NOT_INSTALLED: Final = "Detectron2 is not installed here; `make detectron2` installs it."

_lock = threading.RLock()


def installed() -> bool:
    """Whether Detectron2 is in this environment; it is not imported."""
    spec = importlib.util.find_spec("detectron2")
    return spec is not None and spec.origin is not None  # a mere folder of that name has no origin


@contextmanager
def ready() -> Iterator[None]:
    """In here ``import detectron2`` works, and its models can be built.

    Stand-ins for modules that don't load are there only inside: other libraries, which look for
    torchvision, must not take them for the real ones.

    Raises:
        ModelError: Detectron2 is not installed, or this installation doesn't import.
    """
    if not installed():
        raise ModelError(NOT_INSTALLED)
    with _lock:
        _pillow()
        # It makes its anchors by torch.meshgrid as PyTorch had it before 1.10: a line for users
        # that they can do nothing about.
        if may_tune():
            warnings.filterwarnings("ignore", "torch.meshgrid", UserWarning)
        stand_ins = {**_torchvision(), **_pkg_resources()}
        sys.modules.update(stand_ins)
        try:
            _import_detectron2()
            yield
        finally:
            for name in stand_ins:
                del sys.modules[name]


def _import_detectron2() -> None:
    try:
        for name in ("modeling", "model_zoo", "data.transforms"):  # all that the adapter uses
            importlib.import_module(f"detectron2.{name}")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ModelError(
            f"The Detectron2 that is installed here doesn't load ({reason}). Uninstall it, then "
            "`make detectron2` installs one that does."
        ) from error


def _pillow() -> None:
    """Detectron2 names ``Image.LINEAR`` in a default argument; Pillow 10 removed that alias."""
    from PIL import Image

    if not hasattr(Image, "LINEAR"):
        Image.LINEAR = Image.Resampling.BILINEAR  # type: ignore[attr-defined]


def _torchvision() -> dict[str, ModuleType]:
    """torchvision's wheels load only beside the build of PyTorch that they were compiled for."""
    try:
        importlib.import_module("torchvision.ops")
    except (ImportError, OSError, RuntimeError):  # none, no CUDA library, "operator ... not exist"
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]  # a half imported package would be found instead of the stand-in
        from harec.pose.detectron2.torchvision_ops import stand_in_modules

        return stand_in_modules()
    return {}


def _pkg_resources() -> dict[str, ModuleType]:
    """The model zoo finds its configs by ``pkg_resources``, which setuptools 82 dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # earlier releases warn at every import
        try:
            importlib.import_module("pkg_resources")
        except ImportError:
            return {"pkg_resources": _pkg_resources_stand_in()}
    return {}


@cache
def _pkg_resources_stand_in() -> ModuleType:
    module = ModuleType("pkg_resources")
    vars(module).update(
        resource_filename=lambda package, name: str(files(package).joinpath(name)),
        resource_exists=lambda package, name: files(package).joinpath(name).is_file(),
    )
    return module
