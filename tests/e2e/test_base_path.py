"""The dashboard below a path of its own setting."""

from __future__ import annotations

import urllib.request

import pytest

from dashboard.server.published_files import plotly_url

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_below_streamlits_own_base_path(run_server, tmp_path):
    with (
        run_server(tmp_path, base="our/harec") as server,
        urllib.request.urlopen(f"{server.address}/{plotly_url()}", timeout=30) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
