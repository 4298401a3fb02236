"""The page for residents: what it says, what it keeps, and what it tells nobody."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text, update
from structlog.testing import capture_logs

from desk.intake import FOLDER
from desk.texts import LANGUAGES, Texts, texts
from psl.referrals.models import Referral
from psl.referrals.rules import Outcome
from tests.desk.conftest import PAT, PRIVATE, Desk

FORM = {name: value for name, value in PAT.items()} | {"note": "", "consent": "yes", "website": ""}


class Controls(HTMLParser):
    """The form controls of a page, its labels and ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.controls: list[dict[str, str | None]] = []
        self.labelled: set[str] = set()
        self.ids: set[str] = set()
        self._in_label = False
        self.wrapped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids |= {str(found["id"])} if "id" in found else set()
        if tag == "label":
            self._in_label = True
            self.labelled |= {str(found["for"])} if "for" in found else set()
        if tag in {"input", "select", "textarea"} and found.get("type") != "hidden":
            self.controls.append(found | {"wrapped": "yes" if self._in_label else None})

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label = False


def key_of(page: httpx.Response) -> str:
    """The key of a form."""
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found
    return found[1]


def send(desk: Desk, lang: str = "en", key: str | None = None, **changed: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    key = key or key_of(desk.http.get("/request"))
    return desk.http.post(f"/request?lang={lang}", data=FORM | {"key": key} | changed)


def count(desk: Desk) -> int:
    """How many referrals there are."""
    with desk.services.database.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM referral")) or 0)


# The form -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accepted", "lang", "title"),
    [
        ("", None, "en", "Get a call from a licensed agent"),
        ("", "es-US,es;q=0.9,en;q=0.8", "es", "Pida que le llame un agente con licencia"),
        ("", "de", "en", "Get a call from a licensed agent"),
        ("?lang=es", "en", "es", "Pida que le llame un agente con licencia"),
        ("?lang=en", "es", "en", "Get a call from a licensed agent"),
        ("?lang=xx", "es", "es", "Pida que le llame un agente con licencia"),
    ],
)
def test_the_form_is_in_the_residents_language(
    office: Desk, query: str, accepted: str | None, lang: str, title: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    page = office.http.get(f"/request{query}", headers=headers)
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text
    assert title in page.text
    assert "30 min" in page.text
    assert "855-459-6328" in page.text


def test_the_page_runs_nothing_and_is_framed_by_nobody(office: Desk) -> None:
    for path in ("/request", "/request/none", "/desk/request.css"):
        headers = office.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert headers["referrer-policy"] == "no-referrer"
    assert "no-store" in office.http.get("/request").headers["cache-control"]
    page = office.http.get("/request").text
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", page)


@pytest.mark.parametrize("sent", [{}, {"phone": "1", "zip": "x", "consent": ""}])
def test_every_control_has_a_label_and_its_descriptions(office: Desk, sent: dict[str, str]) -> None:
    page = send(office, **sent) if sent else office.http.get("/request")
    found = Controls(page.text)
    assert len(found.controls) == 12
    for control in found.controls:
        assert control["wrapped"] or control["id"] in found.labelled
        for described in (control.get("aria-describedby") or "").split():
            assert described in found.ids
    wrong = [c["name"] for c in found.controls if c.get("aria-invalid") == "true"]
    assert wrong == (["zip", "phone", "consent"] if sent else [])


def test_both_languages_have_the_same_texts() -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        if isinstance(value, list):
            return [shape(each) for each in value]
        return sorted(re.findall(r"{\w+}", str(value)))

    english, spanish = (
        shape({k: v for k, v in texts(each).all.items() if k != "languages"}) for each in LANGUAGES
    )
    assert english == spanish
    names = {each.name for each in _languages()}
    for each in LANGUAGES:
        assert set(Texts(each).all["languages"]) <= names


def _languages() -> Any:
    from psl.details.lists import load_lists
    from psl.settings import PROJECT_ROOT

    return load_lists(PROJECT_ROOT / "data" / "guide").languages


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_are_readable(scheme: int) -> None:
    css = (FOLDER / "static" / "request.css").read_text()
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css)
    half = len(found) // 2
    colours = dict(found[:half] if not scheme else found[half:])

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        bright, dark = sorted((light(colours[one]), light(colours[other])), reverse=True)
        return (bright + 0.05) / (dark + 0.05)

    for on_page in ("text", "soft", "action", "wrong"):
        assert contrast(on_page, "page") >= 4.5
    assert contrast("text", "card") >= 4.5
    assert contrast("on-action", "action") >= 4.5
    assert contrast("line", "page") >= 3


