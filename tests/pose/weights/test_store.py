"""From a file or a server to arrays, and only ever the same ones."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from zoo_files import dump, small_state, wait_until_some_has_come, write_zoo_pkl

from harec.core.errors import (
    Cancelled,
    InputError,
    ModelError,
    WeightsError,
)
from harec.pose.weights.lock import only_one
from harec.pose.weights.spec import (
    DETECTRON2,
    WeightsSpec,
    cached_path,
    how_to_get,
    record_path,
    stored_path,
)
from harec.pose.weights.store import (
    check,
    fetch,
    load,
    locate,
    remove,
)
from harec.pose.weights.transfer import Transfer


def assert_loaded(seed: int = 0) -> None:
    arrays = load(DETECTRON2)
    for name, values in small_state(seed).items():
        np.testing.assert_array_equal(arrays.pop(name), values)
    assert not arrays


def other_pkl(tmp_path: Path) -> Path:
    return write_zoo_pkl(tmp_path / "other.pkl", small_state(seed=1))


def files_in(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


KEPT = {".lock", "detectron2.json", "detectron2.safetensors"}


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_from_a_server_to_arrays(serving, store_dir: Path, tmp_path: Path, protocol: int) -> None:
    pkl = write_zoo_pkl(tmp_path / "m.pkl", small_state(), protocol)
    server = serving(pkl.read_bytes(), breaks=[100_000])
    seen: list[Transfer] = []
    assert locate(DETECTRON2) is None
    path = fetch(DETECTRON2, url=server.url, on_progress=seen.append)
    assert path == locate(DETECTRON2) == store_dir / "detectron2.safetensors"
    assert_loaded()
    assert files_in(store_dir) == KEPT
    assert [t.stage for t in seen] == sorted((t.stage for t in seen), reverse=True)
    for stage in ("download", "check"):
        last = [t for t in seen if t.stage == stage][-1]
        assert last.done_bytes == last.total_bytes


def test_the_record(serving, zoo_pkl: Path) -> None:
    server = serving(zoo_pkl.read_bytes())
    stored = fetch(DETECTRON2, url=server.url.replace("//", "//me:secret@") + "?token=secret")
    text = record_path(DETECTRON2).read_text()
    record = json.loads(text)
    assert "secret" not in text
    assert record["source"] == server.url  # with its port
    assert record["file_bytes"] == zoo_pkl.stat().st_size
    assert record["file_sha256"] == hashlib.sha256(zoo_pkl.read_bytes()).hexdigest()
    assert record["weights_sha256"] == hashlib.sha256(stored.read_bytes()).hexdigest()


def test_a_given_file_stays_where_it_is_and_is_not_named(zoo_pkl: Path) -> None:
    before = zoo_pkl.read_bytes()
    fetch(DETECTRON2, file=zoo_pkl)
    assert zoo_pkl.read_bytes() == before
    assert str(zoo_pkl.parent) not in record_path(DETECTRON2).read_text()
    assert_loaded()


def test_what_is_here_is_not_fetched_again(zoo_pkl: Path) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    seen: list[Transfer] = []
    assert fetch(DETECTRON2, on_progress=seen.append) == locate(DETECTRON2)  # else: no network
    assert seen == []


def test_the_cache_of_detectron2s_own_downloader(zoo_pkl: Path) -> None:
    cached = cached_path(DETECTRON2)
    cached.parent.mkdir(parents=True)
    zoo_pkl.rename(cached)
    fetch(DETECTRON2)
    assert cached.is_file()
    assert_loaded()


def spec_at(url: str) -> WeightsSpec:
    """The real specification, published by a server of the test's."""
    return replace(DETECTRON2, url=url)


