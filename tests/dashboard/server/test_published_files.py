"""Addresses of files, wherever a proxy or Streamlit's setting puts the server."""

from urllib.parse import urljoin, urlsplit

import pytest
from starlette.routing import Match
from streamlit import config

from dashboard.server.published_files import PublicFiles, file_url, plotly_url, routes

PAGES = ("", "live", "yoga")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("base", ["", "harec", "a/b"])
@pytest.mark.parametrize("prefix", ["/", "/harec/", "/user/anna/proxy/8701/"])
def test_every_page_finds_the_files_below_any_path(monkeypatch, prefix, base, page):
    """``prefix``: what a proxy takes away; ``base``: ``server.baseUrlPath``."""
    option = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda key: base if key == "server.baseUrlPath" else option(key)
    )
    server = "/" + (f"{base}/" if base else "")
    served = routes(PublicFiles())
    for url in (plotly_url(), file_url("t0ken"), file_url("t0ken") + "?save"):
        seen = urlsplit(urljoin(f"https://host{prefix}{server[1:]}{page}", url)).path
        assert seen.startswith(prefix)
        scope = {"type": "http", "method": "GET", "path": "/" + seen.removeprefix(prefix)}
        assert [route.matches(scope)[0] for route in served].count(Match.FULL) == 1
