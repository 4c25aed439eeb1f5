"""A reverse proxy below a path that it takes away, as nginx's ``proxy_pass`` with a URI does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import aiohttp
from aiohttp import web

#: Of one connection, not of what is passed on (RFC 9110, 7.6.1).
_OWN = ("connection", "keep-alive", "transfer-encoding", "upgrade", "content-length")
_SESSION = web.AppKey("session", aiohttp.ClientSession)


@contextmanager
def stripping_proxy(port: int, prefix: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Pass on, until the block ends, what comes below ``prefix``; WebSockets, too.

    Args:
        port: of the server behind it, on localhost.
        prefix: such as ``/user/anna/``; everything beside it is not found.

    Yields:
        The proxy's address with its prefix, and what browsers have asked for so far: path, status.
    """
    asked: list[tuple[str, int]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        if not request.path.startswith(prefix):
            asked.append((request.path, 404))
            return web.Response(status=404, text="not here\n")
        target = f"http://127.0.0.1:{port}/{request.path_qs.removeprefix(prefix)}"
        if request.headers.get("upgrade", "").lower() == "websocket":
            asked.append((request.path, 101))
            return await _socket(request, target)
        return await _plain(request, target, asked)

    async def begin() -> tuple[web.AppRunner, int]:
        app = web.Application(client_max_size=1 << 30)
        app[_SESSION] = aiohttp.ClientSession(auto_decompress=False)
        app.on_cleanup.append(lambda app: app[_SESSION].close())
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner, runner.addresses[0][1]

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)  # playwright has this thread's own
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    runner, own_port = run(begin())
    try:
        yield f"http://127.0.0.1:{own_port}{prefix}", asked
    finally:
        run(runner.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _passed_on(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in _OWN]


async def _plain(
    request: web.Request, target: str, asked: list[tuple[str, int]]
) -> web.StreamResponse:
    async with request.app[_SESSION].request(
        request.method,
        target,
        headers=_passed_on(request.headers),
        data=await request.read(),
        allow_redirects=False,
    ) as far:
        asked.append((request.path, far.status))
        response = web.StreamResponse(status=far.status, headers=_passed_on(far.headers))
        await response.prepare(request)
        with suppress(ConnectionError):  # a browser that has enough of a video
            async for part in far.content.iter_chunked(1 << 16):
                await response.write(part)
            await response.write_eof()
        return response


async def _socket(request: web.Request, target: str) -> web.StreamResponse:
    protocols = tuple(request.headers.get("sec-websocket-protocol", "").replace(" ", "").split(","))
    headers = [
        (name, value)
        for name, value in _passed_on(request.headers)
        if not name.lower().startswith("sec-websocket")
    ]
    async with request.app[_SESSION].ws_connect(
        target, protocols=protocols, headers=headers, max_msg_size=0
    ) as far:
        near = web.WebSocketResponse(protocols=[far.protocol] if far.protocol else ())
        await near.prepare(request)
        passing = [asyncio.ensure_future(_pass(*ends)) for ends in ((near, far), (far, near))]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        await near.close()
        return near


async def _pass(source: Any, target: Any) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