def test_a_bad_file_in_that_cache_does_not_stand_in_the_way(serving, zoo_pkl: Path) -> None:
    cached = cached_path(DETECTRON2)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(zoo_pkl.read_bytes()[:-1000])  # it checks no length
    server = serving(zoo_pkl.read_bytes(), status=404)
    with pytest.raises(WeightsError, match=r"no such file.*ends too early"):
        fetch(spec_at(server.url))
    server.status = 200
    fetch(spec_at(server.url))
    assert_loaded()


@pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
def test_the_environment_comes_first(
    zoo_pkl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    own = tmp_path / f"own{suffix}"
    if suffix == ".pkl":
        write_zoo_pkl(own, small_state(seed=1))
    else:
        save_file(small_state(seed=1), own)
    monkeypatch.setenv(DETECTRON2.environment, str(own))
    assert locate(DETECTRON2) == own
    assert_loaded(seed=1)
    own.unlink()
    assert locate(DETECTRON2) is None
    with pytest.raises(WeightsError, match=r"HAREC_DETECTRON2_WEIGHTS names a file that is not"):
        load(DETECTRON2)
    monkeypatch.setenv(DETECTRON2.environment, "")
    assert_loaded()


def test_absent_weights_say_how_to_get_them() -> None:
    with pytest.raises(ModelError) as caught:
        load(DETECTRON2)
    text = str(caught.value)
    assert how_to_get(DETECTRON2) in text
    for way in (
        "python -m harec weights download detectron2",
        "--file",
        "--url",
        DETECTRON2.environment,
        "MoveNet",
    ):
        assert way in text
    assert "\n" not in text


def test_another_file_is_refused_ever_after(serving, zoo_pkl: Path, tmp_path: Path) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    other = other_pkl(tmp_path)
    server = serving(other.read_bytes())
    for how in ({"file": other}, {"url": server.url}):
        with pytest.raises(WeightsError, match=r"SHA-256 differs.*--forget"):
            fetch(DETECTRON2, **how)
        assert_loaded()
    remove(DETECTRON2)
    assert locate(DETECTRON2) is None
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        fetch(DETECTRON2, file=other)
    assert files_in(stored_path(DETECTRON2).parent) == {".lock", "detectron2.json"}
    fetch(DETECTRON2, file=zoo_pkl)
    remove(DETECTRON2, forget=True)
    fetch(DETECTRON2, file=other)
    assert_loaded(seed=1)


def test_a_safetensors_file_is_taken_too(zoo_pkl: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(fetch(DETECTRON2, file=zoo_pkl).read_bytes())  # brought from elsewhere
    remove(DETECTRON2, forget=True)
    fetch(DETECTRON2, file=given)
    assert_loaded()
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        fetch(DETECTRON2, file=other_pkl(tmp_path))
    fetch(DETECTRON2, file=zoo_pkl)  # the same numbers: now the .pkl is known as well
    fetch(DETECTRON2, file=given)
    record = json.loads(record_path(DETECTRON2).read_text())
    assert record["file_sha256"] == hashlib.sha256(zoo_pkl.read_bytes()).hexdigest()
    save_file(small_state(seed=1), given)
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        fetch(DETECTRON2, file=given)
    assert_loaded()


def write_as(path: Path, state: dict) -> Path:
    if path.suffix == ".pkl":
        return write_zoo_pkl(path, state)
    save_file(state, path)
    return path


FIRST = "backbone.bottom_up.stem.conv1.weight"
SUFFIXES = pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])


