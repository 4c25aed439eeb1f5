"""Where an engine's weights are, and how they come there.

The store is a folder of the user's. A file that is fetched is read once and kept as
``NAME.safetensors``, which can hold nothing but numbers, beside ``NAME.json``, a `Record`. The
first good file decides what the weights are: others are refused, until the record is forgotten on
purpose.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harec.core.errors import InputError, WeightsError
from harec.core.files import atomic_write
from harec.pose.weights.arrays import parse_weights, read_weights
from harec.pose.weights.spec import WEIGHTS_DIR, WeightsSpec, is_there, weights_dir
from harec.pose.weights.transfer import Meter, OnProgress, Transfer

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Record:
    """Where weights came from, and by what they are known again, also once they are removed.

    Attributes:
        source: an address without user, password and query, or words; never a path of this machine.
        fetched: when, UTC, ISO 8601.
        file_sha256: of the file that came.
        weights_sha256: of the file in the store.
    """

    source: str
    fetched: str
    file_sha256: str
    weights_sha256: str


def locate(spec: WeightsSpec) -> Path | None:
    """The file that `load` would read, None when there is none. Looks, but doesn't read."""
    if spec.own_file is not None:
        return spec.own_file if is_there(spec.own_file) else None
    return spec.stored_path if is_there(spec.stored_path) and is_there(spec.record_path) else None


def load(spec: WeightsSpec) -> dict[str, NDArray[Any]]:
    """The weights by name, as they are in the published file (float32); yours to change.

    Raises:
        WeightsError: there are none, or they are not those that were fetched.
    """
    found = locate(spec)
    if found is None:
        raise WeightsError(f"{spec.title}'s weights are not here. {spec.how_to_get}")
    if found == spec.own_file:
        return read_weights(spec, found)
    return parse_weights(spec, _checked(spec)[1], found.name)


def check(spec: WeightsSpec) -> Record:
    """The record of the store's own weights, which are hashed: 0.3 s.

    Raises:
        WeightsError: they are damaged or not there, or the record is.
    """
    return _checked(spec)[0]


def fetch(
    spec: WeightsSpec,
    *,
    url: str | None = None,
    file: Path | None = None,
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Bring the weights into the store; returns the file there.

    Args:
        spec: which.
        url: a mirror. Without it and ``file``: what is here and sound stays, else a copy of
            Detectron2's own downloader is taken, else the published file is downloaded.
        file: a file that the user has, .pkl or .safetensors; it stays where it is.
        on_progress: called at most five times a second.
        cancel: set it to stop; what has been downloaded is kept for the next time.

    Raises:
        InputError: ``url`` is no address, ``file`` no file, both are given, or the store can't be
            written.
        WeightsError: they did not come, or are not usable; the text says why and what to do.
        Cancelled: the event was set.
    """
    if url is not None and file is not None:
        raise InputError("Give a mirror or a file, not both.")
    if url is not None and not re.match(r"https?://(\w|\[[\da-f:.]+\])", url, re.IGNORECASE):
        raise InputError(
            f"{url} is no address to download from; it must begin with https:// or http://."
        )
    if file is not None and not is_there(file):
        raise InputError(f"{file} is no file; give the path of {spec.file_name}.")
    with _locked(weights_dir()):
        _read_record(spec)  # a damaged one would end it at last
        if file is not None:
            return _take(spec, file, "a file of the user's", on_progress, cancel)
        if url is None:
            with suppress(WeightsError):
                check(spec)
                return spec.stored_path
        problem, cached = "", spec.cached_path
        if url is None and is_there(cached):
            try:
                return _take(spec, cached, "Detectron2's own cache", on_progress, cancel)
            except WeightsError as error:  # its downloader checks nothing: get a good one instead
                problem = f" The copy in {cached.parent}: {error}"
        try:
            return _download(spec, url or spec.url, on_progress, cancel)
        except WeightsError as error:
            raise WeightsError(f"{error}{problem}") from error


def remove(spec: WeightsSpec, *, forget: bool = False) -> None:
    """Remove the weights and what is left of a download.

    The record stays, so that only the same weights may come back, unless ``forget``.
    """
    from harec.pose.weights.download import discard

    if weights_dir().is_dir():
        with _locked(weights_dir()):
            spec.stored_path.unlink(missing_ok=True)
            discard(weights_dir())
            if forget:
                spec.record_path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Be the only one who changes the store; errors of the disk become plain ones."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):  # it ends with the process
            for left in folder.glob(".*.safetensors"):  # of a process that was killed
                left.unlink()
            yield
    except Timeout as error:
        raise WeightsError(
            "These weights are being fetched already, in another window or by another command; "
            "wait until that has ended."
        ) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WeightsError(
            f"The weights can't be kept in {folder} ({reason}); set {WEIGHTS_DIR} to another "
            "folder."
        ) from error


def _download(
    spec: WeightsSpec, url: str, on_progress: OnProgress | None, cancel: threading.Event | None
) -> Path:
    # requests takes a while to import
    from harec.pose.weights.download import DownloadUnavailable, discard, download

    folder, parts = weights_dir(), urlsplit(url)
    source = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    try:
        file = download(url, folder, spec.file_name, on_progress=on_progress, cancel=cancel)
    except DownloadUnavailable as error:
        raise WeightsError(f"{error} {spec.other_ways}") from error
    try:
        stored = _take(spec, file, source, on_progress, cancel)
    except WeightsError:  # not after a stop or a full disk: then it is still good next time
        discard(folder)
        raise
    discard(folder)
    return stored


def _take(
    spec: WeightsSpec,
    file: Path,
    source: str,
    on_progress: OnProgress | None,
    cancel: threading.Event | None,
) -> Path:
    """Read a file, compare it with what is known, and keep the network's numbers."""
    from safetensors.numpy import save

    known, stored = _read_record(spec), spec.stored_path
    report, meter = on_progress or (lambda transfer: None), Meter(None, cancel)
    size = file.stat().st_size
    report(Transfer("check", 0, size))
    arrays = read_weights(spec, file)
    meter.wait(0)
    data = save(arrays)
    with file.open("rb") as opened:
        file_sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = Record(source, now, file_sha256, hashlib.sha256(data).hexdigest())
    if known is not None and not (
        known.file_sha256 == file_sha256 or known.weights_sha256 == record.weights_sha256
    ):
        raise WeightsError(
            f"{file.name} is not the file that was fetched first (its SHA-256 differs) and was "
            f"not taken: it is damaged, changed or another model. {spec.start_over}"
        )
    meter.wait(0)
    try:
        with atomic_write(stored) as temporary:
            temporary.write_bytes(data)
        with atomic_write(spec.record_path) as temporary:
            temporary.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    except InputError as error:
        raise InputError(f"{error} {WEIGHTS_DIR} may name another folder.") from error
    report(Transfer("check", size, size))
    return stored


def _read_record(spec: WeightsSpec) -> Record | None:
    path = spec.record_path
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(
            f"{path.name}, which says what weights were fetched, can't be read. {spec.start_over}"
        ) from error


def _checked(spec: WeightsSpec) -> tuple[Record, bytes]:
    """The record and the content of the store's file. Raises WeightsError for damage."""
    record, stored = _read_record(spec), spec.stored_path
    try:
        data = stored.read_bytes()
    except OSError as error:
        raise WeightsError(f"{stored.name} can't be read; check who may read it.") from error
    if record is None or hashlib.sha256(data).hexdigest() != record.weights_sha256:
        raise WeightsError(
            f"{spec.title}'s weights are damaged: the file is not as it was fetched. Get it again "
            f"with `{spec.command()}`."
        )
    return record, data
