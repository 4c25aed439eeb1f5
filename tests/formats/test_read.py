"""Labels of other programs, as these write them; what is written is read again; bad files."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from saved_results import made_result, person

from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment
from harec.core.errors import InputError
from harec.formats import Annotations, export_result, labelled_result, read_annotations
from harec.formats.annotations import label_of
from harec.formats.read import Hint, format_of

Found = dict[str, list[tuple[str, float, float]]]

ELAN = """\ufeff<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+01:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/Users/anna/clip.mp4" MIME_TYPE="video/mp4"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="500"/>
<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="2250"/><TIME_SLOT TIME_SLOT_ID="ts3"/>
<TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="4000"/></TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Anna" TIER_ID="Anna">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>jumping jacks</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
<ANNOTATION_VALUE>half</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts4">
<ANNOTATION_VALUE></ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="note" PARENT_REF="Anna" TIER_ID="notes"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a1"><ANNOTATION_VALUE>x</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="Ben"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a5" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts4">
<ANNOTATION_VALUE>Walking &amp; talking</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>"""

VTT = """WEBVTT - labels

NOTE by hand

STYLE
::cue { color: white }

1
00:00.500 --> 00:02.250 align:start
<v.loud Anna>jumping <i>jacks</i>

00:00:03.000 --> 00:00:04.000
Ben: boxing ×12