@SUFFIXES
@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({FIRST: None}, 1),
        ({FIRST: np.zeros((16, 3, 7, 8), np.float32)}, 1),
        ({FIRST: np.zeros((16, 3, 7, 7), np.int32)}, 1),
        (dict.fromkeys(small_state()) | {"weight": np.zeros(3, np.float32)}, 5),
    ],
)
def test_the_weights_of_something_else_are_refused_by_every_way(
    serving, store_dir: Path, tmp_path: Path, monkeypatch, suffix: str, changed, count: int
) -> None:
    state = {k: v for k, v in {**small_state(), **changed}.items() if v is not None}
    other = write_as(tmp_path / f"other{suffix}", state)
    ways = [lambda: fetch(DETECTRON2, file=other)]
    if suffix == ".pkl":
        server = serving(other.read_bytes())
        cached = cached_path(DETECTRON2)
        cached.parent.mkdir(parents=True)
        cached.write_bytes(other.read_bytes())
        ways += [lambda: fetch(DETECTRON2, url=server.url), lambda: fetch(spec_at(server.url))]
    words = rf"not the weights of keypoint_rcnn_R_50_FPN_3x \({count} of 5 arrays are missing or of"
    words += rf" another shape, such as {FIRST}\)\. Get model_final_a6e10b\.pkl from http"
    for way in ways:
        with pytest.raises(WeightsError, match=words):
            way()
        assert files_in(store_dir) == {".lock"}
    monkeypatch.setenv(DETECTRON2.environment, str(other))
    with pytest.raises(WeightsError, match=words):
        load(DETECTRON2)


@SUFFIXES
def test_arrays_that_the_network_has_not_are_left_out(tmp_path: Path, suffix: str) -> None:
    more = small_state() | {"pixel_mean": np.ones((3, 1, 1), np.float32), "step": np.ones(1, "i8")}
    given = write_as(tmp_path / f"given{suffix}", dict(reversed(more.items())))
    stored = fetch(DETECTRON2, file=given).read_bytes()
    assert_loaded()
    assert fetch(DETECTRON2, file=given).read_bytes() == stored  # it is the same as before
    remove(DETECTRON2, forget=True)
    plain = write_as(tmp_path / "plain.safetensors", small_state())
    assert fetch(DETECTRON2, file=plain).read_bytes() == stored


