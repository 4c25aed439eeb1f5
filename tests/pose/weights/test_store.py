"""From a file or a server to arrays, and only ever the same ones."""

from __future__ import annotations

import hashlib
import math
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
from weights_store import unfinished
from zoo_files import dump, small_state, write_zoo_pkl

from harec.core.errors import Cancelled, InputError, ModelError, WeightsError
from harec.pose.weights import (
    DETECTRON2,
    Transfer,
    WeightsSpec,
    check,
    fetch,
    load,
    locate,
    remove,
)
from harec.pose.weights.arrays import layout

pytestmark = pytest.mark.usefixtures("store_dir")

KEPT = {".lock", "detectron2.json", "detectron2.safetensors"}
FIRST = "backbone.bottom_up.stem.conv1.weight"
SUFFIXES = pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
real_layout = layout  # the fixtures put a small one in its place


def assert_loaded(seed: int = 0) -> None:
    arrays = load(DETECTRON2)
    for name, values in small_state(seed).items():
        np.testing.assert_array_equal(arrays.pop(name), values)
    assert not arrays


def write_as(path: Path, state: dict) -> Path:
    if path.suffix == ".pkl":
        return write_zoo_pkl(path, state)
    save_file(state, path)
    return path


def put_into_cache(data: bytes) -> Path:
    cached = DETECTRON2.cached_path
    cached.parent.mkdir(parents=True)
    cached.write_bytes(data)
    return cached


def spec_at(url: str) -> WeightsSpec:
    """The real specification, published by a server of the test's."""
    return replace(DETECTRON2, url=url)


