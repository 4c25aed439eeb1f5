"""The file of references: what ships, what is refused."""

import json

import pytest

from harec.core.errors import ModelError
from harec.yoga.coaching.references import (
    REFERENCES_PATH,
    References,
    load_references,
)
from harec.yoga.recognition.angles import ANGLE_NAMES
from harec.yoga.recognition.asanas import ASANAS, PHOTO_ASANAS


@pytest.fixture
def data():
    return json.loads(REFERENCES_PATH.read_text(encoding="utf-8"))


def test_every_asana_has_ranges_with_a_source(data):
    for name, asana in ASANAS.items():
        ranges = load_references().of(name)
        assert len(ranges) >= 5, name
        assert all(wanted.source for wanted in ranges.values())
        photos = {wanted.source for wanted in ranges.values()} & {"photos"}
        assert bool(photos) == (name in PHOTO_ASANAS) == asana.photos
        assert (data["asanas"][name]["photos"] > 0) == asana.photos


def test_the_right_side_is_the_left_one_in_the_mirror():
    left, right = (load_references().of("natarajasana", side) for side in ("left", "right"))
    assert right["right_knee"] == left["left_knee"] != left["right_knee"]
    assert set(load_references().median("natarajasana", "right")) == set(ANGLE_NAMES)


def test_without_a_side_a_sided_asana_has_nothing_to_judge_by():
    """Nor to draw: the judge, the picture and the page's table ask for the same."""
    references = load_references()
    for name, asana in ASANAS.items():
        assert bool(references.judged(name, None)) != asana.sided, name
        assert references.judged(name, "right") == references.of(name, "right")


def test_a_range_is_left_by_its_own_room():
    knee = load_references().of("virabhadrasana_ii")["left_knee"]
    assert (knee.low, knee.target, knee.high) == (90, 100, 110)
    assert [knee.deviation(a) for a in (100, 90, 110, 130)] == [0, 1, 1, 3]
    straight = load_references().of("virabhadrasana_ii")["right_knee"]
    assert straight.target == straight.high == 180
    assert straight.deviation(straight.low) == pytest.approx(1)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d.update(version=99),
        lambda d: d.pop("format"),
        lambda d: d["asanas"].pop("vrikshasana"),
        lambda d: d["asanas"]["vrikshasana"]["ranges"].update(left_toe={}),
        lambda d: d["asanas"]["vrikshasana"]["ranges"]["left_knee"].update(low=170),
        lambda d: d["asanas"]["vrikshasana"]["ranges"]["left_knee"].pop("target"),
        lambda d: d["asanas"]["vrikshasana"]["median"].pop("legs"),
        lambda d: d["asanas"]["vrikshasana"].update(breadth=[1]),
        lambda d: d["asanas"]["vrikshasana"].update(breadth="wide"),
    ],
)
def test_damaged_references_are_refused(data, break_it):
    break_it(data)
    with pytest.raises(ModelError, match="references"):
        References(data)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1}'])
def test_a_file_that_is_no_reference_is_refused(tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(ModelError, match="references"):
        load_references(tmp_path / "r.json")


def test_a_missing_file_is_a_plain_error(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        load_references(tmp_path / "none.json")
