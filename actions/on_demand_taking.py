"""Taking what an agent tells of contact, languages and hours, in any order, and reading it back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from actions import on_demand_reading as reading
from actions import on_demand_words as words
from actions.turn import Button, Turn, payload
from psl.agents.availability import WEEKDAYS, WeeklyHours, zone_name
from psl.agents.registration import METHODS, View, shown_phone
from psl.agents.times import HoursReading, Question, read_hours
from psl.details import Detail
from psl.details.bags import bag
from psl.errors import BadInput

# Words of an answer, as the titles of the choices have them.
_AS_IN_TITLES = {
    "morning": "am", "evening": "pm", "afternoon": "pm", "night": "pm", "late": "pm", "early": "am",
    "last": "through", "including": "through", "inclusive": "through", "returning": "back",
    "return": "back", "half": "30", "everyday": "every", "all": "every", "weekdays": "mon",
}  # fmt: skip
_FILLER = bag(
    """
    in the at to til till until i im i'm mean meant please pls 00 day days my that that's thats it it's its is
    was of off one out again an a on then
    """
)
_TIMES = frozenset({"weekday", "time_range"})
_BREAK = re.compile(r"\b(?:lunch|breaks?)\b", re.IGNORECASE)
_OF_TIME = re.compile(r"\d|\b(?:half|hour|noon|midnight)\b", re.IGNORECASE)
_FIRST = re.compile(r"^\W*(?:the )?(?:first|1st)(?: one)?\W*$", re.IGNORECASE)
_SECOND = re.compile(r"^\W*(?:the )?(?:second|2nd|other)(?: one)?\W*$", re.IGNORECASE)


@dataclass
class Taken:
    """What a message changed.

    Attributes:
        view: the registration afterwards.
        said: what was understood, in words; a review of the whole registration shows it too.
        notes: what else is to be said of it.
        hours: whether hours or zone were among it.
        question: what has to be asked instead of guessing, with its buttons.
        pending: the words that the question is about.
    """

    view: View
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hours: bool = False
    question: tuple[str, list[Button]] | None = None
    pending: str | None = None

    @property
    def anything(self) -> bool:
        """Whether the message told anything."""
        return bool(self.said or self.notes or self.hours or self.question)


def take(turn: Turn, view: View, text: str, details: tuple[Detail, ...], *, hours: bool) -> Taken:
    """Keep everything that ``text`` tells; ``hours`` says whether times are what it is about."""
    taken = Taken(view)
    if reading.asks_zone(text) and view.next_hours is not None:
        taken.notes.append(words.zone_of_hours(view))
        return taken
    told_contact = reading.contact(text, details)
    if reading.asks_for_numbers(text) and told_contact.phone is None:
        taken.notes.append(words.one_number(view))
    else:
        _contact(turn, taken, told_contact)
    _languages(turn, taken, text, details)
    told = read(text, taken.view, turn.pending if hours else "")
    # "Text me after 5" is about texting; unclear hours are asked about only when hours are wanted.
    kinds = {found.kind for found in details} & _TIMES
    unclear = told.questions and (hours or kinds == _TIMES or (bool(kinds) and not taken.anything))
    if told.days or told.zone or unclear:
        _hours(turn, taken, told, text)
    return taken


def take_contact(turn: Turn, view: View, method: str) -> Taken:
    """A way to be reached that was pressed."""
    taken = Taken(view)
    _contact(turn, taken, reading.Contact((method,) if method in METHODS else ()))
    return taken


def ask_again(turn: Turn, view: View) -> Taken | None:
    """The question about hours that is still open; None without one."""
    if not turn.pending or turn.asked != "hours":
        return None
    questions = read(turn.pending, view).questions
    if not questions:
        return None
    asked = question_words(questions[0], "set_hours", "hours")
    return Taken(view, notes=["I did not get that."], question=asked, pending=turn.pending)


def take_hours(turn: Turn, view: View, text: str) -> Taken:
    """Hours whose words a button carried."""
    taken = Taken(view)
    _hours(turn, taken, read(text, view), text)
    return taken


# Contact, languages -------------------------------------------------------------------------------


def _contact(turn: Turn, taken: Taken, told: reading.Contact) -> None:
    agent = taken.view.agent
    methods, phone = told.methods, told.phone
    if told.email is not None:
        if told.email.casefold() == agent.email.casefold():
            methods = methods or ("email",)
        else:
            doi = turn.services.guide.terms["doi_phone"]
            taken.notes.append(f"E-mail stays {agent.email}: it is DOI's and changed there, {doi}.")
    if not methods and phone is None:
        return
    method = methods[0] if len(methods) == 1 else None
    if method is not None or phone is not None:
        taken.view = turn.services.registrations.set_contact(agent.id, method, phone)
        taken.said.append(_contact_said(taken.view, phone))
        if phone == "":
            taken.notes.append(f"DOI's number counts again, {shown_phone(agent.phone)}.")
    if len(methods) > 1:
        taken.question = (
            "Which one first?",
            [
                (words.METHOD_WORDS[m].capitalize(), payload("set_contact", choice=m))
                for m in methods
            ],
        )


def _contact_said(view: View, phone: str | None) -> str:
    if view.contact_method is None or (phone and view.contact_method == "email"):
        return f"✓ Number: {words.number(view)}"
    return f"✓ Contact: {words.contact(view)}"


def _languages(turn: Turn, taken: Taken, text: str, details: tuple[Detail, ...]) -> None:
    registrations, agent_id = turn.services.registrations, taken.view.agent.id
    spoken, services = reading.languages(text, details), reading.services(text)
    before = taken.view
    try:
        if spoken:
            others = set(taken.view.languages) - set(spoken.add) if spoken.only else ()
            remove = [*spoken.remove, *others]
            taken.view = registrations.set_languages(agent_id, spoken.add, remove)
        if services:
            taken.view = registrations.set_services(agent_id, services.add, services.remove)
    except BadInput as error:
        taken.notes.append(str(error))
        return
    if spoken or services:
        same = (before.languages, before.services) == (taken.view.languages, taken.view.services)
        if same:
            taken.notes.append(f"Your languages are that already: {words.languages(taken.view)}.")
        else:
            taken.said.append(f"✓ Languages: {words.languages(taken.view)}")


# Hours --------------------------------------------------------------------------------------------


def read(text: str, view: View, pending: str = "") -> HoursReading:
    """Hours as told; after a question also by what the question was about.

    "Evening" alone answers "is 5–9 in the morning or in the evening?".
    """
    current, home = view.next_hours, view.next_zone or view.home_zone
    alone = read_hours(text, current, home)
    if pending and alone.days and not alone.questions and _BREAK.search(pending):
        # "Lunch 12-1" was told before the hours it lies in.
        both = read_hours(f"{text}, {pending}", current, home)
        if both.days.keys() == alone.days.keys() and not both.questions:
            return both
    if not pending or (read_hours(text, None, home).days and not alone.questions):
        return alone
    before = read_hours(pending, current, home)
    tries = [answer for q in before.questions if (answer := chosen(text, q)) is not None]
    if not alone.is_empty or _OF_TIME.search(text):
        tries += [f"{days} {text}" for q in before.questions if (days := _days_of(q, home))]
        tries += [f"{text} {pending}", f"{pending} {text}"]
        # "An hour" after "lunch at 12".
        tries.append(_BREAK.sub(lambda found: f"{text} {found.group()}", pending, count=1))
    for words_tried in tries:
        found = read_hours(words_tried, current, home)
        if found.days and not found.questions:
            return found
    return alone


def _days_of(question: Question, home: str) -> str:
    """The days that a question is about, where all its choices are about the same."""
    about = {tuple(read_hours(answer, None, home).days) for _, answer in question.choices}
    return " ".join(WEEKDAYS[day] for day in about.pop()) if len(about) == 1 else ""


def chosen(text: str, question: Question) -> str | None:
    """The words of the choice that an answer in words means; None when that is not clear."""
    for place, ordinal in enumerate((_FIRST, _SECOND)):
        if ordinal.match(text) and len(question.choices) > place:
            return question.choices[place][1]
    said = _tokens(text)
    if not said or len(said) > 6:
        return None
    fitting = [answer for title, answer in question.choices if said <= _tokens(title)]
    return fitting[0] if len(fitting) == 1 else None


def _tokens(text: str) -> set[str]:
    found = re.findall(r"\d+|[^\W\d_]+", text.lower())
    return {_AS_IN_TITLES.get(token, token) for token in found} - _FILLER


def _hours(turn: Turn, taken: Taken, told: HoursReading, text: str) -> None:
    registrations, view = turn.services.registrations, taken.view
    if told.days or told.zone:
        current = view.next_hours
        zone = told.zone or (None if view.next_zone else view.home_zone)
        hours = told.applied_to(current or WeeklyHours.never()) if told.days else None
        taken.view = registrations.draft_hours(view.agent.id, hours, zone)
        taken.hours = True
        if (kept := _kept_days(told, current)) is not None:
            one = "," not in kept
            taken.notes.append(
                f"{kept} {'stays' if one else 'stay'} as before; say “off {kept}” to drop "
                f"{'it' if one else 'them'}."
            )
        if not view.registered:
            taken.said.append(_hours_said(taken.view))
            if told.zone is None and zone is not None:
                by = f"By your ZIP, {view.agent.zip[:5]}, I took {zone_name(zone, view.at)}."
                taken.notes.append(f"{by} Another zone? Tell me.")
            elif not told.days and current is not None:
                named = zone_name(zone or view.home_zone, view.at)
                taken.notes.append(f"The same hours by the clock, now in {named}.")
    if told.questions:
        question = told.questions[0]
        taken.question = question_words(question, "set_hours", "hours")
        taken.pending = text


def _kept_days(told: HoursReading, current: WeeklyHours | None) -> str | None:
    """The days that a whole schedule leaves as they were: perhaps they were meant to go."""
    if current is None:
        return None
    spans = {day: known.span for day, known in enumerate(current.days) if known is not None}
    # A break told for many days is no new schedule.
    new = [
        day for day, told_day in told.days.items() if told_day and told_day.span != spans.get(day)
    ]
    if len(new) < 3:
        return None
    kept = [
        WEEKDAYS[day]
        for day, hours in enumerate(current.days)
        if hours is not None and day not in told.days
    ]
    return ", ".join(kept) or None


def _hours_said(view: View) -> str:
    if view.next_hours is None and view.next_zone is not None:
        return f"✓ Time zone: {zone_name(view.next_zone, view.at)}"
    hours = view.next_hours or WeeklyHours.never()
    return f"✓ Hours:\n{words.week(hours, view.next_zone, view.at)}"


def question_words(question: Question, intent: str, entity: str) -> tuple[str, list[Button]]:
    """A question of the times reader; each button carries the words that answer it."""
    return question.text, [
        (title, payload(intent, **{entity: answer})) for title, answer in question.choices
    ]
