"""Where an engine's weights are, and how they come there.

The store is a folder of the user's. A file that is fetched is read once (a ``.pkl`` by
`harec.pose.weights.zoo_pickle`) and kept as ``NAME.safetensors``, which can hold nothing but
numbers, beside ``NAME.json``, a `harec.pose.weights.record.Record`. The first good file decides
what the weights
are: others are refused, until the record is forgotten on purpose.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harec.core.errors import InputError, WeightsError
from harec.core.files import atomic_write
from harec.pose.weights.arrays import (
    check_size,
    parse_weights,
    read_weights,
    save_weights,
)
from harec.pose.weights.lock import only_one
from harec.pose.weights.record import (
    Record,
    read_record,
    write_record,
)
from harec.pose.weights.spec import (
    DETECTRON2,
    WEIGHTS_DIR,
    WeightsSpec,
    cached_path,
    command,
    how_to_get,
    is_there,
    other_ways,
    own_file,
    record_path,
    start_over,
    stored_path,
    weights_dir,
)
from harec.pose.weights.transfer import (
    Meter,
    OnProgress,
    Transfer,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DETECTRON2",
    "Transfer",
    "WeightsSpec",
    "fetch",
    "how_to_get",
    "load",
    "locate",
    "remove",
]

_HASH_BYTES: Final = 4 * 1024 * 1024


def locate(spec: WeightsSpec) -> Path | None:
    """The file that `load` would read, None when there is none. Looks, but doesn't read."""
    own = own_file(spec)
    if own is not None:
        return own if is_there(own) else None
    stored = stored_path(spec)
    return stored if is_there(stored) and is_there(record_path(spec)) else None


def load(spec: WeightsSpec) -> dict[str, NDArray[Any]]:
    """The weights by name, as they are in the published file (float32); yours to change.

    Raises:
        WeightsError: there are none, or they are not those that were fetched.
    """
    found = locate(spec)
    if found is None:
        raise WeightsError(f"{spec.title}'s weights are not here. {how_to_get(spec)}")
    if found == own_file(spec):
        return read_weights(spec, found)
    record = read_record(record_path(spec), start_over(spec))
    try:
        data = found.read_bytes()
    except OSError as error:
        raise _unreadable(found) from error
    if record is None or hashlib.sha256(data).hexdigest() != record.weights_sha256:
        raise _damaged(spec)
    return parse_weights(spec, data, found.name)


def check(spec: WeightsSpec) -> Record:
    """The record of the store's own weights, which are hashed: 0.3 s.

    Raises:
        WeightsError: they are damaged or not there, or the record is.
    """
    record = read_record(record_path(spec), start_over(spec))
    try:
        sha256 = _sha256(stored_path(spec), None)
    except OSError as error:
        raise _unreadable(stored_path(spec)) from error
    if record is None or sha256 != record.weights_sha256:
        raise _damaged(spec)
    return record


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
    if file is not None and not is_there(file):
        raise InputError(f"{file} is no file; give the path of {spec.file_name}.")
    with _held(weights_dir()):
        read_record(record_path(spec), start_over(spec))  # a damaged one would end it at last
        if file is not None:
            return _take(spec, file, "a file of the user's", on_progress, cancel)
        if url is not None:
            return _download(spec, url, on_progress, cancel)
        if _is_sound(spec):
            return stored_path(spec)
        cached = cached_path(spec)
        if not is_there(cached):
            return _download(spec, spec.url, on_progress, cancel)
        try:
            return _take(spec, cached, "Detectron2's own cache", on_progress, cancel)
        except WeightsError as problem:  # its downloader checks nothing: get a good one instead
            try:
                return _download(spec, spec.url, on_progress, cancel)
            except WeightsError as error:
                raise WeightsError(f"{error} The copy in {cached.parent}: {problem}") from problem