# What is wrong ------------------------------------------------------------------------------------


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(office: Desk) -> None:
    typed = '<b>"Pat"</b>'
    page = send(office, first_name=typed, phone="12", consent="", language="Somali", note="a\nb")
    assert page.status_code == 422
    assert "<b>" not in page.text
    assert 'value="&lt;b&gt;&#34;Pat&#34;&lt;/b&gt;"' in page.text
    assert re.search(
        r'id="phone-problem">This is no phone number.*?<input id="phone"', page.text, re.S
    )
    assert 'id="consent-problem"' in page.text
    assert 'value="12"' in page.text
    assert '<option value="Somali" selected>' in page.text
    assert ">\na\nb</textarea>" in page.text
    assert count(office) == 0


def test_errors_are_told_in_spanish(office: Desk) -> None:
    page = send(office, lang="es", email="x", preferred_contact="email", phone="")
    assert "No es una dirección de correo electrónico" in page.text
    assert '<html lang="es">' in page.text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"consent": ""}, "We need your agreement"),
        ({"consent": "no"}, "We need your agreement"),
        ({"website": "http://spam.example"}, "Please leave this field empty"),
        ({"key": "forged"}, "open for long"),
        ({"zip": ""}, "This is needed"),
        ({"preferred_contact": "pigeon"}, "Choose phone, text or email"),
    ],
)
def test_what_may_not_pass_is_refused_with_a_reason(
    office: Desk, changed: dict[str, str], message: str
) -> None:
    page = send(office, **changed)
    assert page.status_code == 422
    assert message in page.text
    assert count(office) == 0


def test_a_refused_form_can_be_sent_again(office: Desk) -> None:
    refused = send(office, key="forged")
    again = office.http.post("/request", data=FORM | {"key": key_of(refused)})
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"\xff\xfe", 400), (b"&".join(b"a=1" for _ in range(50)), 400), (b"a=" + b"x" * 70_000, 413)],
)
def test_what_is_no_form_gets_a_page(office: Desk, content: bytes, status: int) -> None:
    page = office.http.post("/request", content=content)
    assert page.status_code == status
    assert "<h1>Something went wrong</h1>" in page.text


def test_one_address_may_ask_so_often(open_desk: Any, sqlite_url: str) -> None:
    with open_desk(sqlite_url, resident_requests_per_hour=2) as office:
        statuses = [send(office, phone=f"502-555-010{n}").status_code for n in range(3)]
        assert statuses == [303, 303, 429]
        page = send(office, phone="502-555-0109")
        assert "855-459-6328" in page.text
        assert 'value="502-555-0109"' in page.text
        assert count(office) == 2


# After it -----------------------------------------------------------------------------------------


def test_a_request_leads_to_its_page_and_can_be_cancelled(each_desk: Desk) -> None:
    each_desk.od.agent("robin")
    sent = send(each_desk)
    assert sent.status_code == 303
    address = sent.headers["location"]
    page = each_desk.http.get(address)
    assert "An agent will call you by 10:30 AM Eastern." in page.text
    assert "Waiting for an agent" in page.text
    assert not [word for word in (*PRIVATE, "Rowan") if word in page.text]
    cancelled = each_desk.http.post(f"{urlsplit(address).path}/cancel")
    assert cancelled.status_code == 303
    page = each_desk.http.get(cancelled.headers["location"])
    assert "Your request was cancelled" in page.text
    assert "/cancel" not in page.text
    assert each_desk.od.is_sound()


def test_the_page_speaks_spanish_too(office: Desk) -> None:
    office.od.agent("robin", languages="Spanish")
    sent = send(office, lang="es", language="Spanish")
    page = office.http.get(sent.headers["location"])
    assert "Un agente le llamará a más tardar a las 10:30 a. m. (hora del Este)." in page.text