def files_in(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_from_a_server_to_arrays(serving, store_dir: Path, zoo_pkl: Path) -> None:
    content = zoo_pkl.read_bytes()
    server = serving(content, breaks=[100_000])
    address = server.url.replace("//", "//me:secret@") + "?token=secret"
    seen: list[Transfer] = []
    assert locate(DETECTRON2) is None
    path = fetch(DETECTRON2, url=address, on_progress=seen.append)
    assert path == locate(DETECTRON2) == store_dir / "detectron2.safetensors"
    assert_loaded()
    assert files_in(store_dir) == KEPT
    assert [t.stage for t in seen] == sorted((t.stage for t in seen), reverse=True)
    for stage in ("download", "check"):
        last = [t for t in seen if t.stage == stage][-1]
        assert last.done_bytes == last.total_bytes == len(content)
    record = check(DETECTRON2)
    assert "secret" not in DETECTRON2.record_path.read_text()
    assert record.source == server.url  # with its port
    assert record.file_sha256 == hashlib.sha256(content).hexdigest()
    assert record.weights_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_given_file_stays_where_it_is_and_is_not_named(zoo_pkl: Path) -> None:
    before = zoo_pkl.read_bytes()
    fetch(DETECTRON2, file=zoo_pkl)
    assert zoo_pkl.read_bytes() == before
    assert str(zoo_pkl.parent) not in DETECTRON2.record_path.read_text()
    assert_loaded()
    seen: list[Transfer] = []
    assert fetch(DETECTRON2, on_progress=seen.append) == locate(DETECTRON2)
    assert seen == []  # what is here and sound is not fetched again


def test_the_cache_of_detectron2s_own_downloader_unless_it_is_bad(serving, zoo_pkl: Path) -> None:
    content = zoo_pkl.read_bytes()
    server = serving(content, status=404)
    cached = put_into_cache(content[:-1000])  # that downloader checks no length
    with pytest.raises(WeightsError, match=r"HTTP 404.*ends too early"):
        fetch(spec_at(server.url))
    server.status = 200
    fetch(spec_at(server.url))
    assert_loaded()
    remove(DETECTRON2)
    server.asked.clear()
    cached.write_bytes(content)
    fetch(spec_at(server.url))
    assert_loaded()
    assert server.asked == []
    assert cached.is_file()


@SUFFIXES
def test_the_environment_comes_first(
    zoo_pkl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    own = write_as(tmp_path / f"own{suffix}", small_state(seed=1))
    monkeypatch.setenv(DETECTRON2.environment, str(own))
    assert locate(DETECTRON2) == own
    assert_loaded(seed=1)
    for gone in (str(own), "x" * 300):  # one that the system can't even look up
        own.unlink(missing_ok=True)
        monkeypatch.setenv(DETECTRON2.environment, gone)
        assert locate(DETECTRON2) is None
        with pytest.raises(WeightsError, match=r"HAREC_DETECTRON2_WEIGHTS names a file that is"):
            load(DETECTRON2)
    monkeypatch.setenv(DETECTRON2.environment, "")
    assert_loaded()


def test_absent_weights_say_how_to_get_them() -> None:
    with pytest.raises(ModelError) as caught:
        load(DETECTRON2)
    text = str(caught.value)
    assert DETECTRON2.how_to_get in text
    command = "python -m harec weights download detectron2"
    for way in (command, "--file", "--url", DETECTRON2.environment, "MoveNet"):
        assert way in text
    assert "\n" not in text


def test_another_file_is_refused_ever_after(serving, store_dir: Path, zoo_pkl: Path) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    other = write_zoo_pkl(zoo_pkl.with_name("other.pkl"), small_state(seed=1))
    server = serving(other.read_bytes())
    for way in ({"file": other}, {"url": server.url}):
        with pytest.raises(WeightsError, match=r"SHA-256 differs.*--forget"):
            fetch(DETECTRON2, **way)
        assert_loaded()
    remove(DETECTRON2)
    assert locate(DETECTRON2) is None
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        fetch(DETECTRON2, file=other)
    assert files_in(store_dir) == {".lock", "detectron2.json"}
    fetch(DETECTRON2, file=zoo_pkl)
    remove(DETECTRON2, forget=True)
    fetch(DETECTRON2, file=other)
    assert_loaded(seed=1)


def test_a_safetensors_file_is_the_same_by_its_numbers(zoo_pkl: Path, tmp_path: Path) -> None:
    stored = fetch(DETECTRON2, file=zoo_pkl).read_bytes()
    more = {"pixel_mean": np.full((3, 1, 1), np.nan, np.float32), "step": np.ones(1, "i8")}
    given = tmp_path / "given.safetensors"  # what the network has not is left out
    save_file(dict(reversed((small_state() | more).items())), given)
    for forget in (False, True):
        remove(DETECTRON2, forget=forget)
        assert fetch(DETECTRON2, file=given).read_bytes() == stored
        assert fetch(DETECTRON2, file=zoo_pkl).read_bytes() == stored
    assert_loaded()
    save_file(small_state(seed=1), given)
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        fetch(DETECTRON2, file=given)
    assert_loaded()


WITH_NAN = small_state()[FIRST]
WITH_NAN[1, 2, 3, 4] = np.nan
NOT_THESE = r"not the weights of keypoint_rcnn_R_50_FPN_3x \({} of 5 arrays are missing or of "
NOT_THESE += rf"another shape, such as {FIRST}\)\. Get model_final_a6e10b\.pkl from http"


@SUFFIXES
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({FIRST: None}, NOT_THESE.format(1)),
        ({FIRST: np.zeros((16, 3, 7, 8), np.float32)}, NOT_THESE.format(1)),
        ({FIRST: np.zeros((16, 3, 7, 7), np.int32)}, NOT_THESE.format(1)),
        (dict.fromkeys(small_state()) | {"w": np.zeros(3, "f4")}, NOT_THESE.format(5)),
        ({FIRST: WITH_NAN}, f"damaged: '{FIRST}' holds numbers that are none"),
    ],
)
def test_the_weights_of_something_else_are_refused_by_every_way(
    serving, store_dir: Path, tmp_path: Path, monkeypatch, suffix: str, changed, words: str
) -> None:
    state = {k: v for k, v in {**small_state(), **changed}.items() if v is not None}
    other = write_as(tmp_path / f"other{suffix}", state)
    ways = [lambda: fetch(DETECTRON2, file=other)]
    if suffix == ".pkl":
        server = serving(other.read_bytes())
        put_into_cache(other.read_bytes())
        ways += [lambda: fetch(DETECTRON2, url=server.url), lambda: fetch(spec_at(server.url))]
    for way in ways:
        with pytest.raises(WeightsError, match=words):
            way()
        assert files_in(store_dir) == {".lock"}
    monkeypatch.setenv(DETECTRON2.environment, str(other))
    with pytest.raises(WeightsError, match=words):
        load(DETECTRON2)


