"""The page and its files, with headers that let the browser run nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"

# 'self' covers ws: and wss: of the same host.
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Asked for again each time, answered with 304: a new release is seen at once.
    "Cache-Control": "no-cache",
}


class PageFiles(StaticFiles):
    """Static files with the page's headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404 or 405."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def add_to(app: FastAPI) -> None:
    """Serve the page at `/` and its files under `/webchat`."""

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def show() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers=HEADERS)

    app.mount("/webchat", PageFiles(directory=STATIC), name="webchat")
