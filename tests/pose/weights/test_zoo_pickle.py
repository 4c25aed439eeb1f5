"""What the model zoo writes is read; whatever else a pickle can do is not done."""

from __future__ import annotations

import collections
import copyreg
import os
import pickle
import struct
import sys
import tracemalloc
import types
from pathlib import Path

import numpy as np
import pytest
from zoo_files import dump

from harec.core.errors import WeightsError
from harec.pose.weights.zoo_pickle import read_zoo

RNG = np.random.default_rng(1)
STATE = {
    "conv.weight": RNG.normal(size=(4, 3, 3, 3)).astype(np.float32),
    "fortran": np.asfortranarray(RNG.normal(size=(3, 5)).astype(np.float32)),
    "every other": RNG.normal(size=(6, 4)).astype(np.float32)[::2],
    "big endian": RNG.normal(size=(2, 2)).astype(">f4"),
    "half": RNG.normal(size=(7,)).astype(np.float16),
    "double": RNG.normal(size=(1, 2)),
    "num_batches_tracked": np.array(5, np.int64),
    "scalar": np.float32(2.5),
    "flags": np.array([True, False]),
    "nothing": np.zeros((0,), np.float32),
}


def read(tmp_path: Path, data: bytes) -> dict[str, np.ndarray]:
    path = tmp_path / "model.pkl"
    path.write_bytes(data)
    return read_zoo(path)


@pytest.mark.parametrize(
    ("protocol", "numpy1_names"),
    [(p, numpy1) for p in range(6) for numpy1 in (True, False) if p < 4 or not numpy1],
)
def test_every_protocol_and_numpy(tmp_path: Path, protocol: int, numpy1_names: bool) -> None:
    """Ordered, with an attribute, as torch's own state_dict, and with other things beside."""
    model = collections.OrderedDict(STATE)
    model._metadata = collections.OrderedDict(conv={"version": 1})  # type: ignore[attr-defined]
    others = [1.5, None, False, (1, 2, 3, 4), b"x", 2**70, -1, 300, 70_000, {"a", "b"}]
    content = {"model": model, "__author__": "a person", "optimizer": others[: 9 + (protocol > 3)]}
    data = dump(content, protocol, numpy1_names=numpy1_names)
    assert (b"numpy._core" in data) is not numpy1_names
    arrays = read(tmp_path, data)
    assert list(arrays) == list(STATE)
    for name, values in STATE.items():
        assert arrays[name].dtype == values.dtype.newbyteorder("=")
        assert arrays[name].flags.writeable
        assert arrays[name].flags.c_contiguous
        np.testing.assert_array_equal(arrays[name], values)