def test_sending_a_form_twice_makes_one_request(each_desk: Desk) -> None:
    key = key_of(each_desk.http.get("/request"))
    first, second = send(each_desk, key=key), send(each_desk, key=key)
    assert first.headers["location"] == second.headers["location"]
    assert count(each_desk) == 1


def test_going_back_and_asking_for_somebody_else_makes_another(office: Desk) -> None:
    key = key_of(office.http.get("/request"))
    first = send(office, key=key)
    second = send(office, key=key, first_name="Sam", phone="502-555-0144")
    assert second.status_code == 303
    assert first.headers["location"] != second.headers["location"]
    assert count(office) == 2


def test_who_knows_a_phone_number_learns_nothing_of_its_request(office: Desk) -> None:
    office.od.agent("robin")
    send(office)
    page = send(office, first_name="Nosy", last_name="Neighbour")
    assert page.status_code == 200
    assert "We have a request already" in page.text
    assert "R-" not in page.text
    assert "10:30" not in page.text
    assert "/cancel" not in page.text
    assert count(office) == 1


def test_only_a_signed_address_opens_a_page(office: Desk) -> None:
    address = urlsplit(send(office).headers["location"]).path
    with office.services.database.reading() as session:
        number = session.scalar(text("SELECT number FROM referral"))
    token = address.rsplit("/", 1)[1]
    forms = key_of(office.http.get("/request"))
    for wrong in (f"R-{number[:4]}-{number[4:]}", number, token[:-1], token + "x", forms):
        assert office.http.get(f"/request/{wrong}").status_code == 404
        assert office.http.post(f"/request/{wrong}/cancel").status_code == 404
    assert office.http.get(address).status_code == 200


def test_a_page_ends_when_the_data_are_removed(office: Desk) -> None:
    address = send(office).headers["location"]
    with office.services.database.transaction() as session:
        session.execute(update(Referral).values(wiped_at=office.od.clock()))
    assert office.http.get(address).status_code == 404


def test_what_has_ended_cannot_be_cancelled(office: Desk) -> None:
    office.od.agent("robin")
    address = urlsplit(send(office).headers["location"]).path
    with office.services.database.reading() as session:
        number = str(session.scalar(text("SELECT number FROM referral")))
    office.accept("robin", number)
    office.od.referrals.complete(office.od.names["robin"], number, Outcome.ENROLLED)
    answer = office.http.post(f"{address}/cancel")
    assert answer.status_code == 409
    assert "nothing to cancel" in answer.text


def test_a_failure_is_told_kindly_and_the_log_has_no_data(office: Desk) -> None:
    key = key_of(office.http.get("/request"))
    with office.services.database.transaction() as session:
        session.execute(text("ALTER TABLE referral RENAME TO elsewhere"))
    with capture_logs() as logs:
        page = send(office, key=key)
    assert page.status_code == 500
    assert "Our reference is" in page.text
    assert "OperationalError" in str(logs)
    assert not [word for word in PRIVATE if word in str(logs)]


# In a browser -------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_in_a_narrow_browser_by_keyboard_alone(office: Desk, scripts: bool) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium")
    office.od.agent("robin")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 320, "height": 640}, java_script_enabled=scripts, locale="en-US"
        )
        page.goto(f"{office.http.base_url}/request")

        def fits() -> bool:
            box = page.locator("main").bounding_box()
            return bool(box) and box["x"] >= 0 and box["x"] + box["width"] <= 320

        assert fits()
        page.get_by_label("First name").focus()
        for value in ("Pat", "Poplar", "40202", None, None, "502-555-0187"):
            if value is not None:
                page.keyboard.type(value)
            page.keyboard.press("Tab")
        page.get_by_role("button", name="Ask for a call").press("Enter")
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("First name").input_value() == "Pat"
        assert page.get_by_label("Phone", exact=False).nth(1).input_value() == "502-555-0187"
        assert fits()
        page.get_by_label("I agree that").check()
        page.get_by_role("button", name="Ask for a call").press("Enter")
        page.get_by_text("An agent will call you by 10:30 AM Eastern.").wait_for()
        assert fits()
        page.get_by_text("Cancel my request").click()
        page.get_by_role("button", name="Yes, cancel it").click()
        page.get_by_text("Your request was cancelled").wait_for()
        browser.close()
    assert count(office) == 1
