"""Detectron2's weights come by a button, as a visitor and another one see it."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect
from zoo_files import write_zoo_pkl

from harec.pose.weights import DETECTRON2
from harec.pose.weights.arrays import layout

# Every time: tests/pages/test_engine.py.
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]


def choose_detectron2(page):
    page.get_by_role("combobox", name="Engine").click()
    page.get_by_role("option", name="Detectron2").click()


@pytest.fixture(scope="module")
def two(visit_for_all):
    """Two visitors without a network; the first one has pressed the button, the other nothing."""
    first, second = visit_for_all(), visit_for_all()
    for page in (first, second):
        choose_detectron2(page)
        page.get_by_role("button", name="Download weights").wait_for()
    first.get_by_role("button", name="Download weights").click()
    for page in (first, second):
        page.get_by_text("No connection to dl.fbaipublicfiles.com").wait_for()
    return first, second


def test_no_network(two):
    two[0].get_by_text("Other ways", exact=True).click()
    two[0].get_by_text("python -m harec weights download detectron2").wait_for()


def test_a_file_that_detectron2_has_fetched_itself(two, server):
    first, second = two
    cached = server.folder / "cache" / DETECTRON2.cache_name
    cached.parent.mkdir(parents=True)
    state = {k: np.zeros(shape, np.float32) for k, shape in layout(DETECTRON2.network).items()}
    write_zoo_pkl(cached, state)  # a quarter of a GB
    try:
        first.get_by_role("button", name="Try again").click()
        for page in (first, second):
            page.get_by_text("Detectron2's weights are ready.").wait_for()
            expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        assert (server.folder / "weights" / "detectron2.safetensors").is_file()
    finally:
        cached.unlink()
        for path in (server.folder / "weights").glob("detectron2.*"):
            path.unlink()  # the other tests' visitors start with the engine that is built in