@SUFFIXES
def test_a_file_that_is_far_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    large = tmp_path / f"large{suffix}"
    with large.open("wb") as file:
        file.truncate(1_200_000_000)  # a hole: it takes no room
    with pytest.raises(WeightsError, match=r"has 1200 MB, Detectron2's weights have 237"):
        fetch(DETECTRON2, file=large)
    monkeypatch.setenv(DETECTRON2.environment, str(large))
    with pytest.raises(WeightsError, match="has 1200 MB"):
        load(DETECTRON2)


@pytest.mark.parametrize("data", [b"", b"text", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 100])
def test_a_safetensors_file_that_is_none(tmp_path: Path, data: bytes) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(data)
    with pytest.raises(WeightsError, match=r"given\.safetensors"):
        fetch(DETECTRON2, file=given)
    assert locate(DETECTRON2) is None


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_others_may_read_the_store_where_the_umask_lets_them(
    zoo_pkl: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        stored = fetch(DETECTRON2, file=zoo_pkl)
    finally:
        os.umask(before)
    assert stored.stat().st_mode & 0o777 == mode


def test_damage_is_noticed_at_every_load_and_mended_by_fetching_again(
    serving, zoo_pkl: Path
) -> None:
    server = serving(zoo_pkl.read_bytes())
    spec = spec_at(server.url)
    data = bytearray(fetch(spec).read_bytes())
    data[-5] ^= 1
    spec.stored_path.write_bytes(data)
    for act in (load, check):
        with pytest.raises(WeightsError, match=r"damaged.*weights download detectron2"):
            act(spec)
    fetch(spec)
    assert_loaded()


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00", '{"weights_sha256": 1}'])
def test_a_damaged_record_is_told(serving, zoo_pkl: Path, text: str) -> None:
    fetch(DETECTRON2, file=zoo_pkl)
    DETECTRON2.record_path.write_text(text)
    server = serving(zoo_pkl.read_bytes())
    for act in (load, check, lambda spec: fetch(spec, url=server.url)):
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
    server = serving(dump({"model": small_state(), "__author__": Runs(f"touch {trace}")}))
    with pytest.raises(WeightsError, match=r"asks to run posix\.system"):
        fetch(DETECTRON2, url=server.url)
    assert not trace.exists()
    assert files_in(store_dir) == {".lock"}


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"status": 404}, "HTTP 404"),
        ({"status": 503}, "just now"),
        ({"kind": "text/html"}, "log-in"),
        ({"always_breaks": 1000}, "goes on from where it stopped"),
        ({"lie": 1000, "ranges": False}, "broke off"),
    ],
)
def test_a_server_without_the_file_gives_the_other_ways(serving, behaviour, words: str) -> None:
    server = serving(bytes(100_000), **behaviour)
    with pytest.raises(WeightsError) as caught:
        fetch(spec_at(server.url))
    assert re.search(rf"{words}.*--file PATH.*--url.*MoveNet", str(caught.value))
    assert locate(DETECTRON2) is None