@SUFFIXES
def test_what_is_no_number_is_refused(
    store_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    state = small_state()
    state[FIRST][1, 2, 3, 4] = np.nan
    other = write_as(tmp_path / f"other{suffix}", state)
    with pytest.raises(WeightsError, match=f"damaged: '{FIRST}' holds numbers that are none"):
        fetch(DETECTRON2, file=other)
    assert files_in(store_dir) == {".lock"}
    monkeypatch.setenv(DETECTRON2.environment, str(other))
    with pytest.raises(WeightsError, match=f"damaged: '{FIRST}' holds numbers that are none"):
        load(DETECTRON2)


@SUFFIXES
def test_a_file_that_is_far_too_large_is_not_read(
    store_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    large = tmp_path / f"large{suffix}"
    with large.open("wb") as file:
        file.truncate(1_200_000_000)  # a hole: it takes no room
    with pytest.raises(WeightsError, match=r"has 1200 MB, Detectron2's weights have 237"):
        fetch(DETECTRON2, file=large)
    monkeypatch.setenv(DETECTRON2.environment, str(large))
    with pytest.raises(WeightsError, match="has 1200 MB"):
        load(DETECTRON2)
    assert files_in(store_dir) == {".lock"}


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_others_may_read_the_store_where_the_umask_lets_them(
    zoo_pkl: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        stored = fetch(DETECTRON2, file=zoo_pkl)
    finally:
        os.umask(before)
    assert stored.stat().st_mode & 0o777 == mode
    assert record_path(DETECTRON2).stat().st_mode & 0o777 == mode


def test_a_name_that_cannot_be_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DETECTRON2.environment, "x" * 300)
    assert locate(DETECTRON2) is None
    with pytest.raises(WeightsError, match="names a file that is not there"):
        load(DETECTRON2)


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def test_damage_is_noticed_at_every_load_and_mended_by_fetching_again(
    serving, zoo_pkl: Path
) -> None:
    server = serving(zoo_pkl.read_bytes())
    spec = spec_at(server.url)
    fetch(spec)
    flip_a_byte(stored_path(spec))
    for act in (load, check):
        with pytest.raises(WeightsError, match=r"damaged.*weights download detectron2"):
            act(spec)
    fetch(spec)
    assert len(server.asked) == 2
    assert_loaded()


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00", '{"weights_sha256": 1}'])
def test_a_damaged_record_is_told(serving, zoo_pkl: Path, text: str) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    record_path(DETECTRON2).write_text(text)
    server = serving(zoo_pkl.read_bytes())
    for act in (
        load,
        check,
        lambda spec: fetch(spec, file=zoo_pkl),
        lambda spec: fetch(spec, url=server.url),
    ):
        with pytest.raises(WeightsError, match=r"detectron2\.json.*--forget"):
            act(DETECTRON2)
    assert server.asked == []  # not a quarter of a GB in vain
    remove(DETECTRON2, forget=True)
    fetch(DETECTRON2, file=zoo_pkl)
    assert_loaded()


class Runs:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_a_download_that_tries_to_run_code(serving, store_dir: Path, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    content = {"model": small_state(), "__author__": Runs(f"touch {trace}")}
    server = serving(dump(content, 2))
    with pytest.raises(WeightsError, match=r"asks to run posix\.system"):
        fetch(DETECTRON2, url=server.url)
    assert not trace.exists()
    assert files_in(store_dir) == {".lock"}


@pytest.mark.parametrize("lie", [-1000, 1000])
def test_a_server_that_lies_about_the_length(
    serving, store_dir: Path, zoo_pkl: Path, lie: int
) -> None:
    server = serving(zoo_pkl.read_bytes(), lie=lie, ranges=False)
    with pytest.raises(WeightsError, match=r"ends too early|broke off"):
        fetch(DETECTRON2, url=server.url)
    assert locate(DETECTRON2) is None
    server.lie = 0
    fetch(DETECTRON2, url=server.url)
    assert_loaded()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"status": 404}, "no such file"),
        ({"status": 503}, "just now"),
        ({"kind": "text/html"}, "log-in"),
        ({"always_breaks": 1000}, "goes on from where it stopped"),
    ],
)
def test_a_server_without_the_file_gives_the_other_ways(serving, behaviour, words: str) -> None:
    server = serving(bytes(100_000), **behaviour)
    with pytest.raises(WeightsError) as caught:
        fetch(spec_at(server.url))
    assert re.search(rf"{words}.*--file PATH.*--url.*MoveNet", str(caught.value))
    assert "ithout a network" not in str(caught.value)  # there is one


def test_a_folder_that_can_t_be_written(
    zoo_pkl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HAREC_WEIGHTS_DIR", str(tmp_path / "file" / "store"))
    with pytest.raises(WeightsError, match="HAREC_WEIGHTS_DIR"):
        fetch(DETECTRON2, file=zoo_pkl)
    assert locate(DETECTRON2) is None
    remove(DETECTRON2)


@pytest.mark.parametrize("name", ["none.pkl", "", "x" * 300 + ".pkl"])
def test_a_file_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no file"):
        fetch(DETECTRON2, file=tmp_path / name)


@pytest.mark.parametrize("data", [b"", b"text", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 100])
def test_a_safetensors_file_that_is_none(tmp_path: Path, data: bytes) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(data)
    with pytest.raises(WeightsError, match=r"given\.safetensors"):
        fetch(DETECTRON2, file=given)
    assert locate(DETECTRON2) is None


def test_bad_addresses_and_both_at_once(tmp_path: Path, zoo_pkl: Path) -> None:
    with pytest.raises(InputError, match="http"):
        fetch(DETECTRON2, url="file:///etc/passwd")
    with pytest.raises(InputError, match="not both"):
        fetch(DETECTRON2, url="http://127.0.0.1/", file=zoo_pkl)


def test_two_at_once_do_not_disturb_each_other(serving, store_dir: Path, zoo_pkl: Path) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event())
    failed: list[Exception] = []

    def first() -> None:
        try:
            fetch(DETECTRON2, url=server.url)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert server.held.wait(10)
    for act in (lambda: fetch(DETECTRON2, file=zoo_pkl), lambda: remove(DETECTRON2)):
        with pytest.raises(WeightsError, match="being fetched already"):
            act()
    server.go.set()
    thread.join()
    assert failed == []
    assert len(server.asked) == 1
    assert_loaded()


