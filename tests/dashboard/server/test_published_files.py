"""Addresses of files, wherever a proxy or Streamlit's setting puts the server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.routing import Match
from streamlit import config

from dashboard.server.published_files import PublicFiles, file_url, plotly_url, routes
from harec.core.errors import InputError

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


def test_a_file_is_made_when_it_is_first_asked_for(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("made")

    def refuse(path: Path) -> None:
        raise InputError("There is nothing to make.")

    def ask(token: str):
        request = SimpleNamespace(path_params={"token": token}, query_params={})
        with ThreadPoolExecutor(1) as pool:  # a browser's loop may run in this thread
            return pool.submit(lambda: asyncio.run(files.respond(request))).result()

    files = PublicFiles()
    good = files.publish(tmp_path / "a.txt", "a.txt", "text/plain", make)
    bad = files.publish(tmp_path / "b.txt", "b.txt", "text/plain", refuse)
    assert made == []
    assert [ask(good).status_code for _ in range(2)] == [200, 200]
    assert made == [tmp_path / "a.txt"]
    answer = ask(bad)
    assert (answer.status_code, answer.body) == (422, b"There is nothing to make.")
