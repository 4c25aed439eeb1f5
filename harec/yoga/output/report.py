"""The report of a practice: one HTML file with images, to read, print or send.

It asks nothing of the network: style, timeline and pictures are inside.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harec.analysis.tables import clock
from harec.core.files import write_text
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.remarks import remark
from harec.yoga.output.svg_chart import timeline_svg
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.sequence import (
    SequenceResult,
    Status,
    StepResult,
)
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.asanas import ASANAS

RGB = NDArray[np.uint8]

_JPEG_QUALITY: Final = 84
#: Scores from which a number is green, or orange.
_GOOD, _FAIR = 80.0, 60.0
_MARKS: Final = {
    Status.DONE: ("done", "✓", "done"),
    Status.MOVED: ("moved", "↕", "done, but not in its place"),
    Status.OTHER_SIDE: ("moved", "⇄", "done on the other side"),
    Status.MISSING: ("missing", "✗", "not found"),
}


def practice_html(
    practice: Practice,
    images: Sequence[RGB | bytes] = (),
    sequence: SequenceResult | None = None,
    *,
    day: date | None = None,
) -> str:
    """The report as text.

    Args:
        images: uint8 (H, W, 3) of each hold, as `harec.yoga.output.best_frames.best_frames` makes
            them, or
            JPEG files, which are taken as they are; none at all leaves the images out.
        sequence: what was to be practised, checked against the holds of ``practice``.
        day: printed under the title, if given.
    """
    name = escape(practice.video.name)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Yoga practice: {name}</title><style>{_style()}</style></head><body>",
        f'<h1>Yoga practice</h1><p class="soft">{name}',
        f" · {day.day} {day:%B %Y}" if day else "",
        "</p>",
        _facts(practice, sequence),
        _notes(practice.warnings),
        f'<h2>Timeline</h2><div class="chart">{timeline_svg(practice)}</div>{_legend(practice)}',
        *(_sequence(sequence, practice) if sequence else ()),
        *_holds(practice, images),
        "<footer><p>The score is 100 when every joint angle meets the reference of the asana, and "
        "80 when every one is just within its range. Angles are measured in the picture: they are "
        "those of the body only when filmed from the direction that shows them, at hip height."
        "</p><p>harec is no teacher and no doctor: go by what your body tells you.</p>"
        "</footer></body></html>\n",
    ]
    return "".join(parts)


def write_report(
    practice: Practice,
    path: Path,
    images: Sequence[RGB | bytes] = (),
    sequence: SequenceResult | None = None,
    *,
    day: date | None = None,
) -> None:
    """Write `practice_html` to a file.

    Raises:
        InputError: it can't be written.
    """
    write_text(path, practice_html(practice, images, sequence, day=day))


@cache
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def _facts(practice: Practice, sequence: SequenceResult | None) -> str:
    holds = practice.holds
    best = max(
        (h for h in holds if h.best_score is not None),
        key=lambda h: h.best_score or 0,
        default=None,
    )
    facts = [
        (str(len(holds)), "hold" if len(holds) == 1 else "holds"),
        (clock(sum(hold.duration_s for hold in holds), 0), "held in all"),
        (clock(practice.video.duration_s or 0, 0), "of video"),
    ]
    if best is not None:
        facts.append((f"{best.best_score:.0f}", f"best score: {_title(best)}"))
    if sequence is not None:
        facts.append((f"{sequence.done} of {len(sequence.steps)}", "of the sequence"))
    items = "".join(f"<li><b>{value}</b>{escape(text)}</li>" for value, text in facts)
    return f'<ul class="facts">{items}</ul>'


def _notes(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    return f'<div class="notes">{"".join(f"<p>{escape(text)}</p>" for text in texts)}</div>'


def _legend(practice: Practice) -> str:
    names = dict.fromkeys(hold.asana for hold in practice.holds)
    entries = "".join(
        f'<span style="--asana:{ASANAS[name].colour}">{escape(ASANAS[name].sanskrit)}</span>'
        for name in names
    )
    return f'<div class="legend">{entries}</div>'


def _sequence(result: SequenceResult, practice: Practice) -> Iterator[str]:
    yield '<h2>Sequence</h2><ul class="steps">'
    for each in result.steps:
        kind, mark, words = _MARKS[each.status]
        yield _row(kind, mark, each.step.title, f"{words}{_when(each)}")
    for hold in result.extra:
        when = f"not in the sequence · {clock(hold.start_s)}"
        yield _row("extra", "+", _title(hold), when)
    yield "</ul>"


def _when(each: StepResult) -> str:
    return f" · {clock(each.hold.start_s)}" if each.hold else ""


def _row(kind: str, mark: str, what: str, words: str) -> str:
    return (
        f'<li class="{kind}"><span class="mark" aria-hidden="true">{mark}</span>'
        f'<span class="what">{escape(what)}</span><span class="soft">{escape(words)}</span></li>'
    )


def _holds(practice: Practice, images: Sequence[RGB | bytes]) -> Iterator[str]:
    if not practice.holds:
        return
    yield "<h2>Holds</h2>"
    for i, (hold, coaching) in enumerate(zip(practice.holds, practice.coachings, strict=True)):
        yield _hold(hold, coaching, images[i] if i < len(images) else None)


def _hold(hold: Hold, coaching: Coaching, frame: RGB | bytes | None) -> str:
    asana = ASANAS[hold.asana]
    image = ""
    if frame is not None:
        about = f"{_title(hold)} at {clock(hold.best_s)}"
        image = f'<div><img alt="{escape(about, quote=True)}" src="{_data_url(frame)}"></div>'
    side = f" · {asana.side_is.format(side=hold.side)}" if hold.side and asana.side_is else ""
    feedback = "".join(f"<li>{escape(each.text)}</li>" for each in coaching.feedback)
    said = f"<ul>{feedback}</ul>" if feedback else f"<p>{escape(remark(coaching) or '')}</p>"
    warnings = "".join(f'<p class="warn">{escape(text)}</p>' for text in coaching.warnings)
    return (
        f'<section class="hold" style="--asana:{asana.colour}">{image}<div><header><div>'
        f'<h3>{escape(_title(hold))}</h3><p class="soft">{escape(asana.english + side)}</p></div>'
        f"{_score(hold)}</header>"
        f"<p>{clock(hold.start_s)} – {clock(hold.end_s)}: held for {hold.duration_s:.1f} s</p>"
        f"{said}{warnings}</div></section>"
    )


def _score(hold: Hold) -> str:
    if hold.best_score is None or hold.mean_score is None:
        return ""
    kind = "good" if hold.best_score >= _GOOD else "fair" if hold.best_score >= _FAIR else "poor"
    return (
        f'<div class="score {kind}"><b>{hold.best_score:.0f}</b> of 100'
        f'<div class="soft">{hold.mean_score:.0f} on average</div></div>'
    )


def _title(hold: Hold) -> str:
    return ASANAS[hold.asana].title(hold.side)


def _data_url(frame: RGB | bytes) -> str:
    jpeg = frame if isinstance(frame, bytes) else _jpeg(frame)
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _jpeg(rgb: RGB) -> bytes:
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return data.getvalue()
