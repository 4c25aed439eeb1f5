"""Reads a model-zoo ``.pkl`` of Detectron2 without running anything that is in it.

The format: ``{"model": {name: array}, "__author__": ..., ...}``, from numpy 1 or 2, Python 2 or 3,
protocols 0 to 5. A pickle is a program. Its opcodes are checked first, without running them; then
Python's unpickler runs those that build plain values and finds, whatever the file names, only the
stand-ins below. None imports or allocates anything: arrays are views of the file's own bytes.
"""

from __future__ import annotations

import math
import mmap
import pickle
import pickletools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import WeightsError

#: A model-zoo file has some ten thousand; far more than that only costs time.
MOST_OPCODES: Final = 200_000
MOST_DIMENSIONS: Final = 8

#: What makes objects by calling classes, asks for extension codes (they may pass `find_class` by),
#: persistent ids or buffers, or moves the stack as no pickler does for such a file.
_REFUSED: Final = re.compile("INST|.*OBJ(_EX)?|EXT.|.*PERSID|.*_BUFFER|DUP|POP.*")
#: Plain numbers: booleans, integers, floats. Objects ("O") would be pointers or more pickles.
_NUMBERS: Final = re.compile(r"b1|[iu][1248]|f[248]")


class _Damaged(Exception):
    """The program makes no sense."""


class _Refused(Exception):
    """The program asks for something that is never needed; the text says what ("asks to ...")."""


class _Array:
    """An array in the making, or made."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[Any] | None = None) -> None:
        self.values = values

    def __setstate__(self, state: Any) -> None:
        _version, shape, dtype, fortran, data = state
        self.values = _view(data, dtype, shape, "F" if fortran else "C")


class _DType:
    """A type in the making, or made: ``f4``, ``<``."""

    __slots__ = ("kind", "order")

    def __init__(self, kind: Any) -> None:
        if type(kind) is not str or not _NUMBERS.fullmatch(kind):
            raise _Refused(f"holds values of the kind {_shown(kind)}, not plain numbers")
        self.kind, self.order = kind, "="

    def __setstate__(self, state: Any) -> None:
        _version, order, *parts = state
        if order not in ("<", ">", "|", "="):
            raise _Damaged
        if any(part is not None for part in parts[:3]):
            raise _Refused("holds structures, not plain numbers")
        self.order = order


class _OrderedDict(dict[Any, Any]):
    """It has no attributes: torch's own ``_metadata`` is of no use here."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        pass


class _StandIn:
    """What the file may call, and not change, instead of what it names."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise _Damaged


def _encode(text: Any, encoding: Any) -> bytes:
    """How protocols before 3 write bytes."""
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise _Damaged
    return text.encode("latin-1")


def _not_called(*_: Any) -> None:
    raise _Damaged


_CORE: Final[dict[str, Callable[..., Any]]] = {
    "multiarray._reconstruct": lambda *_: _Array(),  # (ndarray, (0,), b"b"): filled by BUILD
    "multiarray.scalar": lambda dtype, data: _Array(_view(data, dtype, (), "C")),
    "numeric._frombuffer": lambda *array: _Array(_view(*array)),
}
_NAMES: Final[dict[str, Callable[..., Any]]] = {
    "numpy.ndarray": _not_called,  # it is only named
    "numpy.dtype": lambda kind, *_: _DType(kind),
    "_codecs.encode": _encode,
    "__builtin__.bytes": lambda: b"",
    "builtins.bytes": lambda: b"",
    "collections.OrderedDict": _OrderedDict,
    **{f"numpy.core.{name}": function for name, function in _CORE.items()},  # numpy 1
    **{f"numpy._core.{name}": function for name, function in _CORE.items()},  # numpy 2
}
_STAND_INS: Final = {name: _StandIn(function) for name, function in _NAMES.items()}


class _ZooUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        name = f"{module_name}.{global_name}"
        if name not in _STAND_INS:
            raise _Refused(f"asks to run {_shown(name)}, which a file of weights never needs")
        return _STAND_INS[name]


def read_zoo(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a model-zoo file by name, of the types and shapes that they have in the file.

    Raises:
        WeightsError: the file can't be read, is no such file, is cut short or damaged, holds
            something that is not a number, or asks to run something. It says which.
    """
    name = path.name
    try:
        size = path.stat().st_size
        if size == 0:
            raise WeightsError(f"{name} is empty; get the file again.")
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            _check_beginning(name, data[:512])
            _check_opcodes(data)
            data.seek(0)
            content = _ZooUnpickler(data, encoding="latin1").load()  # Python 2's bytes are texts
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WeightsError(f"{name} can't be read ({reason}).") from error
    except _Refused as refusal:
        raise WeightsError(
            f"{name} {refusal}: it was not opened. Get the weights from a source that you trust."
        ) from refusal
    except (_Damaged, pickle.PickleError, ValueError, TypeError, LookupError, AttributeError,
            ArithmeticError, EOFError, RecursionError) as error:  # fmt: skip
        raise WeightsError(f"{name} is damaged or ends too early; get the file again.") from error
    return _arrays(name, content, size)


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


