"""ELAN's annotation format (.eaf), a tier a person. Written by pympi.

Read with Python's own XML parser: pympi refuses files that ELAN takes (without the attribute that
names the schema) and warns of versions. Entities and types of documents, which ELAN never writes,
are refused before anything is parsed.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from xml.etree import ElementTree

from harec.core.plain import read_text
from harec.formats.annotations import Annotations, LaneBuilder, person_name, shown_label

if TYPE_CHECKING:
    from harec.actions.segments import By, Segment
    from harec.analysis.results import Analysis

_MOST_BYTES: Final = 64 << 20
#: The type of the tiers that say of a person's annotations by whom they are.
_BY: Final = "by"


def write_eaf(analysis: Analysis, path: Path) -> None:
    """A tier for each person, with titles of actions; times in whole milliseconds. Where a human
    said some, a tier below it says so.

    The video is linked by its name: ELAN finds it beside the file, or asks for it.
    """
    from pympi.Elan import Eaf

    document = Eaf(author="harec")
    document.remove_tier("default")
    name = analysis.video.name
    kind = mimetypes.guess_type(name)[0] or "video/mp4"
    document.add_linked_file(quote(name), f"./{quote(name)}", kind)
    for person in analysis.people:
        tier = person_name(person.id)
        document.add_tier(tier, part=tier)
        for segment in person.segments:
            start_ms, end_ms = round(1000 * segment.start_s), round(1000 * segment.end_s)
            document.add_annotation(
                tier, start_ms, max(end_ms, start_ms + 1), _valid(shown_label(segment.action))
            )
        _write_by(document, tier, person.segments)
    document.to_file(str(path))


def _write_by(document: Any, tier: str, segments: Iterable[Segment]) -> None:
    said = [segment for segment in segments if segment.by == "human"]
    if not said:
        return
    if _BY not in document.get_linguistic_type_names():
        document.add_linguistic_type(_BY, "Symbolic_Association", timealignable=False)
    below = f"{tier}, {_BY}"
    document.add_tier(below, _BY, parent=tier, part=tier)
    for segment in said:
        middle_ms = round(500 * (segment.start_s + segment.end_s))
        document.add_ref_annotation(below, tier, middle_ms, segment.by)


def _valid(text: str) -> str:
    """Without characters that XML has not."""
    return "".join(c for c in text if c.isprintable())


def read_eaf(path: Path) -> Annotations:
    """The annotations that have times, a lane a tier; tiers that only depend on others have none.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    root = _root(read_text(path, _MOST_BYTES))
    times_s = {
        slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) / 1000
        for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
        if "TIME_VALUE" in slot.attrib
    }
    by_human = _said_by_human(root)
    lanes = LaneBuilder()
    for tier in root.iterfind("TIER"):
        for annotation in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
            start, end = annotation.attrib["TIME_SLOT_REF1"], annotation.attrib["TIME_SLOT_REF2"]
            text = annotation.findtext("ANNOTATION_VALUE") or ""
            if text.strip() and start in times_s and end in times_s:
                by: By = "human" if annotation.get("ANNOTATION_ID") in by_human else "model"
                lanes.add(tier.attrib["TIER_ID"], text, times_s[start], times_s[end], by=by)
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    address = "" if media is None else media.attrib.get("MEDIA_URL", "")
    return lanes.build(Path(address).name)


def _said_by_human(root: Any) -> set[str | None]:
    """Ids of the annotations of which a tier below theirs says so."""
    return {
        reference.get("ANNOTATION_REF")
        for tier in root.iterfind("TIER")
        if tier.get("LINGUISTIC_TYPE_REF") == _BY
        for reference in tier.iterfind("ANNOTATION/REF_ANNOTATION")
        if reference.findtext("ANNOTATION_VALUE") == "human"
    }


def _root(text: str) -> Any:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it defines entities or a document type, which ELAN's files never do")
    try:
        root = ElementTree.fromstring(text.lstrip())
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    if root.tag != "ANNOTATION_DOCUMENT":
        raise ValueError("it is another kind of XML")
    return root
