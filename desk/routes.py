"""A route for strangers: limits what they send, and never tells a log what it was."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client import Counter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive

from desk.problems import BODY, Problems, one, problems_of
from desk.texts import Texts, preferred, texts

log = structlog.get_logger()

MOST_BYTES: Final = 64 * 1024

REQUESTS = Counter(
    "psl_resident_requests_total",
    "Requests for a call-back by the door they came through",
    ["door", "outcome"],
)

_FIELDS: Final = {401: "Authorization", 404: "referral"}


def texts_for(request: Request) -> Texts:
    """The texts in the language that the caller prefers."""
    return texts(preferred(request.headers.get("accept-language")))


def limited(receive: Receive) -> Receive:
    """``receive`` that refuses a body beyond the limit, also one that does not tell its length."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413)
        return message

    return receive_some


def reference_of(error: Exception) -> str:
    """Log that something failed, and the reference to tell the caller.

    Only the kind of error: its message may quote the resident.
    """
    reference = uuid.uuid4().hex[:8]
    cause = getattr(error, "orig", None) or error
    log.error("request failed", reference=reference, error=type(cause).__name__)
    return reference


def as_json(status: int, problems: Problems, headers: dict[str, str] | None = None) -> Response:
    """Problems as the answer."""
    return JSONResponse(problems.model_dump(), status, headers)


class ApiRoute(APIRoute):
    """Answers everything that goes wrong with ``{"detail": [{"field", "message"}]}``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, guarded."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            words = texts_for(request)
            try:
                return await handler(Request(request.scope, limited(request.receive)))
            except RequestValidationError as error:
                REQUESTS.labels("api", "refused").inc()
                given = error.body if isinstance(error.body, dict) else {}
                return as_json(422, problems_of(error.errors(), words, given))
            except HTTPException as error:
                message = words.error("too_large") if error.status_code == 413 else error.detail
                problem = one(_FIELDS.get(error.status_code, BODY), message)
                return as_json(error.status_code, problem, dict(error.headers or {}))
            except Exception as error:
                REQUESTS.labels("api", "failed").inc()
                reference = reference_of(error)
                return as_json(500, one(BODY, words.error("trouble", reference=reference)))

        return guarded
