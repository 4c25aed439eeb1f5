"""What the model zoo writes is read; whatever else a pickle can do is not done."""

from __future__ import annotations

import builtins
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
from zoo_files import dump, write_zoo_pkl

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


def save(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "model.pkl"
    path.write_bytes(data)
    return path


def assert_same(arrays: dict, state: dict) -> None:
    assert list(arrays) == list(state)
    for name, values in state.items():
        assert arrays[name].dtype == values.dtype.newbyteorder("=")
        assert arrays[name].flags.writeable
        assert arrays[name].flags.c_contiguous
        np.testing.assert_array_equal(arrays[name], values)


@pytest.mark.parametrize("numpy1_names", [True, False])
@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_and_numpy(tmp_path: Path, protocol: int, numpy1_names: bool) -> None:
    path = write_zoo_pkl(tmp_path / "m.pkl", STATE, protocol, numpy1_names=numpy1_names)
    assert (b"numpy._core" in path.read_bytes()) is not numpy1_names
    assert_same(read_zoo(path), STATE)


@pytest.mark.parametrize("protocol", range(6))
def test_an_ordered_dict_with_other_things_beside(tmp_path: Path, protocol: int) -> None:
    """As torch's own state_dict: ordered, with an attribute `_metadata`."""
    model = collections.OrderedDict(STATE)
    model._metadata = collections.OrderedDict(conv={"version": 1})  # type: ignore[attr-defined]
    content = {
        "model": model,
        "__author__": "somebody",
        "matching_heuristics": True,
        "iteration": 270_000,
        "optimizer": [1.5, None, False, (1, 2, 3, 4), b"x", 2**70, -1, 300, 70_000],
    }
    assert_same(read_zoo(save(tmp_path, dump(content, protocol))), STATE)


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
    assert read_zoo(save(tmp_path, data))["w"].tolist() == [1.5, -2.25]


class Runs:
    """Pickles as a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Builds(Runs):
    """Pickles as a call whose result is given a state."""

    def __init__(self, function: object, arguments: tuple, state: object) -> None:
        self.call = (function, arguments, state)


class Touched:
    """Says whether something ran: code in a pickle would make this file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shell = f"touch {path}"
        self.python = f"open({str(path)!r}, 'w')"

    def __bool__(self) -> bool:
        return self.path.exists()


@pytest.fixture
def touched(tmp_path: Path) -> Touched:
    return Touched(tmp_path / "it-ran")


ATTACKS = {
    "os.system": lambda t: Runs(os.system, t.shell),
    "builtins.eval": lambda t: Runs(eval, t.python),
    "builtins.exec": lambda t: Runs(exec, t.python),
    "builtins.open": lambda t: Runs(open, str(t.path), "w"),
    "builtins.__import__": lambda t: Runs(__import__, "os"),
    "a dictionary of calls": lambda t: {"model": {"w": Runs(os.system, t.shell)}, "x": 1},
    "beside a good model": lambda t: {"model": STATE, "__author__": Runs(os.system, t.shell)},
    "deep inside": lambda t: {"model": STATE, "x": [({"y": (Runs(eval, t.python),)},)]},
    "as a key": lambda t: {"model": STATE, Runs(str, "x"): 1},
    "a class": lambda t: {"model": STATE, "x": os.path.join},
    "numpy's file reader": lambda t: Runs(np.load, str(t.path), None, True),
    "numpy's file writer": lambda t: Runs(np.save, str(t.path), np.zeros(1)),
    "numpy's fromfile": lambda t: Runs(np.fromfile, "/etc/hostname", "u1"),
    "numpy's memory map": lambda t: Runs(np.memmap, str(t.path), "u1", "w+", 0, (4,)),
    "an array of objects": lambda t: {"model": {"w": np.array([Runs(os.system, t.shell)], object)}},
    "a structured array": lambda t: {"model": {"w": np.zeros(2, [("x", "f4"), ("y", "f4")])}},
    "texts": lambda t: {"model": {"w": np.array(["a", "b"])}},
    "times": lambda t: {"model": {"w": np.zeros(2, "datetime64[s]")}},
    "complex numbers": lambda t: {"model": {"w": np.zeros(2, complex)}},
    "a state that is a call": lambda t: Builds(dict, (), Runs(os.system, t.shell)),
    "copyreg": lambda t: Runs(copyreg._reconstructor, Touched, object, None),
    "a set": lambda t: {"model": STATE, "x": {1, 2}},
    "an object": lambda t: {"model": STATE, "x": types.SimpleNamespace(a=1)},
    "an exception": lambda t: {"model": STATE, "x": ValueError("x")},
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_runs(tmp_path: Path, touched: Touched, name: str, protocol: int) -> None:
    data = dump(ATTACKS[name](touched), protocol)
    with pytest.raises(WeightsError, match=r"model\.pkl .*it was not opened"):
        read_zoo(save(tmp_path, data))
    assert not touched


def test_the_attacks_would_work(touched: Touched) -> None:
    """The proof above proves something: Python's own unpickler falls for them."""
    for name in ("os.system", "builtins.eval", "deep inside", "an array of objects"):
        pickle.loads(dump(ATTACKS[name](touched), 4))  # noqa: S301
        assert touched, name
        touched.path.unlink()


def test_the_text_says_what_was_asked_for(tmp_path: Path, touched: Touched) -> None:
    with pytest.raises(WeightsError) as caught:
        read_zoo(save(tmp_path, dump({"model": Runs(os.system, touched.shell)}, 2)))
    assert str(caught.value) == (
        "model.pkl asks to run posix.system, which a file of weights never needs: it was not "
        "opened. Get the weights from a source that you trust."
    )


#: Programs that no pickler writes. "T" stands for the command that would leave a trace.
PROGRAMS = {
    "GLOBAL": b"cos\nsystem\n(VT\ntR.",
    "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01T\x85R.",
    "INST": b"(VT\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nVT\no.",
    "NEWOBJ": b"\x80\x02cos\nsystem\nVT\n\x85\x81.",
    "NEWOBJ_EX": b"\x80\x04cos\nsystem\nVT\n\x85}\x92.",
    "OBJ of an allowed name": b"\x80\x02(ccollections\nOrderedDict\no.",
    "NEWOBJ of an allowed name": b"\x80\x02ccollections\nOrderedDict\n)\x81.",
    "EXT1": b"\x80\x02\x82\x01)R.",
    "EXT2": b"\x80\x02\x83\x01\x00)R.",
    "EXT4": b"\x80\x02\x84\x01\x00\x00\x00)R.",
    "PERSID": b"\x80\x02Pos.system\n.",
    "BINPERSID": b"\x80\x02VT\nQ.",
    "NEXT_BUFFER": b"\x80\x05\x97.",
    "READONLY_BUFFER": b"\x80\x05C\x01x\x98.",
    "getattr": b"(c__builtin__\ngetattr\n(c__builtin__\n__import__\n(Vos\ntRVsystem\ntR(VT\ntR.",
    "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x12ndarray.__reduce__\x93.",
    "from an allowed module": b"cnumpy\nload\n(VT\ntR.",
    "an allowed name elsewhere": b"cos\nndarray\n.",
    "the allowed module's os": b"\x80\x04\x8c\x0anumpy.core\x8c\x09os.system\x93.",
    "numpy's testing runs code": b"cnumpy.testing._private.utils\nrunstring\n(VT\n}tR.",
    "numpy's f2py runs commands": b"cnumpy.f2py.crackfortran\nmyeval\n(VT\ntR.",
    "Python 2's names": b"c__builtin__\neval\n(VT\ntR.",
    "commands": b"csubprocess\nPopen\n(VT\ntR.",
    "what torch would write": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_runs(tmp_path: Path, touched: Touched, name: str) -> None:
    data = PROGRAMS[name].replace(b"VT\n", b"V" + touched.shell.encode() + b"\n")
    with pytest.raises(WeightsError, match="it was not opened"):
        read_zoo(save(tmp_path, data))
    assert not touched


def test_nothing_is_imported(tmp_path: Path) -> None:
    sys.modules.pop("this", None)
    with pytest.raises(WeightsError, match=r"asks to run this\.s"):
        read_zoo(save(tmp_path, b"cthis\ns\n."))
    assert "this" not in sys.modules


NONSENSE = {
    "build on a function": b"\x80\x02cnumpy\ndtype\n}X\x01\x00\x00\x00aK\x01sb.",
    "build on a function with slots": (
        b"\x80\x02c_codecs\nencode\nN}X\x0c\x00\x00\x00__defaults__K\x01\x85s\x86b."
    ),
    "build on a number": b"\x80\x02K\x01}b.",
    "call a text": b"\x80\x02X\x02\x00\x00\x00os)R.",
    "call what was made": b"\x80\x02ccollections\nOrderedDict\n)R)R.",
    "call with a list": b"\x80\x02ccollections\nOrderedDict\n]R.",
    "call ndarray": b"\x80\x02cnumpy\nndarray\n)R.",
    "reconstruct something else": (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nccollections\nOrderedDict\n"
        b"K\x00\x85U\x01b\x87R."
    ),
    "reconstruct a large one": (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85"
        b"U\x01b\x87R."
    ),
    "encode by another codec": b"\x80\x02c_codecs\nencode\nU\x01xU\x05rot13\x86R.",
    "bytes of a length": b"\x80\x02c__builtin__\nbytes\nJ\xff\xff\xff\x7f\x85R.",
    "pop of nothing": b"\x80\x020.",
    "no mark": b"\x80\x02K\x01t.",
    "a mark alone": b"(.",
    "memo of nothing": b"\x80\x02h\x05.",
    "odd items": b"}(K\x01u.",
    "append to a dictionary": b"}K\x01a.",
    "an end without a value": b"\x80\x02.",
    "two values": b"\x80\x02K\x01K\x02.",
    "an unknown opcode": b"\x80\x02\xff.",
    "a list that holds itself": b"\x80\x02]q\x00h\x00a.",
    "a name that is no text": b"\x80\x04K\x01K\x02\x93.",
    "a number too long": b"(I" + b"9" * 5000 + b"\n.",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_called_damaged(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, NONSENSE[name])
    with pytest.raises(WeightsError, match=r"is damaged or ends too early|holds no \"model\""):
        read_zoo(path)


def test_the_table_is_not_changed_by_what_is_read(tmp_path: Path) -> None:
    for data in NONSENSE.values():
        with pytest.raises(WeightsError):
            read_zoo(save(tmp_path, data))
    assert_same(read_zoo(write_zoo_pkl(tmp_path / "m.pkl", STATE)), STATE)


#: The tuple on the stack becomes a tuple of twice itself: 60 times, and hashing it never ends.
DOUBLE = b"q\x00h\x00\x86"

BOMBS = {
    "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**40),
    "text": b"\x80\x04\x8d" + struct.pack("<Q", 2**40),
    "bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**40),
    "4 GB of bytes": b"\x80\x03B\xff\xff\xff\xff",
    "a long number": b"\x80\x02\x8b\xff\xff\xff\x7f",
    "a frame": b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"}",
    "a place in the memo": b"\x80\x02]r\xff\xff\xff\xff.",
    "a large array": dump({"model": {"w": STATE["conv.weight"]}}, 2).replace(
        b"K\x04K\x03K\x03K\x03t", b"M\xff\xffM\xff\xffK\x03K\x03t"
    ),
    "a large frombuffer": dump({"model": {"w": STATE["conv.weight"]}}, 5).replace(
        b"K\x04K\x03K\x03K\x03t", b"M\xff\xffM\xff\xffK\x03K\x03t"
    ),
    "one array many times": dump({"model": dict.fromkeys(map(str, range(9999)), np.ones(9999))}, 4),
    "tuples of tuples as a key": b"}" + b")" + DOUBLE * 60 + b"K\x01s.",
    "tuples of tuples as an order": (
        b"\x80\x02cnumpy.core.numeric\n_frombuffer\n(U\x00cnumpy\ndtype\nU\x02f4\x85R)"
        + b")"
        + DOUBLE * 60
        + b"tR."
    ),
    "a deep list": b"]" * 50_000 + b"a" * 49_999 + b".",
    "steps without end": b"(" + b"N0" * 100_001 + b"N.",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_nothing(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, BOMBS[name])
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError):
            read_zoo(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 40e6


def test_a_file_that_ends_anywhere_is_damaged(tmp_path: Path) -> None:
    data = dump({"model": {"w": STATE["conv.weight"]}, "__author__": "x"}, 2)
    for end in range(len(data)):
        with pytest.raises(WeightsError):
            read_zoo(save(tmp_path, data[:end]))


def test_a_file_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    data = dump({"model": {"w": STATE["half"]}, "__author__": "x"}, 2)
    for at in range(len(data)):
        for flip in (0x01, 0x20, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            try:
                arrays = read_zoo(save(tmp_path, bytes(changed)))
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
        (bytes(1000), "no .pkl"),
        (dump([1, 2], 2), 'no "model"'),
        (dump({"weights": STATE}, 2), 'no "model"'),
        (dump({"model": {}}, 2), 'no "model"'),
        (dump({"model": [1]}, 2), 'no "model"'),
        (dump({"model": {"a.b": 1.5}}, 2), "'a.b', which is no array"),
        (dump({"model": {3: STATE["half"]}}, 2), "no array"),
        (dump({"model": {"a.b": np.array([1, np.nan])}}, 2), "'a.b' holds numbers that are none"),
        (dump({"model": {"a.b": np.array([np.inf])}}, 2), "numbers that are none"),
        (dump({"blobs": STATE}, 2), 'no "model"'),
    ],
)
def test_another_file_is_told_apart(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(WeightsError) as caught:
        read_zoo(save(tmp_path, data))
    assert words in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="can't be read"):
        read_zoo(tmp_path / "none.pkl")


def test_names_from_the_file_stay_one_short_line(tmp_path: Path) -> None:
    name = "os\x1b[31m" + "x" * 500
    data = b"\x80\x04X" + struct.pack("<I", len(name)) + name.encode() + b"\x8c\x01y\x93."
    with pytest.raises(WeightsError) as caught:
        read_zoo(save(tmp_path, data))
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_it_never_unpickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the attacks above may miss: Python's unpickler and importer are not even asked."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    path = write_zoo_pkl(tmp_path / "m.pkl", STATE)
    read_zoo(path)  # whatever is imported on first use
    for name in ("load", "loads", "Unpickler", "_Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    monkeypatch.setattr(builtins, "__import__", never)
    arrays = read_zoo(path)
    monkeypatch.undo()
    assert_same(arrays, STATE)
