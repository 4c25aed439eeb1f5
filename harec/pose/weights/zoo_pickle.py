"""Reads a model-zoo ``.pkl`` of Detectron2 without running anything that is in it.

The format: ``{"model": {name: array}, "__author__": ..., ...}``, from numpy 1 or 2, Python 2 or 3,
protocols 0 to 5. Only numbers come out of it; a file that claims to be larger than it is fails
before memory is asked for.
"""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import WeightsError
from harec.pose.weights.pickle_machine import (
    Damaged,
    Machine,
    Refused,
    key_of,
    shown,
)

MOST_DIMENSIONS: Final = 8

#: Plain numbers: booleans, integers, floats. Objects ("O") would be pointers or more pickles.
_NUMBERS: Final = re.compile(r"b1|[iu][1248]|f[248]")


@dataclass(eq=False)
class _Array:
    """An array in the making, or made."""

    values: NDArray[Any] | None = None


@dataclass(eq=False)
class _DType:
    """A type in the making, or made: ``f4``, ``<``."""

    kind: str
    order: str = "="


def _reconstruct(kind: Any, shape: Any, code: Any) -> _Array:
    """``numpy._core.multiarray._reconstruct(ndarray, (0,), b"b")``: an array without content."""
    if kind is not _NDARRAY or shape != (0,) or code not in (b"b", "b"):
        raise Damaged
    return _Array()


def _dtype(kind: Any, align: Any = False, copy: Any = True) -> _DType:
    """``numpy.dtype("f4", False, True)``"""
    if not isinstance(kind, str) or not _NUMBERS.fullmatch(kind):
        raise Refused(f"holds values of the kind {shown(kind)}, not plain numbers")
    return _DType(kind)


def _encode(text: Any, encoding: Any = None) -> bytes:
    """``_codecs.encode(text, "latin1")``: how bytes are written by protocols before 3."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Damaged
    return text.encode("latin-1")


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    """``numpy._core.numeric._frombuffer``: how protocol 5 writes an array."""
    if type(order) is not str or order not in ("C", "F"):
        raise Damaged
    return _Array(_values(data, dtype, shape, fortran=order == "F"))


def _scalar(dtype: Any, data: Any) -> _Array:
    """``numpy._core.multiarray.scalar``: a number with a numpy type."""
    return _Array(_values(data, dtype, (), fortran=False))


def _no_bytes() -> bytes:
    """``bytes()``: how empty ones are written by protocols before 3."""
    return b""


def _ordered_dict(pairs: Any = ()) -> dict[Any, Any]:
    """``collections.OrderedDict()``, which is filled afterwards as a dictionary is."""
    made: dict[Any, Any] = {}
    for key, value in pairs:
        made[key_of(key)] = value
    return made


def _not_called() -> None:
    """Stands for ``numpy.ndarray``, which is only named."""
    raise Damaged


_NDARRAY: Final = _not_called

#: All that a file may name. Anything else is refused when it is named, before it could be used.
ALLOWED: Final[dict[str, Callable[..., Any]]] = {
    "numpy.core.multiarray _reconstruct": _reconstruct,  # numpy 1
    "numpy._core.multiarray _reconstruct": _reconstruct,  # numpy 2
    "numpy.core.multiarray scalar": _scalar,
    "numpy._core.multiarray scalar": _scalar,
    "numpy.core.numeric _frombuffer": _from_buffer,
    "numpy._core.numeric _frombuffer": _from_buffer,
    "numpy ndarray": _NDARRAY,
    "numpy dtype": _dtype,
    "_codecs encode": _encode,
    "__builtin__ bytes": _no_bytes,
    "builtins bytes": _no_bytes,
    "collections OrderedDict": _ordered_dict,
}


def _build(made: Any, state: Any) -> None:
    """Fill an array or a type with what numpy's ``__setstate__`` would get."""
    if type(made) is _Array and made.values is None:
        _version, shape, dtype, fortran, data = state
        made.values = _values(data, dtype, shape, fortran=bool(fortran))
    elif type(made) is _DType:
        _version, order, *parts = state
        if type(order) is not str or order not in ("<", ">", "|", "="):
            raise Damaged
        if any(part is not None for part in parts[:3]):
            raise Refused("holds structures, not plain numbers")
        made.order = order
    elif type(made) is not dict:  # an OrderedDict's own attributes are of no use here
        raise Damaged


def read_zoo(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a model-zoo file by name, of the types and shapes that they have in the file.

    Raises:
        WeightsError: the file can't be read, is no such file, is cut short or damaged, holds
            something that is not a number, or asks to run something. It says which.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if size == 0:
                raise WeightsError(f"{path.name} is empty; get the file again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _check_beginning(path.name, data[:512])
                content = Machine(data, ALLOWED, _build).run()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WeightsError(f"{path.name} can't be read ({reason}).") from error
    except Refused as refusal:
        raise WeightsError(
            f"{path.name} {refusal}: it was not opened. Get the weights from a source that you "
            "trust."
        ) from refusal
    except (Damaged, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise WeightsError(
            f"{path.name} is damaged or ends too early; get the file again."
        ) from error
    return _arrays(path.name, content, size)


def _check_beginning(name: str, start: bytes) -> None:
    """Name the likely mix-ups: they are no damaged files."""
    if start.startswith(b"PK\x03\x04"):
        raise WeightsError(
            f"{name} is a PyTorch checkpoint (.pth) or an archive; give the model zoo's .pkl."
        )
    if start.lstrip()[:1] == b"<":
        raise WeightsError(f"{name} is a web page, not the model zoo's .pkl; get the file again.")
    if start[:1] not in (b"\x80", b"(", b"}", b"c"):
        raise WeightsError(f"{name} is no .pkl of Detectron2's model zoo; give that file.")


def _arrays(name: str, content: Any, size: int) -> dict[str, NDArray[Any]]:
    model = content.get("model") if type(content) is dict else None
    if type(model) is not dict or not model:
        raise WeightsError(
            f'{name} holds no "model" with arrays; give the .pkl of Detectron2\'s model zoo.'
        )
    arrays: dict[str, NDArray[Any]] = {}
    total = 0
    for key in list(model):
        value = model.pop(key)  # what has been copied is let go: the file is large
        values = value.values if type(value) is _Array else None
        if type(key) is not str or values is None:
            raise WeightsError(f"{name} holds '{shown(key)}', which is no array; get another file.")
        total += values.nbytes
        if total > 2 * size:  # one array under thousands of names
            raise WeightsError(f"{name} unfolds to more than it holds; get another file.")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise WeightsError(f"{name} is damaged: '{shown(key)}' holds numbers that are none.")
        native = values.dtype.newbyteorder("=")
        arrays[key] = np.array(values, dtype=native, order="C")
    return arrays


def _values(data: Any, dtype: Any, shape: Any, *, fortran: bool) -> NDArray[Any]:
    """A read-only view of ``data``; nothing is allocated, so nothing can be too large."""
    if isinstance(data, str):  # Python 2's bytes
        data = data.encode("latin-1")
    if type(dtype) is not _DType or not isinstance(data, bytes | bytearray):
        raise Damaged
    if type(shape) is not tuple or len(shape) > MOST_DIMENSIONS:
        raise Damaged
    if any(type(n) is not int or not 0 <= n <= len(data) for n in shape):
        raise Damaged
    made = np.dtype(dtype.order + dtype.kind)
    if math.prod(shape) * made.itemsize != len(data):
        raise Damaged
    return np.frombuffer(data, made).reshape(shape, order="F" if fortran else "C")
