"""The page where residents ask for a call-back: plain HTML, no script, English and Spanish."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from desk.limits import Limit, address_of
from desk.problems import problems_of
from desk.progress import Standing, told, zone_of
from desk.reception import KeyReused, Reception
from desk.routes import REQUESTS, limited, reference_of
from desk.texts import LANGUAGES, Texts, preferred, texts
from psl.details.lists import load_lists
from psl.errors import IllegalMove, NotYours
from psl.numbers import REFERRALS
from psl.referrals.intake import Request as Asked
from psl.referrals.models import Stage
from psl.services import Services

FOLDER: Final = Path(__file__).parent
FIELDS: Final = tuple(Asked.model_fields)

# A form that was open for longer is shown again with a new key.
FORM_SECONDS: Final = 24 * 3600
VIEWS_PER_MINUTE: Final = 120
_MOST_FIELDS: Final = 20

HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What somebody typed is on the page.
    "Cache-Control": "no-store",
}


class Tokens:
    """Signs the addresses of status pages and the keys of forms with the installation's key."""

    def __init__(self, key: bytes) -> None:
        """``key`` is the installation's."""
        digest = {"key_derivation": "hmac", "digest_method": sha256}
        self._pages = URLSafeSerializer(key, salt="request page", signer_kwargs=digest)
        self._forms = URLSafeTimedSerializer(key, salt="request form", signer_kwargs=digest)

    def of_page(self, number: str) -> str:
        """The token that opens a referral's page; its number alone opens nothing."""
        return str(self._pages.dumps(number))

    def number(self, token: str) -> str | None:
        """The number of the referral whose page this token opens."""
        try:
            number = self._pages.loads(token)
        except (BadSignature, ValueError):
            return None
        return number if isinstance(number, str) else None

    def new_form(self) -> str:
        """The key of a form: sent twice it makes one request."""
        return str(self._forms.dumps(secrets.token_hex(16)))

    def form_key(self, token: str) -> str | None:
        """The idempotency key of a form; None if it is forged or too old."""
        try:
            return f"page:{self._forms.loads(token, max_age=FORM_SECONDS)}"
        except (BadSignature, ValueError):
            return None


class Files(StaticFiles):
    """The page's files with its headers; they may be kept, but are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404 or 405."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS | {"Cache-Control": "no-cache"})
        return response


class Pages:
    """Fills the templates in."""

    def __init__(self, services: Services) -> None:
        """``services`` give the facts that the texts name."""
        self._services = services
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        settings, terms = services.settings, services.guide.terms
        self._languages = [each.name for each in load_lists(settings.guide_dir).languages]
        self._facts: dict[str, object] = {
            "days": settings.contact_days,
            "phone": terms["resident_phone"],
            "tty": terms["resident_tty"],
            "limit": _limit_of("note"),
        }

    def page(
        self, template: str, words: Texts, status: int = 200, **values: object
    ) -> HTMLResponse:
        """A page in one language."""

        facts = self._facts | {"promise": words.span(self._services.settings.promise_seconds)}

        def say(key: str) -> str:
            return words.say("page", key, **facts)

        def says(key: str) -> list[str]:
            return [line.format(**facts) for line in words.all["page"][key]]

        html = self._templates.get_template(template).render(
            say=say,
            says=says,
            lang=words.language,
            other=next(each for each in LANGUAGES if each != words.language),
            **values,
        )
        return HTMLResponse(html, status, HEADERS)

    def form(
        self,
        words: Texts,
        key: str,
        given: Mapping[str, str] | None = None,
        problems: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """The form, with what was typed and what is wrong with it."""
        language = {"es": "Spanish"}.get(words.language, "English")
        return self.page(
            "form.html",
            words,
            status,
            key=key,
            given=dict.fromkeys((*FIELDS, "consent"), "")
            | {"language": language, "preferred_contact": "phone"}
            | dict(given or {}),
            problems=problems or {},
            languages=self._languages,
            language_names=words.all["languages"],
            limits={name: _limit_of(name) for name in FIELDS},
        )

    def standing(
        self, words: Texts, token: str, standing: Standing, notice: str = "", status: int = 200
    ) -> HTMLResponse:
        """How a request stands; nothing of the resident but the county's clock is on it."""
        referral = standing.referral
        return self.page(
            "status.html",
            words,
            status,
            token=token,
            number=REFERRALS.shown(referral.number),
            state=words.say("statuses", referral.status),
            asked_at=words.when(referral.requested_at, zone_of(referral), standing.at),
            message=told(standing, self._services, words),
            notice=notice,
            may_cancel=referral.stage != Stage.CLOSED,
        )

    def plain(self, words: Texts, title: str, text: str, status: int) -> HTMLResponse:
        """A page that says one thing."""
        return self.page("plain.html", words, status, title=title, text=text)


def _limit_of(name: str) -> int | None:
    return next(
        (
            rule.max_length
            for rule in Asked.model_fields[name].metadata
            if getattr(rule, "max_length", None) is not None
        ),
        None,
    )