00:05.000 --> 00:06.000
clapping hands
"""

SRT = (
    "1\r\n00:00:00,500 --> 00:00:02,250\r\nAnna: Jumping jacks\r\n\r\n"
    "2\r\n00:01:00,000 --> 00:01:01,500\r\nboxing\r\n"
)

ACTIVITYNET = {
    "version": "VERSION 1.3",
    "taxonomy": [],
    "database": {
        "other": {"subset": "testing", "annotations": []},
        "v_clip": {
            "subset": "validation",
            "duration": 12.5,
            "url": "",
            "annotations": [
                {"label": "Boxing", "segment": [3.0, 4.5]},
                {"label": "Jumping jacks", "segment": [0.5, 2.25]},
            ],
        },
    },
}

BORIS_AGGREGATED = """\
Observation id\tObservation date\tDescription\tSource\tSubject\tBehavior\tBehavioral category\
\tBehavior type\tStart (s)\tStop (s)\tDuration (s)\tMedia file name\tComment start\tComment stop
day 1\t\t\tplayer #1:clip.mp4\tAnna\tjumping jacks\t\tSTATE\t0.500\t2.250\t1.750\tclip.mp4\t\t
day 1\t2026-01-01\t\tplayer #1:clip.mp4\tAnna\tfalls\t\tPOINT\t3.000\t3.000\t0\tclip.mp4\t\t
day 1\t\t\tplayer #1:clip.mp4\tNo focal subject\train\t\tSTATE\t1\t2\t1\tclip.mp4\t\t
day 2\t2026-01-02\t\tplayer #1:two.mp4\tBen\tboxing\t\tSTATE\t0\t1\t1\ttwo.mp4\t\t
"""

BORIS_TABULAR = """\
Observation id,day 1
Media file(s),
,
Time,Media file path,Total length,FPS,Subject,Behavior,Behavioral category,Comment,Status
0.5,clip.mp4,12,25,Anna,Jumping Jacks,,,START
0.75,clip.mp4,12,25,Ben,boxing,,,START
1.0,clip.mp4,12,25,Ben,falls,,,POINT
2.25,clip.mp4,12,25,Anna,Jumping Jacks,,,STOP
3.5,clip.mp4,12,25,Ben,boxing,,,STOP
"""

LABEL_STUDIO = [
    {
        "id": 7,
        "data": {"video": "/data/upload/1/0a1b2c3d-clip.mp4"},
        "annotations": [
            {"was_cancelled": True, "result": []},
            {
                "result": [
                    {
                        "value": {
                            "ranges": [{"start": 13, "end": 56}],
                            "timelinelabels": ["jumping jacks"],
                        },
                        "from_name": "anna",
                        "to_name": "video",
                        "type": "timelinelabels",
                    },
                    {
                        "value": {"start": 3.0, "end": 4.5, "channel": 0, "labels": ["Boxing"]},
                        "from_name": "sound",
                        "type": "labels",
                    },
                    {"value": {"choices": ["good"]}, "from_name": "quality", "type": "choices"},
                ]
            },
        ],
    },
    {"id": 8, "data": {"video": "/data/upload/1/11111111-two.mp4"}, "annotations": []},
]

CSV = "action;start_s;end_s\nBOXING;1;2.5\nJumping Jacks;0;1\n"
TRUTH = {
    "version": 1,
    "size_wh": [640, 480],
    "people": [
        {
            "id": 2,
            "segments": [{"action": "STANDING", "start_s": 0, "end_s": 2, "repetitions_s": []}],
        }
    ],
}
JACKS = ("JUMPING_JACKS", 0.5, 2.25)

SAMPLES: dict[str, tuple[str, str, Found]] = {
    "elan": ("eaf", ELAN, {"Anna": [JACKS], "Ben": [("Walking & talking", 0.5, 4.0)]}),
    "vtt": (
        "vtt",
        VTT,
        {"Anna": [JACKS], "Ben": [("BOXING", 3.0, 4.0)], "": [("CLAPPING_HANDS", 5.0, 6.0)]},
    ),
    "srt": ("srt", SRT, {"Anna": [JACKS], "": [("BOXING", 60.0, 61.5)]}),
    "activitynet": ("activitynet", json.dumps(ACTIVITYNET), {"": [JACKS, ("BOXING", 3.0, 4.5)]}),
    "boris aggregated": (
        "boris-table", BORIS_AGGREGATED, {"Anna": [JACKS], "": [("rain", 1.0, 2.0)]}
    ),
    "boris tabular": (
        "boris-table", BORIS_TABULAR, {"Anna": [JACKS], "Ben": [("BOXING", 0.75, 3.5)]}
    ),
    "label studio": (
        "label-studio",
        json.dumps(LABEL_STUDIO),
        {"anna": [("JUMPING_JACKS", 0.48, 2.24)], "sound": [("BOXING", 3.0, 4.5)]},
    ),
    "csv": ("csv", CSV, {"": [("JUMPING_JACKS", 0.0, 1.0), ("BOXING", 1.0, 2.5)]}),
    "simulated truth": ("json", json.dumps(TRUTH), {"Person 2": [("STANDING", 0.0, 2.0)]}),
}  # fmt: skip
HINT = Hint("clip.mp4", 25)


def found(annotations: Annotations) -> Found:
    return {
        lane.name: [(s.action, round(s.start_s, 6), round(s.end_s, 6)) for s in lane.segments]
        for lane in annotations.lanes
    }


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_files_of_other_programs(name: str, encoding: str, tmp_path: Path) -> None:
    format_name, content, expected = SAMPLES[name]
    path = tmp_path / "no ending says what it is"
    path.write_text(content, encoding=encoding)
    assert format_of(path) == format_name
    assert found(read_annotations(path, HINT)) == expected


def test_more_than_segments_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(json.dumps(ACTIVITYNET), encoding="utf-8")
    assert read_annotations(tmp_path / "a", HINT).duration_s == 12.5
    (tmp_path / "a").write_text(VTT, encoding="utf-8")
    (_, ben, _) = read_annotations(tmp_path / "a").lanes
    assert ben.segments[0].repetitions == 12
    (tmp_path / "a").write_text(ELAN, encoding="utf-8")
    assert read_annotations(tmp_path / "a").video == "clip.mp4"


def test_which_video_is_meant_has_to_be_known(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (ACTIVITYNET, LABEL_STUDIO):
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(InputError, match=r"2 videos.*none of which is 'third\.mp4'"):
            read_annotations(path, Hint("third.mp4", 25))
    with pytest.raises(InputError, match=r"counts frames.*--rate"):
        read_annotations(path, Hint("clip.mp4"))
    LABEL_STUDIO[0]["data"]["fps"] = "50"  # type: ignore[index]
    path.write_text(json.dumps(LABEL_STUDIO), encoding="utf-8")
    del LABEL_STUDIO[0]["data"]["fps"]  # type: ignore[attr-defined]
    assert found(read_annotations(path, HINT))["anna"] == [("JUMPING_JACKS", 0.24, 1.12)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("JUMPING_JACKS", "JUMPING_JACKS"),
        ("  jumping-jacks ", "JUMPING_JACKS"),
        ("Waving, both hands", "WAVING_2HANDS"),
        ("other", "OTHER"),
        ("Something else", "OTHER"),
        ("jacks", "jacks"),
        ("a\x00b\nc", "a b c"),
    ],
)
def test_labels_in_any_spelling(text: str, label: str) -> None:
    assert label_of(text) == label


# What is written is read again

EDGES = st.lists(st.integers(0, 10_000), min_size=2, max_size=8, unique=True).map(sorted)
#: Captions say repetitions after ×, and SubRip has tags in <>.
FREE = st.text(st.characters(codec="utf-8", exclude_characters="×<"), min_size=1, max_size=30)
LABELS = st.one_of(st.sampled_from(ACTIONS), FREE.map(label_of).filter(lambda t: t.strip()))
ROUND_TRIPS = ["eaf", "vtt", "srt", "activitynet", "boris", "parquet", "csv", "json"]


@st.composite
def lanes(draw: st.DrawFn) -> list[tuple[Segment, ...]]:
    """People with segments at whole milliseconds."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        edges = draw(EDGES)
        made.append(
            tuple(
                Segment(draw(LABELS), a / 1000, b / 1000, 0.5, draw(st.sampled_from([None, 0, 7])))
                for a, b in zip(edges[::2], edges[1::2], strict=False)
            )
        )
    return made


