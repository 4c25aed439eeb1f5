"""Sequences: what people write, and how holds tick it off."""

from __future__ import annotations

import pytest

from harec.core.errors import InputError
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.sequence import (
    Status,
    Step,
    check_sequence,
    parse_sequence,
)
from harec.yoga.recognition.asanas import ASANAS


def steps(text: str) -> list[tuple[str, str | None]]:
    return [(step.asana, step.side) for step in parse_sequence(text)]


def hold(asana: str, side: str | None = None, start_s: float = 0, length_s: float = 3) -> Hold:
    return Hold(asana, side, start_s, start_s + length_s, 80, 70, start_s)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "expected: natarajasana left, right, trikonasana …",
            [("natarajasana", "left"), ("natarajasana", "right"), ("trikonasana", None)],
        ),
        ("Vṛkṣāsana (both sides)", [("vrikshasana", "left"), ("vrikshasana", "right")]),
        ("vrksasana; Tree pose on the right", [("vrikshasana", None), ("vrikshasana", "right")]),
        ("Warrior 2 left -> warrior III r", [("virabhadrasana_ii", "left"),
                                             ("virabhadrasana_iii", "right")]),
        ("virabhadrasana one", [("virabhadrasana_i", None)]),
        ("Down dog\nDownward-facing Dog", [("adho_mukha_svanasana", None)] * 2),
        ("the mountain then bound angle", [("tadasana", None), ("baddha_konasana", None)]),
        ("ARDHA CHANDRASANA left and right", [("ardha_chandrasana", "left"),
                                              ("ardha_chandrasana", "right")]),
        ("1. tree\n2) warrior2 left\n (3) right\n4: virabhadrasana2\n10 - vira 3\n* down dog\n",
         [("vrikshasana", None), ("virabhadrasana_ii", "left"), ("virabhadrasana_ii", "right"),
          ("virabhadrasana_ii", None), ("virabhadrasana_iii", None),
          ("adho_mukha_svanasana", None)]),
        ("Warrior-3 -> vira1 r", [("virabhadrasana_iii", None), ("virabhadrasana_i", "right")]),
    ],
)  # fmt: skip
def test_what_people_write(text, wanted) -> None:
    assert steps(text) == wanted


@pytest.mark.parametrize("name", ASANAS)
def test_every_name_that_is_shown_can_be_written(name) -> None:
    asana = ASANAS[name]
    for text in (name, asana.sanskrit, asana.english, asana.sanskrit.upper()):
        assert steps(text) == [(name, None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trikonasna left", '"trikonasna" is known; did you mean Trikoṇāsana'),
        ("handstand on the moon", '"handstand on the moon" is known; choose from: natarajasana'),
        ("warrior left", "Vīrabhadrāsana I, Vīrabhadrāsana II or Vīrabhadrāsana III"),
        ("vira", "Vīrabhadrāsana I, Vīrabhadrāsana II or Vīrabhadrāsana III"),
        ("1. left, tree", "names no asana"),
        ("down dog left", "has no sides"),
        (" , ;\n", "is empty"),
        ("tree," * 201, "201 steps"),
    ],
)
def test_what_can_not_be_read_is_said(text, message) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+$") as error:
        parse_sequence(text)
    assert message in str(error.value)


def status(text: str, *holds: Hold) -> tuple[list[str], list[str]]:
    result = check_sequence(parse_sequence(text), holds)
    return [each.status.name for each in result.steps], [h.asana for h in result.extra]


def test_all_in_order() -> None:
    holds = [
        hold("natarajasana", "left"),
        hold("natarajasana", "right"),
        hold("trikonasana", "left"),
    ]
    result = check_sequence(parse_sequence("natarajasana left, right, trikonasana"), holds)
    assert result.complete
    assert [each.hold for each in result.steps] == holds
    assert result.extra == ()


@pytest.mark.parametrize(
    ("text", "holds", "wanted", "extra"),
    [
        ("tree left, right", [hold("vrikshasana", "left")], ["DONE", "MISSING"], []),
        # another asana in between is no mistake of the sequence
        (
            "tree left, downdog",
            [hold("vrikshasana", "left"), hold("tadasana"), hold("adho_mukha_svanasana")],
            ["DONE", "DONE"],
            ["tadasana"],
        ),
        # b c a for a b c: two in order, one moved
        (
            "tadasana, goddess, downdog",
            [hold("utkata_konasana"), hold("adho_mukha_svanasana"), hold("tadasana")],
            ["MOVED", "DONE", "DONE"],
            [],
        ),
        # the wrong side, twice
        (
            "tree left, tree right",
            [hold("vrikshasana", "right"), hold("vrikshasana", "right", 5)],
            ["OTHER_SIDE", "DONE"],
            [],
        ),
        ("tree", [], ["MISSING"], []),
    ],
)
def test_ticks(text, holds, wanted, extra) -> None:
    assert status(text, *holds) == (wanted, extra)


def test_of_two_holds_that_fit_the_longer_one_is_meant() -> None:
    short, long = hold("tadasana", None, 0, 2), hold("tadasana", None, 5, 9)
    result = check_sequence([Step("tadasana")], [short, long])
    assert result.steps[0].hold is long
    assert result.extra == (short,)
    assert result.steps[0].status is Status.DONE