class Intake:
    """The pages' handlers."""

    def __init__(self, services: Services, reception: Reception, key: bytes) -> None:
        """``key`` is the installation's; it signs the addresses."""
        self._reception = reception
        self._tokens = Tokens(key)
        self._pages = Pages(services)
        self._phone = services.guide.terms["resident_phone"]
        self._views = Limit(RateLimitItemPerMinute(VIEWS_PER_MINUTE))
        self._asks = Limit(RateLimitItemPerHour(services.settings.resident_requests_per_hour))

    async def answer(self, request: Request) -> Response:
        """Any of the pages; whatever goes wrong is told as a page."""
        words = _texts_for(request)
        try:
            if not self._views.hit(address_of(request)):
                return self._too_many(words)
            return await self._answer(request, words)
        except HTTPException as error:
            said = words.error("too_large") if error.status_code == 413 else str(error.detail)
            return self._wrong(words, said, error.status_code)
        except Exception as error:
            REQUESTS.labels("page", "failed").inc()
            said = words.error("trouble", reference=reference_of(error))
            return self._wrong(words, said, 500)

    async def _answer(self, request: Request, words: Texts) -> Response:
        token = request.path_params.get("token")
        if token is None:
            if request.method != "POST":
                return self._pages.form(words, self._tokens.new_form())
            given = await _form(request)
            return await run_in_threadpool(self._ask, given, words, address_of(request))
        number = self._tokens.number(token)
        if number is None:
            return self._gone(words)
        handler = self._cancel if request.method == "POST" else self._see
        return await run_in_threadpool(handler, token, number, words)

    # Asking -----------------------------------------------------------------------------------

    def _ask(self, given: dict[str, str], words: Texts, address: str) -> Response:
        key = self._tokens.form_key(given.get("key", ""))
        problems = self._problems(given, words)
        if key is None:
            problems = {"form": words.error("stale"), **problems}
        # The same key again, so that a form that was sent, corrected and sent is one request.
        kept = given.get("key", "") if key is not None else self._tokens.new_form()
        if problems or key is None:
            REQUESTS.labels("page", "refused").inc()
            return self._pages.form(words, kept, given, problems, 422)
        if not self._asks.hit(address):
            REQUESTS.labels("page", "rate limited").inc()
            said = {"form": words.error("too_many", phone=self._phone)}
            return self._pages.form(words, kept, given, said, 429)
        asked = Asked.model_validate(_request_fields(given))
        try:
            standing, is_new = self._reception.request(asked, key)
        except KeyReused:
            # Back in the browser, then somebody else's data: another request.
            key = self._tokens.form_key(self._tokens.new_form())
            standing, is_new = self._reception.request(asked, key)
        REQUESTS.labels("page", "new" if is_new else "already").inc()
        if not is_new and standing.referral.idempotency_key != key:
            # Whoever knows a neighbour's phone number must not learn more of them here.
            title, text = words.say("page", "known_title"), words.say("page", "known")
            return self._pages.plain(words, title, text, 200)
        token = self._tokens.of_page(standing.referral.number)
        return RedirectResponse(f"/request/{token}?lang={words.language}", 303, HEADERS)

    @staticmethod
    def _problems(given: Mapping[str, str], words: Texts) -> dict[str, str]:
        fields = _request_fields(given)
        found: dict[str, str] = {}
        try:
            Asked.model_validate(fields)
        except ValidationError as error:
            told_ = problems_of(error.errors(include_url=False), words, fields)
            found = {problem.field: problem.message for problem in told_.detail}
        if given.get("website"):
            found["website"] = words.error("honeypot")
        if given.get("consent") != "yes":
            found["consent"] = words.error("consent")
        return found

    # One request ------------------------------------------------------------------------------

    def _see(self, token: str, number: str, words: Texts) -> Response:
        standing = self._standing(number)
        if standing is None:
            return self._gone(words)
        return self._pages.standing(words, token, standing)

    def _cancel(self, token: str, number: str, words: Texts) -> Response:
        standing = self._standing(number)
        if standing is None:
            return self._gone(words)
        try:
            self._reception.cancel(number)
        except IllegalMove:
            said = words.say("page", "cannot_cancel")
            return self._pages.standing(words, token, standing, said, 409)
        return RedirectResponse(f"/request/{token}?lang={words.language}", 303, HEADERS)

    def _standing(self, number: str) -> Standing | None:
        try:
            standing = self._reception.standing(number)
        except NotYours:
            return None
        return standing if standing.referral.wiped_at is None else None

    # Refusals ---------------------------------------------------------------------------------

    def _gone(self, words: Texts) -> Response:
        title, text = words.say("page", "gone_title"), words.say("page", "gone")
        return self._pages.plain(words, title, text, 404)

    def _too_many(self, words: Texts) -> Response:
        return self._wrong(words, words.error("too_many", phone=self._phone), 429)

    def _wrong(self, words: Texts, said: str, status: int) -> Response:
        return self._pages.plain(words, words.say("page", "wrong_title"), said, status)


def _request_fields(given: Mapping[str, str]) -> dict[str, str]:
    # A field that the browser left out is as one left empty.
    return {name: given.get(name, "") for name in FIELDS}


async def _form(request: Request) -> dict[str, str]:
    body = await Request(request.scope, limited(request.receive)).body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return dict(pairs)


def _texts_for(request: Request) -> Texts:
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        return texts(chosen)
    return texts(preferred(request.headers.get("accept-language")))


def add_to(app: FastAPI, services: Services, reception: Reception, key: bytes) -> None:
    """Serve ``/request``, ``/request/{token}`` and their files."""
    intake = Intake(services, reception, key)
    routes = APIRouter(include_in_schema=False, route_class=APIRoute)
    routes.add_route("/request", intake.answer, methods=["GET", "POST"])
    routes.add_route("/request/{token}", intake.answer, methods=["GET"])
    routes.add_route("/request/{token}/cancel", intake.answer, methods=["POST"])
    app.include_router(routes)
    app.mount("/desk", Files(directory=FOLDER / "static"), name="desk")