@pytest.mark.parametrize("binary", [b"U", b"T"])
def test_python_2_strings_hold_bytes(tmp_path: Path, binary: bytes) -> None:
    """Python 2 wrote an array's bytes as a string."""
    values = np.array([1.5, -2.25], np.float32)

    def text(data: bytes) -> bytes:
        size = bytes([len(data)]) if binary == b"U" else struct.pack("<i", len(data))
        return binary + size + data

    data = (
        b"\x80\x02}(" + text(b"model") + b"}" + text(b"w")
        + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b")
        + b"\x87R(K\x01K\x02\x85cnumpy\ndtype\n" + text(b"f4") + b"K\x00K\x01\x87R(K\x03"
        + text(b"<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + text(values.tobytes())
        + b"tbs" + text(b"__author__") + text(b"me") + b"u."
    )  # fmt: skip
    assert pickle.loads(data, encoding="latin1")["model"]["w"].tolist() == [1.5, -2.25]  # noqa: S301
    assert read(tmp_path, data)["w"].tolist() == [1.5, -2.25]


class Runs:
    """Pickles as a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


#: What picklers write; each would run ``t``, a command for the shell that leaves a trace.
CALLS = {
    "os.system": lambda t: Runs(os.system, t),
    "builtins.eval": lambda t: Runs(eval, f"__import__('os').system({t!r})"),
    "builtins.__import__": lambda t: Runs(__import__, "os"),
    "beside a good model": lambda t: {"model": STATE, "__author__": Runs(os.system, t)},
    "deep inside": lambda t: {"model": STATE, "x": [({"y": (Runs(os.system, t),)},)]},
    "as a key": lambda t: {"model": STATE, Runs(str, "x"): 1},
    "a function": lambda t: {"model": STATE, "x": os.path.join},
    "numpy's file reader": lambda t: Runs(np.load, t, None, True),
    "numpy's memory map": lambda t: Runs(np.memmap, t, "u1", "w+", 0, (4,)),
    "an array of objects": lambda t: {"model": {"w": np.array([Runs(os.system, t)], object)}},
    "a structured array": lambda t: {"model": {"w": np.zeros(2, [("x", "f4"), ("y", "f4")])}},
    "texts": lambda t: {"model": {"w": np.array(["a", "b"])}},
    "times": lambda t: {"model": {"w": np.zeros(2, "datetime64[s]")}},
    "complex numbers": lambda t: {"model": {"w": np.zeros(2, complex)}},
    "copyreg": lambda t: Runs(copyreg._reconstructor, Runs, object, None),
    "an object": lambda t: {"model": STATE, "x": types.SimpleNamespace(a=1)},
}

#: Programs that no pickler writes; "T" stands for the command.
PROGRAMS = {
    "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01T\x85R.",
    "INST": b"(VT\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nVT\no.",
    "NEWOBJ": b"\x80\x02cos\nsystem\nVT\n\x85\x81.",
    "NEWOBJ of an allowed name": b"\x80\x02ccollections\nOrderedDict\n)\x81.",
    "EXT1": b"\x80\x02\x82\x01(VT\ntR.",
    "EXT4": b"\x80\x02\x84\x01\x00\x00\x00(VT\ntR.",
    "PERSID": b"\x80\x02Pos.system\n.",
    "BINPERSID": b"\x80\x02VT\nQ.",
    "a buffer": b"\x80\x05\x97.",
    "getattr": b"(c__builtin__\ngetattr\n(c__builtin__\n__import__\n(Vos\ntRVsystem\ntR(VT\ntR.",
    "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x12ndarray.__reduce__\x93.",
    "an allowed module's os": b"\x80\x04\x8c\x0anumpy.core\x8c\x09os.system\x93.",
    "an allowed name elsewhere": b"cos\nndarray\n.",
    "numpy's testing runs code": b"cnumpy.testing._private.utils\nrunstring\n(VT\n}tR.",
    "Python 2's names": b"c__builtin__\neval\n(VT\ntR.",
    "what torch would write": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.",
}


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code 1 stands for os.system in this process, and has been used: then Python's unpickler
    doesn't ask its find_class any more."""
    for table, key, value in (
        (copyreg._inverted_registry, 1, ("os", "system")),  # type: ignore[attr-defined]
        (copyreg._extension_cache, 1, os.system),  # type: ignore[attr-defined]
    ):
        monkeypatch.setitem(table, key, value)


@pytest.mark.parametrize("name", [*CALLS, *PROGRAMS])
def test_nothing_runs(tmp_path: Path, extension: None, name: str) -> None:
    trace = tmp_path / "it-ran"
    command = f"touch {trace}"
    if name in CALLS:
        programs = [dump(CALLS[name](command), protocol) for protocol in (0, 2, 4, 5)]
    else:
        programs = [PROGRAMS[name].replace(b"VT\n", b"V" + command.encode() + b"\n")]
    for data in programs:
        with pytest.raises(WeightsError, match=r"model\.pkl .*it was not opened"):
            read(tmp_path, data)
        assert not trace.exists()


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "deep inside", "EXT1", "getattr"])
def test_the_attacks_would_work(tmp_path: Path, extension: None, name: str) -> None:
    """The proof above proves something: Python's own unpickler falls for them."""
    trace = tmp_path / "it-ran"
    command = f"touch {trace}"
    program = PROGRAMS.get(name, b"").replace(b"VT\n", b"V" + command.encode() + b"\n")
    pickle.loads(program or dump(CALLS[name](command), 4))  # noqa: S301
    assert trace.exists()


def test_nothing_is_imported_and_the_text_says_what_was_asked_for(tmp_path: Path) -> None:
    sys.modules.pop("this", None)
    with pytest.raises(WeightsError) as caught:
        read(tmp_path, b"cthis\ns\n.")
    assert "this" not in sys.modules
    assert str(caught.value) == (
        "model.pkl asks to run this.s, which a file of weights never needs: it was not opened. Get "
        "the weights from a source that you trust."
    )


def test_names_from_the_file_stay_one_short_line(tmp_path: Path) -> None:
    name = "os\x1b[31m" + "x" * 500
    data = b"\x80\x04X" + struct.pack("<I", len(name)) + name.encode() + b"\x8c\x01y\x93."
    with pytest.raises(WeightsError) as caught:
        read(tmp_path, data)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


