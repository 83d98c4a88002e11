"""What the server answers over plain HTTP: the page, its files, and whether all is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from adapters.web.page import HEADERS, File, Page


def to_application(page: Page, *, is_ready: Callable[[], Awaitable[bool]]) -> web.Application:
    """Return a server without the WebSocket.

    Args:
        page: What is served.
        is_ready: Whether the program can take messages now.
    """

    async def show_page(request: web.Request) -> web.Response:
        language = page.choose_language(
            request.query.get("language"), request.headers.get("Accept-Language")
        )
        response = _to_response(request, page.render(language))
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language, Accept-Encoding"
        return response

    async def show_file(request: web.Request) -> web.Response:
        file = page.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return _to_response(request, file)

    async def tell_readiness(_: web.Request) -> web.Response:
        is_well = await is_ready()
        return web.json_response({"ready": is_well}, status=200 if is_well else 503)

    app = web.Application()
    app.on_response_prepare.append(_secure)
    app.router.add_get("/", show_page)
    app.router.add_get("/static/{name}", show_file)
    app.router.add_get("/healthz", _tell_health)
    app.router.add_get("/readyz", tell_readiness)
    return app


def _to_response(request: web.Request, file: File) -> web.Response:
    if any(known.value == file.tag for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(body=file.body, headers={"Content-Type": file.media_type})
        response.enable_compression()
    # Weak: compressed or not, it is the same file.
    response.headers["ETag"] = f'W/"{file.tag}"'
    return response


async def _tell_health(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _secure(_: web.BaseRequest, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
