"""The command line, called within the test's process."""

from __future__ import annotations

import pytest

from harec.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of ``harec`` with these arguments."""
    with pytest.raises(SystemExit) as exit_info:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    code = exit_info.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err