#: Allowed names with wild arguments or states, and programs that make no sense.
NONSENSE = {
    "build on a function": b"\x80\x02cnumpy\ndtype\n}X\x01\x00\x00\x00aK\x01sb.",
    "build on a function with slots": (
        b"\x80\x02c_codecs\nencode\nN}X\x09\x00\x00\x00_functionK\x01s\x86b."
    ),
    "build on a number": b"\x80\x02K\x01}b.",
    "call a text": b"\x80\x02X\x02\x00\x00\x00os)R.",
    "call what was made": b"\x80\x02ccollections\nOrderedDict\n)R)R.",
    "a large ndarray": b"\x80\x02cnumpy\nndarray\n\x8a\x06\0\0\0\0\0\x01\x85\x85R.",
    "a large array": (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85"
        b"U\x01b\x87R."
    ),
    "encode by another codec": b"\x80\x02c_codecs\nencode\nX\x01\0\0\0xX\x05\0\0\0rot13\x86R.",
    "bytes of a length": b"\x80\x02c__builtin__\nbytes\nJ\xff\xff\xff\x7f\x85R.",
    "no mark": b"\x80\x02K\x01t.",
    "a mark alone": b"(.",
    "memo of nothing": b"\x80\x02h\x05.",
    "append to a dictionary": b"}K\x01a.",
    "an end without a value": b"\x80\x02.",
    "an unknown opcode": b"\x80\x02\xff.",
    "a name that is no text": b"\x80\x04K\x01K\x02\x93.",
    "a number too long": b"(I" + b"9" * 5000 + b"\n.",
}

#: The tuple on the stack becomes a tuple of twice itself: 60 times, and hashing it never ends.
DOUBLE = (
    b"q\x00h\x00\x86", b"q\x00q\x01h\x01\x86", b"(q\x00th\x00\x87", b"\x80\x02q\x00h\x00\x86",
    b"2\x86", b"N0q\x00h\x00\x86", b"Nbq\x00h\x00\x86", b"(eq\x00h\x00\x86",
)  # fmt: skip
BIG = struct.pack("<Q", 2**40)
BOMBS = {
    "bytes": b"\x80\x04\x8e" + BIG,
    "text": b"\x80\x04\x8d" + BIG,
    "bytearray": b"\x80\x05\x96" + BIG,
    "a long number": b"\x80\x02\x8b\xff\xff\xff\x7f",
    "a frame": b"\x80\x04\x95" + BIG + b"}.",
    "a place in the memo": b"\x80\x02]r\xff\xff\xff\x7f.",
    "a shape": dump({"model": {"w": STATE["conv.weight"]}}, 2).replace(
        b"K\x04K\x03K\x03K\x03t", b"M\xff\xffM\xff\xffK\x03K\x03t"
    ),
    "a shape of a buffer": dump({"model": {"w": STATE["conv.weight"]}}, 5).replace(
        b"K\x04K\x03K\x03K\x03t", b"M\xff\xffM\xff\xffK\x03K\x03t"
    ),
    "one array many times": dump({"model": dict.fromkeys(map(str, range(9999)), np.ones(9999))}, 4),
    "a deep list": b"]" * 50_000 + b"a" * 49_999 + b".",
    "steps without end": b"(" + b"N" * 200_001 + b"t.",
    **{f"tuples as a key, {d!r}": b"})K\x01\x86" + d * 60 + b"K\x01s." for d in DOUBLE},
}


@pytest.mark.parametrize("name", [*NONSENSE, *BOMBS])
def test_nonsense_and_bombs_are_refused_and_cost_nothing(tmp_path: Path, name: str) -> None:
    data = NONSENSE.get(name) or BOMBS[name]
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError):
            read(tmp_path, data)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 40e6
    arrays = read(tmp_path, dump({"model": STATE}))  # nothing here was changed by it
    np.testing.assert_array_equal(arrays["half"], STATE["half"])


def test_damage_anywhere_is_found_or_harmless(tmp_path: Path) -> None:
    data = dump({"model": {"w": STATE["half"]}, "__author__": "x"}, 2)
    for end in range(len(data)):
        with pytest.raises(WeightsError):
            read(tmp_path, data[:end])
    for at in range(len(data)):
        for flip in (0x01, 0x20, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            try:
                arrays = read(tmp_path, bytes(changed))
            except WeightsError:
                continue
            assert all(type(values) is np.ndarray for values in arrays.values())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(100), "PyTorch checkpoint"),
        (b"\n <!DOCTYPE html><html>", "web page"),
        (b"just some text\n", "no .pkl"),
        (dump([1, 2]), 'no "model"'),
        (dump({"weights": STATE}), 'no "model"'),
        (dump({"model": {}}), 'no "model"'),
        (dump({"model": {"a.b": 1.5}}), "'a.b', which is no array"),
        (dump({"model": {3: STATE["half"]}}), "no array"),
        (None, "can't be read"),
    ],
)
def test_another_file_is_told_apart(tmp_path: Path, data: bytes | None, words: str) -> None:
    with pytest.raises(WeightsError) as caught:
        read_zoo(tmp_path / "none.pkl") if data is None else read(tmp_path, data)
    assert words in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
