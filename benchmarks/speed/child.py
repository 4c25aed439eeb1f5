"""Child processes that answer a line with a line: started, asked in turns, always ended."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from harec.core.errors import HarecError

ROOT: Final = Path(__file__).parents[2]
_END_S: Final = 5.0


class CaseError(HarecError):
    """A case can't be measured; the message is one plain line."""


class Child:
    """A process that says ``{"ready": true}``, then answers each ``run``; a context manager.

    It starts at once and in a session of its own: Ctrl-C reaches this process alone, which then
    ends it.

    Args:
        name: what messages call it.
        command: the program and its arguments.
        environment: its environment variables; None: those of this process.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._noise = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  # closed in close
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._noise,
                text=True,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self._noise.close()
            reason = (error.strerror or type(error).__name__).lower()
            raise CaseError(f"{name}: {command[0]} can't be started ({reason}).") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(at_once=error is not None)

    def wait_until_ready(self) -> dict[str, Any]:
        """What it says once everything is loaded and warm.

        Raises:
            CaseError: it can't work, or it has ended.
        """
        return self._answer()

    def run(self) -> dict[str, Any]:
        """Ask for one measurement.

        Raises:
            CaseError: as `wait_until_ready`.
        """
        with suppress(OSError):  # it has ended; what it said last says why
            self._stdin.write("run\n")
            self._stdin.flush()
        return self._answer()

    def close(self, *, at_once: bool = False) -> None:
        """Let it end, and end it if it does not, or ``at_once``."""
        try:
            if not at_once:
                with suppress(OSError):
                    self._stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_S)
        finally:  # also at a Ctrl-C while waiting: nothing may stay behind
            self._process.kill()
            self._process.wait()
            with suppress(OSError):
                self._stdin.close()
            self._stdout.close()
            self._noise.close()

    def _answer(self) -> dict[str, Any]:
        line = self._stdout.readline()
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            raise CaseError(f"{self.name} stopped: {self._last_words()}") from None
        if "error" in answer:
            raise CaseError(f"{self.name}: {answer['error']}")
        return dict(answer)

    def _last_words(self) -> str:
        """The exit code and the last line of standard error, which names the exception."""
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return "its answer can't be read."
        self._noise.seek(0)
        lines = [line.strip() for line in self._noise if line.strip()]
        return f"exit code {code}" + (f", {lines[-1]}" if lines else ", without a word")
