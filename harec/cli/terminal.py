"""What commands print on, and what ends them."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final, TextIO

from harec.core.files import is_standard_output
from harec.core.text import readable

#: What ends a program: Ctrl-C, who asks for it, and a terminal that is closed.
ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

Say = Callable[[str], None]


def words(*outs: Path | None) -> Say:
    """Prints a line on standard output, or on standard error where a result goes to the former."""
    beside = any(is_standard_output(out) for out in outs if out is not None)

    def say(text: str) -> None:
        stream = sys.stderr if beside else sys.stdout
        if stream is not None:  # closed by who started the program (>&-)
            stream.write(f"{readable(text)}\n")
            stream.flush()

    return say


def warn(text: str) -> None:
    """A line of harec's on standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"harec: {readable(text)}\n")
        sys.stderr.flush()


class Ended(BaseException):
    """A signal asked the program to end. No KeyboardInterrupt, of which Typer makes an exit code.

    Attributes:
        number: of the signal.
        advice: what more is said than that it stopped.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.advice = ""


@contextmanager
def ending_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP raise `Ended` in the main thread, so that it can tidy up.

    Meanwhile the latter two do nothing (a closed terminal sends several), and a second Ctrl-C ends
    at once. Those that were ignored before (nohup) stay so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        for each in before:
            again = signal.default_int_handler if each == signal.SIGINT else signal.SIG_IGN
            signal.signal(each, again)
        raise Ended(number)

    ending = [n for n in ENDING if signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Standard output and error take any character, and a reader that leaves is no error.

    A reader such as ``head -1`` has what it wanted; the work goes on, its files are written.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_lasting, before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(ValueError):  # closed meanwhile
                    stream.flush()
        sys.stdout, sys.stderr = before


def _lasting(stream: Any) -> Any:
    if not isinstance(stream, io.TextIOWrapper):  # None, or whatever a host program put there
        return stream
    stream.reconfigure(errors="backslashreplace")
    try:
        number, terminal = stream.fileno(), stream.isatty()
    except (OSError, ValueError):  # no file: a test collects the text
        return stream
    if terminal:
        return stream
    stream.flush()
    wrapped: TextIO = io.TextIOWrapper(
        io.BufferedWriter(_Pipe(number, "wb", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
    )
    return wrapped


class _Pipe(io.FileIO):
    """A file that takes what is written to it, and throws it away once its reader has left."""

    _left = False

    def write(self, data: Any, /) -> int:
        if not self._left:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._left = True
        return memoryview(data).nbytes