def remove(spec: WeightsSpec, *, forget: bool = False) -> None:
    """Remove the weights and what is left of a download.

    The record stays, so that only the same weights may come back, unless ``forget``.
    """
    from harec.pose.weights.download import discard

    if not weights_dir().is_dir():
        return
    with _held(weights_dir()):
        stored_path(spec).unlink(missing_ok=True)
        discard(weights_dir() / spec.file_name)
        if forget:
            record_path(spec).unlink(missing_ok=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Be the only one who changes the store; errors of the disk become plain ones."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder / ".lock"):
            for left in folder.glob(".*.safetensors"):  # of a process that was killed
                left.unlink()
            yield
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
    from harec.pose.weights.answer import DownloadUnavailable
    from harec.pose.weights.download import (
        check_url,
        discard,
        download,
    )

    check_url(url)
    target, parts = weights_dir() / spec.file_name, urlsplit(url)
    try:
        download(url, target, on_progress=on_progress, cancel=cancel)
    except DownloadUnavailable as error:
        raise WeightsError(f"{error} {other_ways(spec)}") from error
    host = parts.netloc.rpartition("@")[2]  # no user, password or query
    source = f"{parts.scheme}://{host}{parts.path}"
    try:
        stored = _take(spec, target, source, on_progress, cancel)
    except WeightsError:  # not for a full disk: then it is still good next time
        discard(target)
        raise
    discard(target)
    return stored


def _is_sound(spec: WeightsSpec) -> bool:
    try:
        check(spec)
    except WeightsError:
        return False
    return True


def _take(
    spec: WeightsSpec,
    file: Path,
    source: str,
    on_progress: OnProgress | None,
    cancel: threading.Event | None,
) -> Path:
    """Read a file, compare it with what is known, and keep the network's numbers."""
    meter = Meter("check", on_progress, cancel)
    known = read_record(record_path(spec), start_over(spec))
    is_pkl = file.suffix != ".safetensors"
    try:
        check_size(spec, file)
        size = file.stat().st_size
        meter.start(0, 2 * size)  # it is hashed, and so is what is written
        file_sha256 = _sha256(file, meter)
    except OSError as error:
        raise _unreadable(file) from error
    wanted = known.file_sha256 if known is not None and is_pkl else None
    if wanted is not None and file_sha256 != wanted:
        raise _other(spec, file)
    arrays = read_weights(spec, file)
    meter.check()
    with _kept(stored_path(spec)) as temporary:
        save_weights(arrays, temporary)
        meter.total_bytes = size + temporary.stat().st_size
        weights_sha256 = _sha256(temporary, meter)
        if known is not None and wanted is None and weights_sha256 != known.weights_sha256:
            raise _other(spec, file)  # no .pkl is known, or this is none: its numbers count
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if is_pkl:
        record = Record(source, now, weights_sha256, size, file_sha256)
    elif known is not None:
        record = Record(source, now, weights_sha256, known.file_bytes, known.file_sha256)
    else:
        record = Record(source, now, weights_sha256)
    write_record(record_path(spec), record)
    meter.end()
    return stored_path(spec)


def _other(spec: WeightsSpec, file: Path) -> WeightsError:
    return WeightsError(
        f"{file.name} is not the file that was fetched first (its SHA-256 differs) and was not "
        f"taken: it is damaged, changed or another model. {start_over(spec)}"
    )


def _unreadable(file: Path) -> WeightsError:
    return WeightsError(f"{file.name} can't be read; check who may read it.")


def _damaged(spec: WeightsSpec) -> WeightsError:
    return WeightsError(
        f"{spec.title}'s weights are damaged: the file is not as it was fetched. Get it again "
        f"with `{command(spec)}`."
    )


def _sha256(path: Path, meter: Meter | None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            digest.update(block)
            if meter is not None:
                meter.add(len(block))
    return digest.hexdigest()


@contextmanager
def _kept(path: Path) -> Iterator[Path]:
    try:
        with atomic_write(path) as temporary:
            yield temporary
    except InputError as error:
        raise InputError(f"{error} {WEIGHTS_DIR} may name another folder.") from error
