"""The JSON API for residents' requests: make one, see how it stands, cancel it."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from limits import RateLimitItemPerMinute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as Refused

from desk.auth import Door
from desk.limits import Limit
from desk.problems import Problems, one
from desk.progress import Standing, is_waiting, told, told_again
from desk.reception import KeyReused, Reception
from desk.routes import REQUESTS, ApiRoute, as_json, texts_for
from desk.texts import Texts
from psl.errors import IllegalMove, NotYours
from psl.numbers import REFERRALS, is_plausible
from psl.referrals.intake import Request as Asked
from psl.referrals.models import OfferKind, Status
from psl.services import Services

PATH: Final = "/api/on-demand/requests"

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problems, "description": "No key, or a wrong one"},
    429: {"model": Problems, "description": "Too many requests; see Retry-After"},
}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Problems, "description": "No such referral, or its number is mistyped"}
}


class RequestStanding(BaseModel):
    """How a request stands. It holds no data of the resident or of an agent."""

    referral: str = Field(examples=["R-4821-7308"])
    status: Status
    type: OfferKind | None = Field(description="General or Mass; null before it was offered")
    waiting: bool = Field(description="nobody is on duty; `expected_from` says when somebody is")
    message: str = Field(description="the truth for the resident, in the time zone of their ZIP")
    requested_at: datetime
    promised_by: datetime = Field(description="a call is promised by then, if agents are on duty")
    expected_from: datetime | None
    accepted_at: datetime | None
    closed_at: datetime | None


class RequestMade(RequestStanding):
    """A request that was made now, or was there already."""

    already: bool = Field(description="the resident had asked before; nothing new was made")


class RequestCancelled(RequestStanding):
    """A cancelled request."""

    already: bool = Field(description="it had been cancelled before")


def router(services: Services, reception: Reception, door: Door) -> APIRouter:
    """The routes of ``/api/on-demand/requests``."""
    limit = Limit(RateLimitItemPerMinute(services.settings.api_requests_per_minute))

    def caller(name: str = Depends(door)) -> str:
        if not limit.hit(name):
            REQUESTS.labels("api", "rate limited").inc()
            raise HTTPException(
                429,
                "Too many requests with this key. Send them more slowly.",
                {"Retry-After": str(limit.seconds)},
            )
        return name

    routes = APIRouter(
        prefix=PATH,
        route_class=ApiRoute,
        dependencies=[Depends(caller)],
        responses=_REFUSALS,
        tags=["On Demand requests"],
    )

    @routes.post(
        "",
        status_code=201,
        response_model=RequestMade,
        responses={
            200: {"model": RequestMade, "description": "The resident had asked already"},
            413: {"model": Problems, "description": "Too long"},
            422: {"model": Problems, "description": "What is wrong, field by field"},
        },
    )
    def make(
        asked: Asked,
        request: Request,
        response: Response,
        name: str = Depends(caller),
        idempotency_key: Annotated[
            str | None,
            Header(description="the same key with the same request gives the same referral"),
        ] = None,
    ) -> Any:
        """Ask for a call-back. An agent is looked for before the answer is given.

        A second request with the same `Idempotency-Key`, or with the phone number of an open
        request, makes no new referral.
        """
        texts = texts_for(request)
        if idempotency_key is not None and not 0 < len(idempotency_key) <= 255:
            return as_json(422, one("Idempotency-Key", texts.error("key_length")))
        try:
            standing, is_new = reception.request(asked, _own_key(name, idempotency_key))
        except KeyReused:
            REQUESTS.labels("api", "refused").inc()
            return as_json(422, one("Idempotency-Key", texts.error("key_reused")))
        REQUESTS.labels("api", "new" if is_new else "already").inc()
        shown = _shown(standing, services, texts)
        if not is_new:
            shown["message"] = f"{told_again(standing, texts)} {shown['message']}"
        response.status_code = 201 if is_new else 200
        response.headers["Location"] = f"{PATH}/{shown['referral']}"
        return RequestMade(**shown, already=not is_new)

    @routes.get("/{referral}", responses=_UNKNOWN)
    def see(referral: str, request: Request) -> RequestStanding:
        """How a request stands."""
        texts = texts_for(request)
        try:
            standing = reception.standing(_number(referral, texts))
        except NotYours as error:
            raise _unknown(referral, texts) from error
        return RequestStanding(**_shown(standing, services, texts))

    @routes.delete(
        "/{referral}",
        response_model=RequestCancelled,
        responses=_UNKNOWN | {409: {"model": Problems, "description": "It has ended already"}},
    )
    def cancel(referral: str, request: Request) -> Any:
        """Cancel a request. The agents who were asked are told; doing it twice is harmless."""
        texts = texts_for(request)
        number = _number(referral, texts)
        try:
            standing, done = reception.cancel(number)
        except NotYours as error:
            raise _unknown(referral, texts) from error
        except IllegalMove:
            status = reception.standing(number).referral.status
            said = texts.error("cannot_cancel", status=texts.say("statuses", status))
            return as_json(409, one("referral", said))
        return RequestCancelled(**_shown(standing, services, texts), already=not done)

    return routes


def _shown(standing: Standing, services: Services, texts: Texts) -> dict[str, Any]:
    referral = standing.referral
    return {
        "referral": REFERRALS.shown(referral.number),
        "status": referral.status,
        "type": standing.kind,
        "waiting": is_waiting(referral),
        "message": told(standing, services, texts),
        "requested_at": referral.requested_at,
        "promised_by": referral.promised_by,
        "expected_from": referral.expected_from,
        "accepted_at": referral.accepted_at,
        "closed_at": referral.closed_at,
    }


def _number(typed: str, texts: Texts) -> str:
    number = REFERRALS.read(typed)
    if number is None:
        raise Refused(404, texts.error("not_a_number"))
    if not is_plausible(number):
        raise Refused(404, texts.error("mistyped_referral", referral=REFERRALS.shown(number)))
    return number


def _unknown(typed: str, texts: Texts) -> Refused:
    shown = REFERRALS.shown(REFERRALS.read(typed) or "")
    return Refused(404, texts.error("unknown_referral", referral=shown))


def _own_key(caller: str, key: str | None) -> str | None:
    """One caller's keys apart from another's, and of one length."""
    return None if key is None else sha256(f"{caller}\n{key}".encode()).hexdigest()
