"""The page and its files over plain HTTP."""

from __future__ import annotations

from aiohttp import web

from adapters.http import Site
from adapters.web.page import File, Page


def add_files(site: Site, page: Page) -> None:
    """Have a server show the page."""

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

    site.add("GET", "/", show_page)
    site.add("GET", "/static/{name}", show_file)


def _to_response(request: web.Request, file: File) -> web.Response:
    if any(known.value == file.tag for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(body=file.body, headers={"Content-Type": file.media_type})
        response.enable_compression()
    # Weak: compressed or not, it is the same file.
    response.headers["ETag"] = f'W/"{file.tag}"'
    return response