def _check_opcodes(data: mmap.mmap) -> None:
    """Raises for a program that does more than build plain values, or costs more than it holds.

    `pickletools.genops` reads and never runs. It fails for a value that claims to be longer than
    the file; the unpickler would ask for the memory at once.
    """
    memo: dict[int, bool] = {}  # place: whether its value may be used again
    reusable = False  # what is on top of the stack
    program = pickletools.genops(data)  # type: ignore[arg-type]  # it has what is needed
    for count, (opcode, argument, _) in enumerate(program):
        name = opcode.name
        if count > MOST_OPCODES:
            raise _Refused("is a program of too many steps, not a file of arrays")
        if _REFUSED.fullmatch(name):
            asked = f"{name} {argument}" if name == "INST" else name
            raise _Refused(f"asks for {_shown(asked)}, which a file of weights never needs")
        if name.endswith("PUT") or name == "MEMOIZE":
            place = len(memo) if argument is None else int(argument)
            if place > MOST_OPCODES:
                raise _Damaged  # the unpickler makes room for all places before it
            memo[place] = reusable
        elif name.endswith("GET") and not memo.get(int(argument or 0)):
            raise _Damaged  # tuples of twice the same tuple would take for ever to hash
        if name != "FRAME":  # it may come between a value and its place in the memo
            pushed_alone = opcode.stack_after and not opcode.stack_before and name != "MARK"
            reusable = bool(pushed_alone) or name in ("REDUCE", "STACK_GLOBAL")


def _arrays(name: str, content: Any, size: int) -> dict[str, NDArray[Any]]:
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or not model:
        raise WeightsError(
            f'{name} holds no "model" with arrays; give the .pkl of Detectron2\'s model zoo.'
        )
    arrays: dict[str, NDArray[Any]] = {}
    total = 0
    for key in list(model):
        value = model.pop(key)  # what has been copied is let go: the file is large
        values = value.values if isinstance(value, _Array) else None
        if type(key) is not str or values is None:
            raise WeightsError(
                f"{name} holds '{_shown(key)}', which is no array; get another file."
            )
        total += values.nbytes
        if total > 2 * size:  # one array under thousands of names
            raise WeightsError(f"{name} unfolds to more than it holds; get another file.")
        arrays[key] = np.array(values, dtype=values.dtype.newbyteorder("="), order="C")
    return arrays


def _view(data: Any, dtype: Any, shape: Any, order: Any) -> NDArray[Any]:
    """A read-only view of ``data``; nothing is allocated, so nothing can be too large."""
    if isinstance(data, str):  # Python 2's bytes
        data = data.encode("latin-1")
    if not (type(dtype) is _DType and isinstance(data, bytes | bytearray) and type(shape) is tuple):
        raise _Damaged
    if len(shape) > MOST_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        raise _Damaged
    made = np.dtype(dtype.order + dtype.kind)
    if math.prod(shape) * made.itemsize != len(data):
        raise _Damaged
    return np.frombuffer(data, made).reshape(shape, order="F" if order == "F" else "C")


def _shown(value: Any) -> str:
    """Text from the file as one short line; anything else is not turned into text but named."""
    text = value if type(value) is str else type(value).__name__
    return "".join(c if c.isprintable() else "?" for c in text[:80])
