"""What the store remembers of the first good file, also after the weights have been removed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from harec.core.errors import WeightsError
from harec.core.files import atomic_write


@dataclass(frozen=True)
class Record:
    """Where weights came from, and by what they are known again.

    Attributes:
        source: an address without user, password and query, or words; never a path of this machine.
        fetched: when, UTC, ISO 8601.
        weights_sha256: of the file in the store (.safetensors).
        file_bytes: size of the model zoo's .pkl; None when the weights came as .safetensors.
        file_sha256: of that .pkl, likewise.
    """

    source: str
    fetched: str
    weights_sha256: str
    file_bytes: int | None = None
    file_sha256: str | None = None


def read_record(path: Path, start_over: str) -> Record | None:
    """The record in ``path``; None when there is none.

    Raises:
        WeightsError: it is damaged. The text ends with ``start_over``.
    """
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(
            f"{path.name}, which says what weights were fetched, can't be read. {start_over}"
        ) from error


def write_record(path: Path, record: Record) -> None:
    """Raises InputError when it can't be written."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
