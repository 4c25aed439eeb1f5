"""How tests read and use the page that AppTest runs."""

from __future__ import annotations

import json

from waiting import PATIENCE_S

from dashboard.analyze.job import AnalyzeJob


def button(page, label):
    return next(b for b in page.button if b.label == label)


def labels(page):
    return [b.label for b in page.button]


def text(page):
    elements = [*page.title, *page.markdown, *page.caption, *page.subheader, *page.info]
    return "\n".join(str(element.value) for element in elements)


def visitor(page):
    return page.session_state["visitor"]


def analyze_job(page):
    """What the Analyze page keeps of the page's visitor."""
    return visitor(page).state(AnalyzeJob)


def upload(page, name, content, mime="video/mp4"):
    page.file_uploader[0].set_value((name, content, mime))
    return page.run()


def finish(page):
    """Run the page as the browser's polling does, once the worker is through."""
    job = analyze_job(page).job or analyze_job(page).rendering
    if job is not None:  # else it was through before the page had been drawn
        assert job.wait(PATIENCE_S)
    return page.run()


def alerts(page):
    found = [*page.info, *page.warning, *page.error]
    return "\n".join(str(element.value) for element in found)


def sent(page, name):
    """What the page sends to one of its components."""
    for element in page.main:
        for proto in walk(element):
            if getattr(proto, "component_name", None) == name:
                return json.loads(proto.json)
    raise AssertionError(f"{name} is not on the page")


def walk(node):
    if hasattr(node, "proto"):
        yield node.proto
    for child in getattr(node, "children", {}).values():
        yield from walk(child)
