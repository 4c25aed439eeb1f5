"""Whether int8 is fast: by the processor's flags, else by a timing that is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from harec.pose import int8_speed, registry
from harec.pose.int8_speed import flags_say
from harec.pose.registry import create_estimator, precision_of


@pytest.mark.parametrize(
    ("text", "fast"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 avx512_vnni sha_ni\n", True),
        ("flags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags\t\t: fpu avx2 fma\n", False),
        ("Features\t: fp asimd asimddp\n", True),  # ARM
        ("Features\t: fp asimd\n", False),
        ("cpu : POWER9\n", None),
    ],
)
def test_what_the_flags_say(tmp_path: Path, text: str, fast: bool | None) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert flags_say(tmp_path / "cpuinfo") is fast


def test_a_system_without_a_list_of_flags(tmp_path: Path) -> None:
    assert flags_say(tmp_path / "cpuinfo") is None


@pytest.fixture
def no_flags(monkeypatch, tmp_path: Path) -> Path:
    """A machine that lists no flags; the folder that its answers are kept in."""
    monkeypatch.setattr(int8_speed, "flags_say", lambda: None)
    monkeypatch.setattr(int8_speed.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    return tmp_path / "harec"


def ask(monkeypatch, gain: float | None) -> bool:
    """What a new process answers that would time this gain; None: it must not time."""

    def timed() -> float:
        assert gain is not None
        return gain

    monkeypatch.setattr(int8_speed, "_timed_gain", timed)
    return int8_speed.int8_is_fast.__wrapped__()


@pytest.mark.parametrize(("gain", "fast"), [(1.8, True), (0.6, False), (1.05, False)])
def test_a_timing_decides_once_a_machine(monkeypatch, no_flags: Path, gain, fast) -> None:
    assert ask(monkeypatch, gain) is fast
    assert ask(monkeypatch, None) is fast
    assert [path.name for path in no_flags.iterdir()] == ["int8-speed.json"]


@pytest.mark.parametrize(
    "kept", ["", "[]", '{"about": ["another machine", "", "1.0"], "fast": true}', "\xff{"]
)
def test_an_answer_that_says_nothing_here_is_replaced(monkeypatch, no_flags: Path, kept) -> None:
    no_flags.mkdir()
    (no_flags / "int8-speed.json").write_text(kept, encoding="latin-1")
    assert ask(monkeypatch, 0.5) is False
    assert ask(monkeypatch, None) is False


def test_a_folder_that_may_not_be_written_to(monkeypatch, no_flags: Path) -> None:
    no_flags.write_text("a file in its place")
    assert ask(monkeypatch, 2.0) is True
    assert ask(monkeypatch, 2.0) is True


def test_the_timing_itself_answers_with_a_ratio() -> None:
    assert 0.05 < int8_speed._timed_gain() < 50


@pytest.mark.parametrize("fast", [True, False])
def test_auto_is_what_the_machine_is_fast_with(monkeypatch, fast: bool) -> None:
    monkeypatch.setattr(registry, "int8_is_fast", lambda: fast)
    expected = "mixed" if fast else "float"
    assert create_estimator(mode="lightweight", precision="auto").precision == expected
    assert precision_of("detectron2", "auto") == "float"  # which has no other networks
    assert [precision_of("movenet", p) for p in ("float", "int8")] == ["float", "int8"]
