"""``harec app``: the dashboard, from an installed harec and from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from harec.core.errors import InputError
from harec.core.extras import require

_PACKAGE: Final = Path(__file__).parents[1]
#: What the page Library reads; see `dashboard.library.libraries`.
LIBRARY_VARIABLE: Final = "HAREC_LIBRARY"


def app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 8501,
    headless: Annotated[
        bool, typer.Option("--headless", help="Open no browser: on a server, or for a test.")
    ] = False,
    address: Annotated[
        str | None,
        typer.Option(
            help="Listen at this address only, such as 127.0.0.1. Default: all of this machine's.",
            show_default=False,
        ),
    ] = None,
    library: Annotated[
        list[str] | None,
        typer.Option(
            help="A library of `harec batch` that the page Library opens for all visitors, also as "
            "NAME=ADDRESS; may be given several times.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Open the dashboard in the browser; Ctrl-C ends it."""
    if library:
        os.environ[LIBRARY_VARIABLE] = ";".join(map(_whole, library))
    command = streamlit_command(script(), port=port, headless=headless, address=address)
    if os.name == "posix":
        os.execv(command[0], command)  # takes this process's place, so that signals reach it
    try:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None  # Streamlit, which got the same Ctrl-C, has said goodbye


def _whole(library: str) -> str:
    """With the full path: the dashboard may be started in another folder.

    Raises:
        InputError: its address can't be handed on.
    """
    if ";" in library:
        raise InputError(f"A library's address holds no ';': {library}")
    name, equals, address = library.partition("=")
    if not equals or "/" in name:  # a path with "=" in it
        name, equals, address = "", "", library
    whole = address if "://" in address else Path(address).absolute()
    return f"{name}{equals}{whole}"


def script() -> Path:
    """The dashboard's script: inside the package in a wheel, beside it in the repository.

    Its folder holds all that belongs to it, ``.streamlit/config.toml`` included, which Streamlit
    reads from beside the script.

    Raises:
        InputError: what the pages need is not installed, or this harec came without the dashboard.
    """
    require("dashboard", "The dashboard", "streamlit", "streamlit_webrtc", "plotly")
    for folder in (_PACKAGE / "_app", _PACKAGE.parent):
        found = folder / "streamlit_app.py"
        if found.is_file():
            return found
    raise InputError(f"This harec, in {_PACKAGE}, came without the dashboard; install it again.")


def streamlit_command(
    path: Path, *, port: int, headless: bool, address: str | None = None
) -> list[str]:
    """What starts the dashboard in a process of its own."""
    options = ["--server.port", str(port)]
    if headless:
        options += ["--server.headless", "true"]
    if address is not None:
        options += ["--server.address", address]
    # -P: not the harec of a checkout that it happens to be started in
    return [sys.executable, "-P", "-m", "streamlit", "run", str(path), *options]
