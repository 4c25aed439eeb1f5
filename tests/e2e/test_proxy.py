"""The dashboard behind a proxy that puts it below a path and takes the path away."""

from __future__ import annotations

import pytest
from stripping_proxy import stripping_proxy

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PREFIX = "/harec/"


def test_video_timeline_and_download_behind_a_proxy(visit, server, clip, tmp_path):
    port = int(server.address.rsplit(":", 1)[1])
    with stripping_proxy(port, PREFIX) as (address, asked):
        page = visit(address=address)
        page.locator("input[type=file]").last.set_input_files(clip)
        page.get_by_role("button", name="Analyze").click()
        page.locator(".hp:not(.hp-alone) .barlayer .point").first.wait_for()  # plotly draws
        page.wait_for_function("document.querySelector('.hp-video').readyState >= 2")
        with page.expect_download() as started:
            page.get_by_role("link", name="Segments").click()
        started.value.save_as(tmp_path / "segments.csv")
        assert (tmp_path / "segments.csv").read_text().startswith("person,action")
        page.get_by_role("link", name="Yoga").click()  # a page deeper in the path
        page.get_by_role("tab", name="Practice video").wait_for()
        assert page.url == f"{address}yoga"
        page.context.close()
    beside = {path for path, _ in asked if not path.startswith(PREFIX)}
    assert beside <= {"/favicon.ico"}  # the browser's own wish
    assert {status for path, status in asked if path.startswith(PREFIX)} <= {
        101,
        200,
        204,
        206,
        304,
    }
    for part in ("upload_file", "plotly", "harec/files"):
        assert [path for path, _ in asked if part in path], part
