"""Carries out the few steps of a pickle that build plain values, and none that run anything.

A pickle is a program. Python's own unpickler, also with a list of allowed names, imports what is
named and calls methods of whatever it makes; this machine imports nothing, calls nothing but the
functions of the table that it is given, and makes nothing but what these return, numbers, texts,
bytes, tuples, lists and dictionaries. `pickletools.genops` takes the opcodes apart; it reads and
never runs.
"""

from __future__ import annotations

import mmap
import pickletools
from collections.abc import Callable, Mapping
from typing import Any, Final

#: A model-zoo file has some ten thousand opcodes; far more than that only costs time.
MOST_OPCODES: Final = 200_000

_MARK: Final = object()


class Damaged(Exception):
    """The program makes no sense."""


class Refused(Exception):
    """The program asks for something that is never needed; the text says what ("asks to ...")."""


def key_of(value: Any) -> str | int:
    """``value`` as a dictionary's key: tuples of tuples of tuples would take for ever to hash."""
    if type(value) not in (str, int):
        raise Damaged
    return value


def shown(value: Any) -> str:
    """Text from the file as one short line; anything else is not turned into text but named."""
    text = value if type(value) is str else type(value).__name__
    return "".join(c if c.isprintable() else "?" for c in text[:80])


class Machine:
    """Runs one program.

    Args:
        data: the pickle. A map, not a file: asked for more than there is, it gives what there is,
            so a file that claims to be large gets no memory for it.
        allowed: what the program may call, by "module name".
        build: what it does to fill a value made by one of these functions: ``build(made, state)``.
            It raises Damaged or Refused for what it doesn't know.
    """

    def __init__(
        self,
        data: mmap.mmap,
        allowed: Mapping[str, Callable[..., Any]],
        build: Callable[[Any, Any], None],
    ) -> None:
        self._data, self._allowed, self._fill = data, allowed, build
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """What the program makes.

        Raises:
            Refused: it asks for something that is not allowed.
            Damaged, ValueError, TypeError, LookupError: it makes no sense or ends too early.
        """
        program = pickletools.genops(self._data)  # type: ignore[arg-type]  # it has what is needed
        for count, (opcode, argument, _) in enumerate(program):
            if count > MOST_OPCODES:
                raise Refused("is a program of too many steps, not a file of arrays")
            if opcode.name in _LITERALS:
                self._stack.append(argument)
            elif opcode.name in _STEPS:
                _STEPS[opcode.name](self, argument)
            elif opcode.name in ("PROTO", "FRAME", "STOP"):
                pass
            else:
                asked = f"{opcode.name} {argument}" if opcode.name == "INST" else opcode.name
                raise Refused(f"asks for {shown(asked)}, which a file of weights never needs")
        (result,) = self._stack
        return result

    # Each step takes the opcode's argument; their names are those of pickletools.

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise Damaged
        return value

    def _to_mark(self) -> list[Any]:
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
                values = self._stack[at + 1 :]
                del self._stack[at:]
                return values
        raise Damaged

    def _top(self, kind: type) -> Any:
        if type(self._stack[-1]) is not kind:
            raise Damaged
        return self._stack[-1]

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._stack.append(tuple(reversed(values)))

    def _set_items(self, values: list[Any]) -> None:
        target = self._top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[key_of(key)] = value

    def _set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _append(self) -> None:
        value = self._pop()
        self._top(list).append(value)

    def _dict(self) -> None:
        values = self._to_mark()
        self._stack.append({})
        self._set_items(values)

    def _memoize(self, index: int) -> None:
        if self._stack[-1] is _MARK:
            raise Damaged
        self._memo[index] = self._stack[-1]

    def _global(self, name: str) -> None:
        if name not in self._allowed:
            asked = name.replace(" ", ".")
            raise Refused(f"asks to run {shown(asked)}, which a file of weights never needs")
        self._stack.append(self._allowed[name])

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        if type(name) is not str or type(module) is not str:
            raise Damaged
        self._global(f"{module} {name}")

    def _reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if type(arguments) is not tuple or not any(function is f for f in self._allowed.values()):
            raise Damaged
        self._stack.append(function(*arguments))

    def _build(self) -> None:
        state = self._pop()
        self._fill(self._stack[-1], state)


#: Opcodes whose argument is the value.
_LITERAL_NAMES: Final = (
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING "
    "UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8"
)
_LITERALS: Final = frozenset(_LITERAL_NAMES.split())

_STEPS: Final[dict[str, Callable[[Machine, Any], Any]]] = {
    "NONE": lambda m, _: m._stack.append(None),
    "NEWTRUE": lambda m, _: m._stack.append(True),
    "NEWFALSE": lambda m, _: m._stack.append(False),
    "MARK": lambda m, _: m._stack.append(_MARK),
    "POP": lambda m, _: m._stack.pop(),
    "POP_MARK": lambda m, _: m._to_mark(),
    "EMPTY_TUPLE": lambda m, _: m._tuple(0),
    "TUPLE1": lambda m, _: m._tuple(1),
    "TUPLE2": lambda m, _: m._tuple(2),
    "TUPLE3": lambda m, _: m._tuple(3),
    "TUPLE": lambda m, _: m._stack.append(tuple(m._to_mark())),
    "EMPTY_LIST": lambda m, _: m._stack.append([]),
    "LIST": lambda m, _: m._stack.append(m._to_mark()),
    "APPEND": lambda m, _: m._append(),
    "APPENDS": lambda m, _: (values := m._to_mark(), m._top(list).extend(values)),
    "EMPTY_DICT": lambda m, _: m._stack.append({}),
    "DICT": lambda m, _: m._dict(),
    "SETITEM": lambda m, _: m._set_item(),
    "SETITEMS": lambda m, _: m._set_items(m._to_mark()),
    "PUT": lambda m, index: m._memoize(index),
    "BINPUT": lambda m, index: m._memoize(index),
    "LONG_BINPUT": lambda m, index: m._memoize(index),
    "MEMOIZE": lambda m, _: m._memoize(len(m._memo)),
    "GET": lambda m, index: m._stack.append(m._memo[index]),
    "BINGET": lambda m, index: m._stack.append(m._memo[index]),
    "LONG_BINGET": lambda m, index: m._stack.append(m._memo[index]),
    "GLOBAL": lambda m, name: m._global(name),
    "STACK_GLOBAL": lambda m, _: m._stack_global(),
    "REDUCE": lambda m, _: m._reduce(),
    "BUILD": lambda m, _: m._build(),
}
