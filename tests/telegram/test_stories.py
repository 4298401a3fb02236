"""Whole stories over Telegram, with the whole product in a process of its own.

People say, press and send as people do, and only what their chat shows is looked at; at the end of
a story also whether Telegram was asked for anything it does not take, and whether anything private
was stored or logged. Each story has agents of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channels.telegram import words
from psl.numbers import TICKETS, is_plausible
from tests.conversations.test_privacy_everywhere import assert_clean
from tests.pictures import screenshot
from tests.telegram.assistant import SECONDS, Assistant, Person
from tests.telegram.bot_api import BotApi
from tests.telegram.chats import Shown

pytestmark = pytest.mark.slow

SSN = "219-09-9999"
# What only the agent who accepted may see, and no log.
RESIDENT = ("Lopez", "502-555", "maria@example.org")
# One window of five seconds fits into the promise; what is not taken then is Mass.
SHORT = {
    "PSL_ACCEPT_SECONDS": "5",
    "PSL_CALL_MARGIN_SECONDS": "3",
    "PSL_PROMISE_SECONDS": "10",
}
# A language that nobody here speaks: the referral is Mass at once.
MASS = {"language": "Vietnamese"}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with BotApi() as api:
        made = Assistant(api, tmp_path_factory.mktemp("stories"))
        yield made
        made.close()


@pytest.fixture
def assistant(product: Assistant) -> Iterator[Assistant]:
    yield product
    product.settle()
    assert product.api.violations == []
    log = product.log
    assert_clean(product.data, [SSN, SSN.replace("-", "")], log=log)
    assert [word for word in RESIDENT if word in log] == []


def test_a_ticket_from_the_first_word_to_its_number(assistant: Assistant) -> None:
    assistant.runs()
    robin = assistant.guest("Robin")
    robin.user.start()
    robin.sees("I'm the PSL Assistant")
    robin.user.start(assistant.link_code("611236"))
    robin.sees("Linked. You are Carmen Dunmore")
    error = robin.says(
        f"dashboard of agent portal is blank after login, client's ssn is {SSN}, "
        "case 118600001, pls open a ticket",
        "What error do you get",
    )
    robin.sees("I removed a Social Security number")
    robin.presses(error, "Doesn't apply", "Which browser")
    robin.says("edge", "How many members")
    robin.user.photo(screenshot())
    pictured = robin.sees("The screenshot is with this ticket")
    assert "How many members" in pictured.text
    members = robin.says("one member", "Members affected: 1")
    tried = robin.presses(members, "Doesn't apply", "What have you tried")
    review = robin.says("restarted the browser", "Is this right")
    for told in ("118600001", "Edge", "Members affected: 1", "1 screenshot", "[SSN removed]"):
        assert told in review.text, review.text
    done = robin.presses(review, "Submit", "Your ticket number is")
    number = re.search(r"<code>(T-\d{4}-\d{4})</code>", done.html)
    assert number, done.html
    assert is_plausible(TICKETS.read(number[1]) or "")
    robin.sees_change(review, "✓ Submit$")
    assert not robin.user.message(tried.id).titles
    listed = robin.says("my tickets", "Your tickets")
    assert f"{number[1]} (Submitted), …0001, 1 screenshot" in listed.text
    assert "118600001" not in listed.text
    assert SSN not in robin.everything


def test_a_registration_then_a_pause_and_back(assistant: Assistant) -> None:
    assistant.runs()
    gael = assistant.agent("Gael", "611384", registered=False)
    agree = gael.says("/register", "(?s)1 of 3.*Do you agree")
    for met in ("✓ Active licence", "✓ My Purpose", "✓ Contact information confirmed"):
        assert met in agree.text
    gael.presses(agree, "I agree", "2 of 3")
    gael.says("text me, and i speak spanish too", "Languages: English, Spanish")
    back = gael.says(
        "mon-thu 830 to 5ish, lunch noon-1, fri til noon, no weekends", "not registered yet"
    )
    assert "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM\nFri 8:30 AM–noon" in back.text
    gael.presses(back, "Save", "You are registered for kynect On Demand")
    gael.sees_change(back, "✓ Save$")
    mine = gael.says("/availability", "You are registered")
    assert "text message to 502-555-0132" in mine.text
    assert {"Change hours", "Out of office"} <= set(mine.titles)
    gael.says("pause me today", "You are out of office from")
    paused = gael.says("/availability", "You are out of office now")
    gael.presses(paused, "I'm back", "Welcome back")
    assert "out of office" not in gael.says("/availability", "You are registered").text.lower()


def test_a_referral_from_its_offer_to_complete(assistant: Assistant) -> None:
    assistant.runs()
    ada, bo = assistant.agent("Ada", "610200"), assistant.agent("Bo", "610237")
    number = assistant.request(
        preferred_contact="email", email="maria@example.org", note=f"after five. ssn {SSN}"
    )
    offer = ada.sees(f"General referral {number} for you")
    assert "Jefferson County" in offer.text
    assert "15 minutes" in offer.text
    assert not [word for word in RESIDENT if word in ada.everything]
    card = ada.presses(offer, "Accept", "is yours: Pending → In Progress")
    for told in ("Maria Lopez", "E-mail maria@example.org (preferred)", "after five"):
        assert told in card.text
    ada.sees_change(offer, "✓ Accept$")
    tried = ada.presses(card, "No answer", f"{number}: try 1 of 3")
    ada.sees_change(card, "✓ No answer$")
    ended = ada.presses(tried, "Complete", f"How did {number} end")
    done = ada.presses(ended, "Enrolled", f"{number} is Complete, outcome “Enrolled”")
    ada.sees_change(ended, "✓ Enrolled$")
    dead = [(offer, "Reject"), (card, "Hand back"), (card, "Complete"), (ended, "Not interested")]
    assert told_beside(assistant, ada, *dead) == [words.EARLIER] * len(dead)
    assert ada.user.last.id == done.id
    assert assistant.referral(number).outcome == "Enrolled"
    assert number not in bo.everything
    assert not [word for word in RESIDENT if word in bo.everything]
    assert assistant.api.unanswered == []


def test_a_mass_referral_has_one_winner(assistant: Assistant) -> None:
    assistant.runs()
    ada, bo, cy = (
        assistant.agent(name, doi)
        for name, doi in (("Ada", "610274"), ("Bo", "610311"), ("Cy", "610348"))
    )
    number = assistant.request(**MASS)
    offers = {p.chat: p.sees(f"Mass referral {number}") for p in (ada, bo, cy)}
    assert all(offer.titles == ["Accept", "Reject"] for offer in offers.values())
    with assistant.api.held() as on_its_way:
        cy.user.press(offers[cy.chat], "Accept")
    bo.presses(offers[bo.chat], "Accept", f"{number} is yours")
    bo.sees("Maria Lopez")
    for loser in (ada, cy):
        changed = loser.sees_change(offers[loser.chat], "is taken: another agent accepted it first")
        assert loser.user.last.id == changed.id
    assistant.api.queue(on_its_way)
    late = cy.sees("Another agent accepted", offers[cy.chat])
    assert "not a miss" in late.text
    ada.user.press_data(offers[ada.chat].id, offers[ada.chat].data("Accept"))
    ada.sees("Another agent accepted", offers[ada.chat])
    assert "Lopez" not in ada.everything + cy.everything
    assert assistant.referral(number).holder_id == bo.agent_id
    assert assistant.api.unanswered == []


def test_who_blocked_the_bot_is_passed_over_without_a_miss(assistant: Assistant) -> None:
    assistant.runs()
    near, far = assistant.agent("Near", "610940"), assistant.agent("Far", "610607")
    # Telegram has not told yet, so the offer goes there first.
    with assistant.api.held():
        near.user.block()
    number = assistant.request()
    far.user.shows(f"General referral {number} for you", 5.0)
    assert number not in near.everything
    near.user.unblock()
    near.user.start()
    near.sees("I'm the PSL Assistant", near.user.last)
    near.says("how many misses do i have", "Missed referrals in a row: 0")
    again = assistant.request()
    assert near.sees(f"General referral {again}").titles == ["Accept", "Reject"]


def test_what_telegram_does_not_take_comes_again(assistant: Assistant) -> None:
    assistant.runs()
    ada, bo, cy = (
        assistant.agent(name, doi)
        for name, doi in (("Ada", "610422"), ("Bo", "610496"), ("Cy", "610533"))
    )
    api = assistant.api
    api.drop("sendMessage", after_processing=True, hang=60, chat=ada.user.id)
    api.fail("sendMessage", status=429, retry_after=1, chat=bo.user.id)
    api.fail("sendMessage", status=502, body="<h1>Bad Gateway</h1>", chat=cy.user.id)
    number = assistant.request(**MASS)
    first = ada.sees(f"Mass referral {number}")
    others = {p.chat: p.sees(f"Mass referral {number}") for p in (bo, cy)}
    second = ada.user.shows(f"Mass referral {number}", 40.0, after=first)
    assert first.titles == second.titles == ["Accept", "Reject"]
    card = ada.presses(second, "Accept", f"{number} is yours")
    for loser in (bo, cy):
        loser.sees_change(others[loser.chat], "is taken")
    # The bot was not told of the first copy, but does know what its button means.
    ada.presses(first, "Accept", f"Already yours: {number}")
    for copy in (first, second):
        ada.sees_change(copy, "✓ Accept$")
    ada.sees_change(card, f"{number} is yours")
    assert [m.titles for m in ada.user.messages()[-4:]] == [[], [], [], card.titles]
    assert accepted(assistant, number) == 1


def test_a_process_that_is_killed_loses_nothing(assistant: Assistant) -> None:
    assistant.runs()
    ada = assistant.agent("Ada", "610570")
    assistant.api.drop("sendMessage", after_processing=True, hang=60, chat=ada.user.id)
    number = assistant.request()
    # Telegram has shown it, and the process has not noted that.
    first = ada.sees(f"General referral {number}")
    assistant.kill()
    assistant.api.heal()
    assert [n.delivered_at for n in assistant.notices(ada, "offer:")] == [None]
    assistant.runs(SHORT)
    assistant.end_leases(ada)
    second = ada.sees(f"General referral {number}", after=first)
    ada.presses(first, "Accept", f"{number} is yours")
    ada.sees_change(first, "✓ Accept$")
    ada.sees_change(second, f"General referral {number}")
    # Pressed in an app that still showed them: once it is explained, then they are dead.
    ada.user.press_data(second.id, second.data("Accept"))
    ada.sees(f"Already yours: {number}", second)
    dead = [(second, "Accept"), (second, "Reject")]
    assert told_beside(assistant, ada, *dead) == [words.EARLIER] * len(dead)
    assert accepted(assistant, number) == 1
    assert ada.everything.count(f"{number} is yours") == 1


def test_what_waited_for_a_day_is_answered_in_its_order_and_once(assistant: Assistant) -> None:
    assistant.runs(SHORT)
    ada, bo = assistant.agent("Ada", "610644", registered=False), assistant.guest("Bo")
    before = ada.user.last
    assistant.stop()
    with assistant.api.held() as missed:
        ada.user.press(before, "What can you do?")
        ada.user.say(f"ticket: dashboard is blank in edge, her ssn is {SSN}")
        ada.user.say("error AP-77, case 118600002")
        bo.user.say("what is PSL's number")
        ada.user.say("show me the draft")
    came = [*missed, missed[0], missed[2]]
    random.Random(8).shuffle(came)
    assistant.api.queue(came, dated=timedelta(hours=23, minutes=50))
    assistant.runs(SHORT)
    draft = ada.sees("So far:")
    bo.sees("(?s)I was away.*326-4650")
    assistant.api.drained(SECONDS)
    told = [m.text for m in ada.user.messages() if m.id > before.id]
    assert sum("I was away" in text for text in told) == 1
    wanted = ("I can also", "I was away", "I started a ticket draft", "AP-77", "So far:")
    found = [next(n for n, text in enumerate(told) if part in text) for part in wanted]
    assert found == sorted(found), told
    assert all(
        sum(part in text for text in told) == 1 for part in ("I started a ticket", "I can also")
    )
    for part in ("Error: AP-77", "118600002", "[SSN removed]"):
        assert part in draft.text
    assert len([m for m in bo.user.messages() if "326-4650" in m.text]) == 1


def test_three_misses_and_register_again(assistant: Assistant) -> None:
    assistant.runs(SHORT)
    ada = assistant.agent("Ada", "610385")
    number = assistant.request()
    first = ada.sees(f"General referral {number}")
    ada.sees("It counts as missed: 1 in a row")
    ada.sees_change(first, words.OVER)
    mass = ada.sees(f"Mass referral {number}", after=first)
    assert mass.titles == ["Accept", "Reject"]
    later = [assistant.request() for _ in range(2)]
    for offered in later:
        ada.sees(f"General referral {offered}")
    ada.sees("It counts as missed: 3 in a row")
    out = ada.sees("You are de-registered from kynect On Demand")
    ada.presses(mass, "Accept", "not registered")
    assert "Lopez" not in ada.everything
    agree = ada.presses(out, "Register again", "(?s)You can register again.*Do you agree")
    ada.sees_change(out, "✓ Register again$")
    save = ada.presses(agree, "I agree", "not registered yet")
    ada.presses(save, "Save", "registered for kynect On Demand again")
    ada.says("how many misses do i have", "Missed referrals in a row: 0")
    number = assistant.request(first_name="Ana")
    offer = ada.sees(f"General referral {number}")
    ada.presses(offer, "Accept", "Ana Lopez")


# Helpers ------------------------------------------------------------------------------------------


def told_beside(assistant: Assistant, person: Person, *dead: tuple[Shown, str]) -> list[str]:
    """What is told beside buttons that are not shown any more, when they are pressed after all."""
    api = assistant.api
    before = len(api.answered_callbacks)
    for message, title in dead:
        assert title not in person.user.message(message.id).titles
        person.user.press_data(message.id, message.data(title))
        api.drained(SECONDS)
    assert api.until(lambda: len(api.answered_callbacks) == before + len(dead), SECONDS)
    return [answer.text for answer in api.answered_callbacks[before:]]


def accepted(assistant: Assistant, number: str) -> int:
    """How often a referral was accepted."""
    kept = assistant.referral(number)
    events = assistant.records.referrals.events(kept.number)
    return sum(event.action == "accepted" for event in events)