def test_cancel_then_go_on(serving, store_dir: Path, zoo_pkl: Path) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event())
    cancel = threading.Event()

    def stop(transfer: Transfer) -> None:
        if transfer.stage == "download":
            cancel.set()

    with pytest.raises(Cancelled):
        fetch(DETECTRON2, url=server.url, on_progress=stop, cancel=cancel)
    server.go.set()
    assert locate(DETECTRON2) is None
    fetch(DETECTRON2, url=server.url)
    assert_loaded()
    assert files_in(store_dir) == KEPT


def test_cancel_while_checking_keeps_the_download(serving, store_dir: Path, zoo_pkl: Path) -> None:
    server = serving(zoo_pkl.read_bytes())
    cancel = threading.Event()

    def stop(transfer: Transfer) -> None:
        if transfer.stage == "check":
            cancel.set()

    with pytest.raises(Cancelled):
        fetch(DETECTRON2, url=server.url, on_progress=stop, cancel=cancel)
    assert locate(DETECTRON2) is None
    fetch(DETECTRON2, url=server.url)
    assert server.asked == [None]
    assert files_in(store_dir) == KEPT


def test_remove_also_removes_what_is_unfinished(serving, store_dir: Path, zoo_pkl: Path) -> None:
    server = serving(zoo_pkl.read_bytes(), always_breaks=1000)
    with pytest.raises(WeightsError):
        fetch(DETECTRON2, url=server.url)
    (store_dir / ".0123456789ab.safetensors").write_bytes(b"of a killed process")
    assert len(files_in(store_dir)) == 4
    remove(DETECTRON2)
    assert files_in(store_dir) == {".lock"}


def test_a_killed_process_leaves_neither_a_lock_nor_half_a_file(
    serving, store_dir: Path, zoo_pkl: Path, harec_command: list[str]
) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event(), held_after=64 * 1024)
    command = [*harec_command, "weights", "download", "detectron2", "--url", server.url]
    process = subprocess.Popen(command)
    part = store_dir / f"{DETECTRON2.file_name}.part"
    wait_until_some_has_come(part)
    with pytest.raises(WeightsError, match="being fetched already"):
        fetch(DETECTRON2, file=zoo_pkl)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.go.set()
    assert locate(DETECTRON2) is None
    have = part.stat().st_size
    fetch(DETECTRON2, url=server.url)
    assert server.asked == [None, f"bytes={have}-"]
    assert_loaded()
    assert files_in(store_dir) == KEPT


def test_a_download_is_not_lost_when_its_copy_has_no_room(
    serving, store_dir: Path, zoo_pkl: Path
) -> None:
    server = serving(zoo_pkl.read_bytes())
    stored_path(DETECTRON2).mkdir(parents=True)  # as good as a full disk: it can't be written
    with pytest.raises(InputError, match="HAREC_WEIGHTS_DIR"):
        fetch(DETECTRON2, url=server.url)
    stored_path(DETECTRON2).rmdir()
    fetch(DETECTRON2, url=server.url)
    assert server.asked == [None]
    assert_loaded()
    assert files_in(store_dir) == KEPT


def test_the_lock_is_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "lock"):
            pass


def test_looking_is_cheap() -> None:
    """The page looks at every run, and MoveNet's users need none of this."""
    heavy = "{'requests', 'torch', 'numpy', 'safetensors'}"
    code = (
        "import sys; from harec.pose.weights.store import DETECTRON2, locate; locate(DETECTRON2); "
        f"sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