@pytest.mark.parametrize("name", ROUND_TRIPS)
@given(people=lanes())
@example(people=[(Segment("a b> & c: d", 0.0, 1.0, 0.5), Segment("x_Y", 1.0, 2.0, 0.5, 7))])
@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_written_is_read_again(
    name: str, people: list[tuple[Segment, ...]], tmp_path: Path
) -> None:
    analysis = replace(
        made_result(1, 3),
        people=tuple(person(n + 1, segments) for n, segments in enumerate(people)),
    )
    path = tmp_path / f"a.{name}"
    export_result(analysis, name, path)
    again = found(read_annotations(path, HINT))
    written = {
        f"Person {n + 1}": [(s.action, s.start_s, s.end_s) for s in segments]
        for n, segments in enumerate(people)
    }
    if name == "activitynet":  # nobody is named
        everybody = [segment for segments in written.values() for segment in segments]
        written = {"": sorted(everybody, key=lambda s: (s[1], s[2], s[0]))}
    assert {k: v for k, v in again.items() if v} == written


# Bad files

BAD: dict[str, tuple[str | None, bytes]] = {
    "nothing known": (None, b"hello, world"),
    "binary": (None, bytes(range(256))),
    "latin-1": (None, "Aktion;é".encode("latin-1")),
    "entities": (
        None,
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]>'
        b"<ANNOTATION_DOCUMENT>&c;</ANNOTATION_DOCUMENT>",
    ),
    "another xml": (None, b"<svg/>"),
    "broken xml": (None, b"<ANNOTATION_DOCUMENT><TIER>"),
    "deep xml": (None, b"<a>" * 100_000),
    "eaf without tier's name": (
        None,
        ELAN.encode().replace(b'TIER_ID="Anna"', b'NAME="Anna"'),
    ),
    "eaf backwards": (None, ELAN.encode().replace(b'"500"', b'"9500"')),
    "eaf time": (None, ELAN.encode().replace(b'"500"', b'"5,0"')),
    "vtt time": ("vtt", b"00:01 --> 00:02\nx"),
    "srt": ("srt", b"1\nhello"),
    "json": (None, b'{"people": [{"id": 1, "segments": [{"action": 5}]}]}'),
    "json of another kind": (None, b'{"a": 1}'),
    "json list": (None, b"[1, 2]"),
    "deep json": (None, b"[" * 100_000),
    "nan": (None, b'{"people": NaN}'),
    "activitynet": (None, b'{"results": {"clip": [{"label": "a", "segment": [1]}]}}'),
    "activitynet without videos": (None, b'{"results": {}}'),
    "activitynet infinite": (None, b'{"results": {"c": [{"label": "a", "segment": [0, 1e999]}]}}'),
    "boris without stop": (
        None, b"time,subject,code,modifier,comment\n1,Anna,boxing,,\n",
    ),
    "boris time": (None, b"Subject\tBehavior\tStart (s)\tStop (s)\nA\tb\tx\t2\n"),
    "boris project": (None, b'{"observations": {}, "behaviors_conf": {}}'),
    "label studio": (
        None, b'[{"annotations": [{"result": [{"value": {"ranges": 5, "labels": [1]}}]}]}]',
    ),
    "csv without columns": ("csv", b"a,b\n1,2\n"),
    "csv negative": (None, b"action,start_s,end_s\nx,-5,2\n"),
    "csv nan": (None, b"action,start_s,end_s\nx,nan,2\n"),
    "csv without label": (None, b"action,start_s,end_s\n ,0,2\n"),
    "csv with a huge field": (None, b"action,start_s,end_s\n" + b"x" * 200_000 + b",0,2\n"),
    "boris with a huge field": (None, b"Subject,Behavior,Time\nA," + b"x" * 200_000 + b",0\n"),
    "parquet": (None, b"PAR1" + bytes(64) + b"PAR1"),
    "zip": (None, b"PK\x03\x04" + bytes(64)),
    "long label": (None, b"action,start_s,end_s\n" + b"x" * 10_000 + b",0,2\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_files_are_refused_in_one_line(what: str, tmp_path: Path) -> None:
    format_name, content = BAD[what]
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_annotations(tmp_path / "bad", HINT, format_name)
    assert "\n" not in str(error.value)
    assert '"bad"' in str(error.value)


@pytest.mark.parametrize("name", [*SAMPLES, *ROUND_TRIPS])
@given(data=st.data())
@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_is_never_more_than_one_line(name: str, data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    if name in SAMPLES:
        path.write_text(SAMPLES[name][1], encoding="utf-8")
    else:
        export_result(made_result(2, 3), name, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[place] = data.draw(st.integers(0, 255))
        else:
            del content[place : place + data.draw(st.integers(1, 20))]
            content = content or bytearray(b"x")
    path.write_bytes(bytes(content))
    with suppress(InputError):
        read_annotations(path, HINT)


def test_huge_files_are_refused_unread(tmp_path: Path, monkeypatch) -> None:
    with (tmp_path / "huge.vtt").open("wb") as file:
        file.write(b"WEBVTT\n")
        file.truncate(2 << 30)  # a hole: no disk is filled
    monkeypatch.setattr(Path, "read_bytes", None)
    with pytest.raises(InputError, match="too large"):
        read_annotations(tmp_path / "huge.vtt")


def test_labels_become_a_result_of_their_video(make_clip, tmp_path: Path) -> None:
    clip, _ = make_clip("STANDING:3", fps=5, drawn=False)
    short, _ = make_clip("STANDING:1", fps=5, drawn=False)
    (tmp_path / "a.vtt").write_text(VTT, "utf-8")
    (tmp_path / "a.csv").write_text("person,action,start_s,end_s\n7,boxing,0,1\n3,nap,1,2\n")
    analysis = labelled_result(read_annotations(tmp_path / "a.csv"), clip, "a.csv")
    assert [(p.id, p.segments[0].action) for p in analysis.people] == [(3, "nap"), (7, "BOXING")]
    assert analysis.provenance.labels == "a.csv"
    assert (analysis.video.name, analysis.video.width) == (clip.name, 320)
    with pytest.raises(InputError, match=r"segment at 5\.0 s.*is 1\.0 s long"):
        labelled_result(read_annotations(tmp_path / "a.vtt"), short, "a.vtt")
    with pytest.raises(InputError, match="no segment"):
        labelled_result(Annotations(()), clip, "a.csv")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("eaf", ".eaf"), ("vtt", ".vtt"), ("boris", ".boris"), ("boris", ".csv"),
        ("activitynet", ".json"), ("csv", ".csv"), ("json", ".json"), ("parquet", ".parquet"),
    ],
)  # fmt: skip
def test_who_said_it_goes_out_and_comes_back(name: str, ending: str, tmp_path: Path) -> None:
    said = (
        Segment("BOXING", 0.5, 2.25, 0.9),
        Segment("JUMPING", 2.25, 4.0, 1.0, 3, "human"),
        Segment("BOXING", 4.0, 5.0, 1.0, None, "human"),
    )
    analysis = replace(made_result(1, 9), people=(person(1, said),))
    path = tmp_path / f"out{ending}"
    export_result(analysis, name, path)
    (lane,) = read_annotations(path).lanes
    assert [(s.action, s.by) for s in lane.segments] == [(s.action, s.by) for s in said]


@pytest.mark.parametrize(
    "format_name", ["eaf", "vtt", "srt", "activitynet", "boris", "csv", "json"]
)
def test_taught_labels_of_any_script_come_back(tmp_path: Path, format_name: str) -> None:
    labels = ["深蹲", "القرفصاء", "🏋️ up & down", "हाथ --> up", 'x; "y", z']
    segments = tuple(Segment(label, 2.0 * i, 2.0 * i + 1, 0.9) for i, label in enumerate(labels))
    result = replace(made_result(), people=(person(1, segments),))
    path = tmp_path / f"labels.{format_name}"
    export_result(result, format_name, path)
    (lane,) = read_annotations(path, Hint(result.video.name, 30.0)).lanes
    assert [segment.action for segment in lane.segments] == labels