def test_what_can_not_be_fetched(zoo_pkl: Path, tmp_path: Path, monkeypatch) -> None:
    for url in ("", "weights.pkl", "file:///etc/passwd", "ftp://a/b", "https://", "http://[::1"):
        with pytest.raises(InputError, match="http"):
            fetch(DETECTRON2, url=url)
    for name in ("none.pkl", "", "x" * 300 + ".pkl"):
        with pytest.raises(InputError, match="is no file"):
            fetch(DETECTRON2, file=tmp_path / name)
    with pytest.raises(InputError, match="not both"):
        fetch(DETECTRON2, url="http://127.0.0.1/", file=zoo_pkl)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HAREC_WEIGHTS_DIR", str(tmp_path / "file" / "store"))
    with pytest.raises(WeightsError, match="HAREC_WEIGHTS_DIR"):
        fetch(DETECTRON2, file=zoo_pkl)
    remove(DETECTRON2)


def test_cancel_then_continue_without_a_second_download(
    serving, store_dir: Path, zoo_pkl: Path
) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event())
    for stage in ("download", "check"):
        cancel = threading.Event()

        def stop(transfer: Transfer, stage=stage, cancel=cancel) -> None:
            if transfer.stage == stage:
                cancel.set()

        with pytest.raises(Cancelled):
            fetch(DETECTRON2, url=server.url, on_progress=stop, cancel=cancel)
        server.go.set()
        assert locate(DETECTRON2) is None
        have = unfinished(store_dir).stat().st_size
    assert have == len(server.content)
    DETECTRON2.stored_path.mkdir()  # as good as a full disk: it can't be written
    with pytest.raises(InputError, match="HAREC_WEIGHTS_DIR"):
        fetch(DETECTRON2, url=server.url)
    DETECTRON2.stored_path.rmdir()
    server.always_breaks = 1
    fetch(DETECTRON2, url=server.url)
    assert_loaded()
    assert files_in(store_dir) == KEPT


def test_one_at_a_time_and_a_killed_process_leaves_nothing_in_the_way(
    serving, store_dir: Path, zoo_pkl: Path, harec_command: list[str]
) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event(), held_after=64 * 1024)
    command = [*harec_command, "weights", "download", "detectron2", "--url", server.url]
    process = subprocess.Popen(command)
    part = unfinished(store_dir)
    for act in (lambda: fetch(DETECTRON2, file=zoo_pkl), lambda: remove(DETECTRON2)):
        with pytest.raises(WeightsError, match="being fetched already"):
            act()
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.go.set()
    assert locate(DETECTRON2) is None
    (store_dir / ".0123456789ab.safetensors").write_bytes(b"half-written")
    have = part.stat().st_size
    fetch(DETECTRON2, url=server.url)
    assert server.asked[-1] == f"bytes={have}-"
    assert_loaded()
    assert files_in(store_dir) == KEPT


def test_remove_also_removes_what_is_unfinished(serving, store_dir: Path) -> None:
    with pytest.raises(WeightsError):
        fetch(DETECTRON2, url=serving(bytes(100_000), always_breaks=1000).url)
    assert unfinished(store_dir)
    remove(DETECTRON2)
    assert files_in(store_dir) == {".lock"}


def test_looking_is_cheap() -> None:
    """The page looks at every run, and MoveNet's users need none of this."""
    heavy = "{'requests', 'torch', 'numpy', 'safetensors', 'filelock'}"
    code = (
        "import sys; from harec.pose.weights import DETECTRON2, locate; locate(DETECTRON2); "
        f"sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_layout_is_of_the_published_size() -> None:
    shapes = real_layout(DETECTRON2.network)
    assert len(shapes) == 313
    size = 4 * sum(map(math.prod, shapes.values()))
    assert size == pytest.approx(DETECTRON2.size_bytes, rel=0.01)


@pytest.mark.detectron2
def test_the_layout_is_what_detectron2_builds() -> None:
    from harec.pose.detectron2 import compat

    with compat.ready():
        from detectron2 import model_zoo
        from detectron2.modeling import build_model

        config = model_zoo.get_config(f"COCO-Keypoints/{DETECTRON2.network}.yaml")
        config.MODEL.DEVICE = "cpu"
        state = build_model(config).state_dict()
    assert real_layout(DETECTRON2.network) == {k: tuple(v.shape) for k, v in state.items()}
