"""What is said about an agent's registration and availability."""

from __future__ import annotations

from datetime import datetime

from actions.turn import Button, payload
from psl.agents.availability import (
    OutOfOffice,
    WeeklyHours,
    hours_words,
    local_words,
    next_opening,
    open_until,
    zone_name,
)
from psl.agents.eligibility import ROLE, Criterion
from psl.agents.models import RegistrationStatus
from psl.agents.registration import SECTIONS, View, shown_phone
from psl.services import Services

METHOD_WORDS = {"phone": "phone call", "text": "text message", "email": "e-mail"}
PORTAL_TAB = "'kynect On Demand' tab of Agent Portal"
SAVE = ("Save", payload("start_registration", choice="save"))
SAVE_HOURS = ("Save", payload("set_hours", choice="save"))
LATER = ("Later", payload("pause"))


def marked(criteria: tuple[Criterion, ...]) -> list[str]:
    """Criteria one a line, with what to do about those that are not met."""
    return [f"✓ {c.name}" if c.met else f"✗ {c.name}. {c.todo}".strip() for c in criteria]


def to_show(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    """The guide's criteria; the role, which is ours, only when it stands in the way."""
    return tuple(c for c in criteria if c.key != ROLE or not c.met)


# The parts of a registration ----------------------------------------------------------------------


def contact(view: View) -> str:
    """How the agent is reached: "text message to 502-555-0177 (for On Demand only)"."""
    if view.contact_method is None:
        return "not chosen"
    method = METHOD_WORDS[view.contact_method]
    if view.contact_method == "email":
        return f"{method} to {view.agent.email} (from DOI){_kept_number(view)}"
    return f"{method} to {number(view)}"


def number(view: View) -> str:
    """The number that is used, and whose it is."""
    if view.contact_phone:
        return f"{shown_phone(view.contact_phone)} (for On Demand only)"
    return f"{shown_phone(view.agent.phone)} (from DOI)"


def _kept_number(view: View) -> str:
    return f"; number for On Demand: {number(view)}" if view.contact_phone else ""


def languages(view: View) -> str:
    """The languages, and ASL, TTY, KyRelay if set."""
    return ", ".join([*view.languages, *view.services])


def week(hours: WeeklyHours, zone: str | None, at: datetime) -> str:
    """Hours read back, with the zone named."""
    lines = hours_words(hours)
    return f"{lines}\nAll in {zone_name(zone, at)}." if zone else lines


def zone_of_hours(view: View) -> str:
    """In which zone the hours are."""
    zone = zone_name(view.next_zone or view.home_zone, view.at)
    return f"Your hours are in {zone}. If it should be another, name it, as in “central time”."


def one_number(view: View) -> str:
    """That On Demand keeps one number, and which."""
    return (
        f"On Demand uses one number at a time, now {number(view)}. Type another to use that one for "
        "On Demand instead."
    )


def absence(out: OutOfOffice, zone: str) -> str:
    """From when until when: both instants where the agent is."""
    end = f"until {local_words(out.end, zone)}" if out.end else "with no end time"
    return f"from {local_words(out.start, zone)} {end}"


def open_now(view: View) -> str:
    """Whether referrals can come now, or when next."""
    zone, hours, out = view.zone, view.hours, view.out_of_office
    if zone is None or hours is None:
        return ""
    until = open_until(hours, zone, out, view.at)
    if until is not None:
        if (until - view.at).days >= 7:
            return "You are on now, round the clock."
        return f"You are on now, until {local_words(until, zone)}."
    opens = next_opening(hours, zone, out, view.at)
    why = "out of office" if out and out.covers(view.at) else "outside your hours"
    if opens is None:
        return f"You are {why} now; no referrals come until you change that."
    return f"You are {why} now; referrals can come from {local_words(opens, zone)}."


def misses(services: Services, view: View) -> str:
    """The run of misses beside the limit."""
    limit = services.guide.terms["miss_limit"]
    return f"Missed referrals in a row: {view.misses} ({limit} de-register you)."


# Sections -----------------------------------------------------------------------------------------


def progress(view: View) -> str:
    """The sections, done or not, one a line."""
    return "\n".join(f"{'✓' if s.done else '–'} {s.title}" for s in view.sections)


def agreement(services: Services) -> str:
    """What is agreed to, in plain words (GUIDE)."""
    return services.guide.fill(
        "You agree to be called upon: while you are available, Residents' requests are assigned to "
        "you. A Resident is promised a call back within {promise}. A General referral waits "
        "{accept_window} for your accept or reject; {miss_limit} missed in a row de-register you."
    )


def section(services: Services, view: View, key: str) -> tuple[str, list[Button]]:
    """The question of one section, with its place among the three."""
    place = list(SECTIONS).index(key) + 1
    head = f"({place} of {len(SECTIONS)}) {SECTIONS[key]}."
    if key == "agree":
        return (
            f"{head} {agreement(services)}\nDo you agree?",
            [
                ("I agree", payload("start_registration", choice="agree")),
                ("Not now", payload("pause")),
            ],
        )
    if key == "contact":
        agent = view.agent
        doi = services.guide.terms["doi_phone"]
        return (
            f"{head} How should On Demand reach you: phone, text or e-mail?\n"
            f"DOI has {shown_phone(agent.phone)} and {agent.email}; they are changed there, {doi}. "
            "You can give another number for On Demand only. "
            f"Languages: {languages(view)}; tell me to add or drop one.",
            [
                ("Phone", payload("set_contact", choice="phone")),
                ("Text", payload("set_contact", choice="text")),
                ("E-mail", payload("set_contact", choice="email")),
            ],
        )
    zone = zone_name(view.next_zone or view.home_zone, view.at)
    which = (
        f"I take them in {zone}"
        if view.next_zone
        else f"By your ZIP, {view.agent.zip[:5]}, that is {zone}"
    )
    return (
        f"{head} On which days and hours are you available? {which}; say so if it is another. "
        "For example: “mon-fri 9 to 5, lunch 12-1, central time”.",
        hours_buttons(),
    )


def reminder(services: Services, view: View, key: str | None) -> tuple[str, list[Button]]:
    """The open section in one line, after an aside; None: only Save is missing."""
    if key is None:
        return "Everything is filled in; only Save is missing.", review(view)[1]
    asked = {
        "agree": "Do you agree?",
        "contact": "How should On Demand reach you: phone, text or e-mail?",
        "hours": "On which days and hours are you available, in which time zone?",
    }
    place = list(SECTIONS).index(key) + 1
    buttons = section(services, view, key)[1]
    return f"({place} of {len(SECTIONS)}) {SECTIONS[key]}. {asked[key]}", buttons


def hours_buttons() -> list[Button]:
    """Usual hours to press instead of typing."""
    return [
        ("Mon–Fri 9–5", payload("set_hours", hours="monday to friday 9 am to 5 pm")),
        ("Mon–Fri 8–4:30", payload("set_hours", hours="monday to friday 8 am to 4:30 pm")),
        ("Round the clock", payload("set_hours", hours="every day 24 hours")),
    ]


def review(view: View, lead: str = "Please check it.") -> tuple[str, list[Button]]:
    """The whole registration before Save."""
    hours = view.next_hours or WeeklyHours.never()
    return (
        f"{lead}\n✓ {SECTIONS['agree']}: you agreed\n"
        f"✓ {SECTIONS['contact']}: {contact(view)}. Languages: {languages(view)}\n"
        f"✓ {SECTIONS['hours']}:\n{week(hours, view.next_zone, view.at)}\n"
        "You are not registered yet: Save completes it.",
        [
            SAVE,
            ("Change contact", payload("start_registration", section="contact")),
            ("Change hours", payload("start_registration", section="hours")),
            LATER,
        ],
    )


def completed(services: Services, view: View, *, again: bool) -> tuple[str, list[Button]]:
    """After Save."""
    limits = services.guide.terms
    return (
        f"You are registered for kynect On Demand{' again' if again else ''}. {open_now(view)}\n"
        f"Referrals come to this chat; accept or reject a General one within "
        f"{limits['accept_window']}. In Agent Portal the same is done on the 'kynect On Demand' "
        "tab: three sections, then Save.",
        [
            ("My availability", payload("show_availability")),
            (services.guide.label("ask_where_accept"), payload("ask_where_accept")),
        ],
    )


# The profile --------------------------------------------------------------------------------------


def standing(view: View) -> str:
    """Where an agent stands who is not registered; when and why it ended, if it did."""
    if view.status == RegistrationStatus.DEREGISTERED and view.ended_at is not None:
        when = local_words(view.ended_at, view.next_zone or view.home_zone)
        why = f": {view.ended_reason}" if view.ended_reason else ""
        return f"You were de-registered on {when}{why}."
    if view.status == RegistrationStatus.LEFT and view.ended_at is not None:
        return f"You left kynect On Demand on {local_words(view.ended_at, view.home_zone)}."
    return "You are not registered for kynect On Demand."


def profile(services: Services, view: View) -> tuple[str, list[Button]]:
    """All that is kept of an agent, and what can be changed."""
    if not view.registered:
        lines = [standing(view)]
        if view.status is not None:
            lines.append(progress(view))
            if view.next_hours is not None:
                lines.append(f"Hours so far:\n{week(view.next_hours, view.next_zone, view.at)}")
        return "\n".join(lines), [("Register", payload("start_registration"))]
    zone = view.zone or view.home_zone
    hours = view.hours or WeeklyHours.never()
    lines = [
        f"You are registered for kynect On Demand. {open_now(view)}",
        f"Hours:\n{week(hours, zone, view.at)}",
    ]
    if view.has_draft:
        lines.append(f"Not saved yet:\n{drafted(view)}")
    if view.out_of_office is not None:
        lines.append(f"Out of office {absence(view.out_of_office, zone)}.")
    lines.append(f"Contact: {contact(view)}. Languages: {languages(view)}.")
    lines.append(misses(services, view))
    out = view.out_of_office
    if out is None:
        away = ("Out of office", payload("set_out_of_office"))
    else:
        away = ("I'm back" if out.covers(view.at) else "Take it off", payload("end_out_of_office"))
    save = [SAVE_HOURS] if view.has_draft else []
    return "\n".join(lines), [*save, ("Change hours", payload("set_hours")), away]


def drafted(view: View) -> str:
    """The hours as they will be after Save."""
    return week(view.next_hours or WeeklyHours.never(), view.next_zone, view.at)


def hours_change(view: View) -> tuple[str, list[Button]]:
    """Old and new hours of a registered agent, to be saved."""
    old = week(view.hours or WeeklyHours.never(), view.zone, view.at)
    if view.draft_hours is None and view.draft_zone is not None:
        text = (
            f"The same hours by the clock, now in {zone_name(view.draft_zone, view.at)}:\n"
            f"{hours_words(view.hours or WeeklyHours.never())}"
        )
    else:
        text = f"Now: {old}\nNew: {drafted(view)}"
    return f"{text}\nSave it? It does not count before.", [
        SAVE_HOURS,
        ("Change", payload("set_hours")),
        ("Keep the old", payload("set_hours", choice="discard")),
    ]


def saved(view: View) -> str:
    """The hours that count."""
    return week(view.hours or WeeklyHours.never(), view.zone, view.at)


def instant(at: datetime, zone: str) -> str:
    """An instant on the agent's clock."""
    return local_words(at, zone)


# Questions of a registered agent's availability ---------------------------------------------------


def ask_hours(view: View) -> tuple[str, list[Button]]:
    """What the hours should be."""
    return (
        f"Your hours:\n{saved(view)}\nWhat should they be? Tell me only what changes, for example: "
        "“friday til 1”, “no weekends”, “lunch 12-1”, “central time”.",
        hours_buttons(),
    )


def ask_contact(services: Services, view: View) -> tuple[str, list[Button]]:
    """How the agent wants to be reached."""
    doi = services.guide.terms["doi_phone"]
    others = [m for m in METHOD_WORDS if m != view.contact_method]
    return (
        f"You are reached by {contact(view)}. How should it be? Type another number to use it for On "
        f"Demand only. DOI's own, {shown_phone(view.agent.phone)} and {view.agent.email}, are changed "
        f"at DOI, {doi}.",
        [(METHOD_WORDS[m].capitalize(), payload("set_contact", choice=m)) for m in others],
    )


def ask_leave(services: Services) -> tuple[str, list[Button]]:
    """What leaving means (how it is done is OPEN)."""
    answer = services.guide.answers["ask_leave_program"]
    unstated = services.guide.fill(answer.not_stated or "")
    return (
        "Leave kynect On Demand? You get no more referrals: one that waits for your answer goes to "
        "another agent, one you accepted stays yours until it is Complete. You can register again "
        f"later. The guide does not state {unstated}; here I end your registration.",
        [
            ("Yes, take me off", payload("leave_on_demand", choice="yes")),
            ("Out of office instead", payload("set_out_of_office")),
            ("No, stay", payload("deny")),
        ],
    )


def absence_buttons(asked: str) -> list[Button]:
    """What an absence may be, to press instead of typing; its end alone once the start is known."""
    if asked == "absence_end":
        return [("No end time", payload("set_out_of_office", absence="no end date"))]
    return [
        ("Rest of today", payload("set_out_of_office", absence="rest of today")),
        ("Tomorrow", payload("set_out_of_office", absence="off tomorrow, all day")),
        ("From now, no end", payload("set_out_of_office", absence="from now, no end date")),
    ]


def waiting(services: Services, view: View, asked: str | None) -> tuple[str, list[Button]]:
    """What a conversation about availability waits for."""
    if asked == "confirm" and view.has_draft:
        return "Your new hours are not saved yet. Save them?", hours_change(view)[1]
    if asked == "contact":
        return "How should you be reached?", ask_contact(services, view)[1]
    if asked == "leave":
        return "Do you want to leave kynect On Demand?", ask_leave(services)[1]
    if asked in {"absence_start", "absence_end"}:
        which = "Until when" if asked == "absence_end" else "From when until when"
        return f"{which} are you out of office?", absence_buttons(asked)
    return "What should your hours be?", hours_buttons()
