"""Drafting tickets: from whatever the agent says first to a number to read out."""

from __future__ import annotations

import re

from actions import ticket_words as words
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload, short
from psl.details import Detail, split_issues, strip_command, summary
from psl.errors import BadInput
from psl.tickets.models import Ticket
from psl.tickets.rules import UNSKIPPABLE, same_client, similarity
from psl.tickets.service import NewIssue

# Details a draft keeps; the reader's other kinds stay in the words.
FIELDS = (
    "system",
    "screen",
    "error",
    "browser",
    "case_number",
    "application_number",
    "members",
    "enrollment",
    "tried",
    "agency",
    "doi_number",
    "role",
)
# What only tells where a problem is, and so does not make a description of it.
_NOTHING = re.compile(
    r"^\W*(?:no|none|nothing|nope|n/?a|not applicable|no errors?(?: \w+){0,3}|"
    r"(?:it )?do(?:es)?n'?t apply)\W*$",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"^\W*(?:i )?(?:don'?t|dont|do not) (?:know|remember|have (?:it|one|that))\b.{0,30}$|"
    r"^\W*(?:idk|dunno|not sure|no idea|unknown)\W*$",
    re.IGNORECASE,
)
_CHOOSING = re.compile(
    r"\b(?:start with|do|now|next|first|second|third|other|the .{1,40} one|switch|begin with|"
    r"then|on to|go with|back to)\b",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}


# Of these one issue may have several: "in chrome and edge both".
_SEVERAL = {"tried": "; ", "browser": ", ", "error": "; ", "screen": ", "}


def values_of(details: tuple[Detail, ...]) -> dict[str, str]:
    """The fields that details fill; what was negated ("not chrome") fills nothing."""
    values: dict[str, str] = {}
    for detail in details:
        if detail.kind not in FIELDS or detail.negated:
            continue
        known = values.get(detail.kind)
        if known is None or detail.kind not in _SEVERAL:
            values[detail.kind] = detail.value
        elif detail.value not in known:
            values[detail.kind] = known + _SEVERAL[detail.kind] + detail.value
    return values


def describes(text: str, details: tuple[Detail, ...]) -> bool:
    """Whether a text says what happened, beside numbers and names."""
    for detail in sorted(details, key=lambda d: -d.start):
        if detail.kind in {"case_number", "application_number", "number", "doi_number", "agency"}:
            text = text[: detail.start] + text[detail.end :]
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= 2


def ask_next(turn: Turn, draft: Ticket, lead: str = "") -> list[Event]:
    """Ask the next missing field, or show the finished draft; returns the new focus."""
    missing = turn.services.tickets.missing(draft)
    if missing:
        text, buttons = words.question(turn.services, draft, missing[0])
        turn.say(f"{lead}\n{text}".strip(), buttons)
        return focus_on("ticket", draft.id, missing[0])
    text, buttons = words.question(turn.services, draft, "confirm")
    turn.say(f"{lead}\nYour ticket:\n{words.card(turn.services, draft)}\n{text}".strip(), buttons)
    return focus_on("ticket", draft.id, "confirm")


def issues_in(turn: Turn, text: str) -> list[NewIssue]:
    """The issues of a message, each with its words, title and details; shared details in each."""
    reader = turn.services.reader
    issues, shared = split_issues(text, reader)
    common = values_of(shared)
    found = []
    for issue in issues:
        own = values_of(issue.details)
        described = strip_command(issue.text).strip(" ,.;:-")
        details = {**common, **own}
        if describes(described, reader.read(described)):
            details["what_happened"] = described
        found.append(NewIssue(words=described, title=summary(issue.text), details=details))
    return found


class ActionTicketStart(PslAction):
    """Begin one draft an issue, with every detail the first message holds."""

    action_name = "action_ticket_start"

    async def act(self, turn: Turn) -> list[Event]:
        """Show a split for confirmation, or read back and ask what is missing."""
        text = turn.entity("words") or ("" if turn.is_button else turn.text)
        said = "\n".join(filter(None, [turn.told, strip_command(text).strip()]))
        if run := turn.entity("run"):
            return self._from_checklist(turn, int(run))
        empty = self._empty_draft(turn)
        if not said:
            draft = empty or turn.services.tickets.start(turn.owner, [NewIssue()])[0]
            return ask_next(turn, draft, "Let's write up a ticket.")
        issues = issues_in(turn, said)
        if empty is not None:
            turn.services.tickets.discard(turn.owner, empty.id)
        drafts = turn.services.tickets.start(turn.owner, issues)
        if len(drafts) > 1:
            text, buttons = words.question(turn.services, drafts[0], "split")
            turn.say(f"{words.split_shown(drafts)}\n{text}", buttons)
            return focus_on("ticket", drafts[0].id, "split")
        lead = words.noted(turn.services, dict(issues[0].details or {}))
        return ask_next(turn, drafts[0], f"I started a ticket draft. {lead}".strip())

    @staticmethod
    def _empty_draft(turn: Turn) -> Ticket | None:
        if turn.focus != "ticket" or turn.subject is None:
            return None
        draft = turn.services.tickets.draft(turn.owner, turn.subject)
        return draft if not draft.words and "what_happened" not in draft.details else None

    @staticmethod
    def _from_checklist(turn: Turn, run_id: int) -> list[Event]:
        run = turn.services.checklists.run(turn.owner, run_id)
        happened = run.details.get("what_happened", "")
        details = {k: v for k, v in run.details.items() if k in FIELDS or k == "what_happened"}
        issue = NewIssue(words=happened, title=short(happened), details=details)
        draft = turn.services.tickets.start(turn.owner, [issue])[0]
        return ask_next(turn, draft, "I started a ticket draft from your call sheet.")


class ActionTicketTurn(PslAction):
    """An answer, correction or command while a ticket is being drafted."""

    action_name = "action_ticket_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Commands first, then choices between siblings, then details, then free text."""
        tickets = turn.services.tickets
        if turn.subject is None:
            return await ActionTicketStart().act(turn)
        draft = tickets.draft(turn.owner, int(turn.entity("ref") or turn.subject))
        handler = {
            "cancel": self._cancel,
            "start_over": self._start_over,
            "review": self._review,
            "skip": self._skip,
            "not_applicable": self._skip,
            "go_back": self._back,
            "pause": self._pause,
            "explain": self._explain,
            "merge_issues": self._merge,
        }.get(turn.intent)
        if handler is not None and (turn.sure or not values_of(turn.details)):
            return handler(turn, draft)
        if turn.asked == "split" and turn.intent in {
            "affirm",
            "split_issues",
            "submit",
            "done_item",
        }:
            return ask_next(turn, draft, f"Separate tickets it is. First: {words.headline(draft)}.")
        if turn.asked == "split" and turn.intent == "deny":
            return self._merge(turn, draft)
        if not turn.is_button and (chosen := self._sibling(turn, draft)) is not None:
            return self._fill(turn, chosen, f"On to: {words.headline(chosen)}.")
        return self._fill(turn, draft, "")

    # Commands ---------------------------------------------------------------------------------

    def _cancel(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.services.tickets.discard(turn.owner, draft.id)
        others = self._siblings(turn, draft)
        turn.say(
            "Cancelled: the draft is discarded and nothing was sent.",
            [("Bring it back", payload("restore_draft", ref=draft.id))],
        )
        return (
            ask_next(turn, others[0], "Your other draft is still open.") if others else no_focus()
        )

    def _start_over(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.services.tickets.discard(turn.owner, draft.id)
        rest = "" if turn.is_button else strip_command(_after_start_over(turn.text))
        issues = issues_in(turn, rest) if len(rest.split()) > 2 else [NewIssue()]
        fresh = turn.services.tickets.start(turn.owner, issues)[0]
        turn.say(
            "Starting over with a fresh draft.",
            [("Bring the old one back", payload("restore_draft", ref=draft.id))],
        )
        return ask_next(turn, fresh)

    def _review(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.say(f"So far:\n{words.card(turn.services, draft)}")
        return self._again(turn, draft)

    def _skip(self, turn: Turn, draft: Ticket) -> list[Event]:
        if turn.asked not in turn.services.guide.ticket_fields:
            return ask_next(turn, draft)
        try:
            draft = turn.services.tickets.fill(turn.owner, draft.id, {}, waive=[str(turn.asked)])
        except BadInput as error:
            turn.say(str(error))
            return self._again(turn, draft)
        return ask_next(turn, draft, "Left out.")

    def _back(self, turn: Turn, draft: Ticket) -> list[Event]:
        guide = turn.services.guide
        order = next(k.fields for k in guide.ticket_kinds if k.id == draft.kind)
        place = order.index(turn.asked) if turn.asked in order else len(order)
        if place == 0:
            turn.say("This is the first question.")
            return self._again(turn, draft)
        previous = order[place - 1]
        draft = turn.services.tickets.clear(turn.owner, draft.id, previous)
        text, buttons = words.question(turn.services, draft, previous)
        turn.say(f"Going back. {text}", buttons)
        return focus_on("ticket", draft.id, previous)

    def _pause(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.say(
            "Your draft is kept. Say “continue my ticket” when you are back, in days or weeks too.",
            [("Continue my ticket", payload("resume"))],
        )
        return no_focus()

    def _explain(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.say(
            "PSL needs these details to find the cause: the system, the screen, the error, the "
            "browser, the case or application number, the members affected, enrollment "
            "information if it applies, and what you tried. (Source: PSL Best Practices)"
        )
        return self._again(turn, draft)

    def _merge(self, turn: Turn, draft: Ticket) -> list[Event]:
        siblings = [draft, *self._siblings(turn, draft)]
        if len(siblings) == 1:
            return self._again(turn, draft)
        ids = sorted(sibling.id for sibling in siblings)
        merged = turn.services.tickets.merge(turn.owner, ids)
        return ask_next(turn, merged, "One issue, one ticket.")

    # Answers ----------------------------------------------------------------------------------

    def _fill(self, turn: Turn, draft: Ticket, lead: str) -> list[Event]:
        if turn.is_button:
            values = {f: v for f in turn.services.guide.ticket_fields if (v := turn.entity(f))}
            if turn.intent == "correct" and not values:
                text, buttons = words.question(turn.services, draft, "change")
                turn.say(text, buttons)
                return focus_on("ticket", draft.id, "change")
            number = turn.entity("case_number") or turn.entity("application_number")
            if number:
                kind = "case_number" if turn.entity("case_number") else "application_number"
                values = {kind: number}
            return self._filled(turn, draft, values, lead)
        values = values_of(turn.details)
        more = self._other_issues(turn, draft)
        if more is not None:
            return more
        numbers = [d.value for d in turn.details if d.kind == "number"]
        if numbers and not {"case_number", "application_number"} & set(values):
            return self._which_number(turn, draft, numbers[0], values)
        asked = turn.asked if turn.asked in turn.services.guide.ticket_fields else None
        text = turn.text.strip()
        if not values and " removed]" in text and asked != "what_happened":
            # Private data was masked out of it: what is left answers nothing we asked.
            return self._again(turn, draft, lead)
        if asked and not values and _NOTHING.match(text) and asked not in UNSKIPPABLE:
            if asked in {"tried", "error"}:
                none = "nothing yet" if asked == "tried" else "no error is shown"
                return self._filled(turn, draft, {asked: none}, lead)
            return self._skip(turn, draft)
        if asked and not values and _UNKNOWN.match(text) and asked not in UNSKIPPABLE:
            return self._skip(turn, draft)
        if asked == "what_happened" and "what_happened" not in draft.details:
            described = strip_command(_after_start_over(text))
            if len(described.split()) > 1 or not values:
                values["what_happened"] = described
        elif asked and not values and turn.services.guide.ticket_fields[asked].free_text:
            values[asked] = short(text, 300)
        if values:
            return self._filled(turn, draft, values, lead)
        if lead:
            return ask_next(turn, draft, lead)
        if turn.asked == "confirm" and turn.intent in {"deny", "correct", "not_yet"}:
            text, buttons = words.question(turn.services, draft, "change")
            turn.say(text, buttons)
            return focus_on("ticket", draft.id, "change")
        if turn.intent in {"affirm", "done_item"} or len(text.split()) < 3:
            return self._again(turn, draft, "I could not fit that in.")
        happened = "\n".join(filter(None, [draft.details.get("what_happened"), text]))
        draft = turn.services.tickets.fill(
            turn.owner, draft.id, {"what_happened": happened}, words=text
        )
        return self._again(turn, draft, "I added that to what happened.")

    def _filled(self, turn: Turn, draft: Ticket, values: dict[str, str], lead: str) -> list[Event]:
        if "tried" in values and "tried" in draft.details and turn.asked != "tried":
            values["tried"] = f"{draft.details['tried']}; {values['tried']}"
        said = "" if turn.is_button else turn.text
        title = summary(values["what_happened"]) if "what_happened" in values else ""
        draft = turn.services.tickets.fill(turn.owner, draft.id, values, words=said, title=title)
        return ask_next(turn, draft, f"{lead} {words.noted(turn.services, values)}".strip())

    def _which_number(
        self, turn: Turn, draft: Ticket, number: str, values: dict[str, str]
    ) -> list[Event]:
        if values:
            draft = turn.services.tickets.fill(turn.owner, draft.id, values, words=turn.text)
        turn.say(
            f"Is {number} the case number or the Application ID?",
            [
                ("Case number", payload("inform", ref=draft.id, case_number=number)),
                ("Application ID", payload("inform", ref=draft.id, application_number=number)),
            ],
        )
        return focus_on("ticket", draft.id, "case_or_application")

    def _other_issues(self, turn: Turn, draft: Ticket) -> list[Event] | None:
        """A second issue told while drafting gets a draft of its own (GUIDE: one a ticket)."""
        if turn.asked == "split":
            return None
        issues = issues_in(turn, strip_command(turn.text))
        if len(issues) < 2:
            return None
        tickets = turn.services.tickets
        if "what_happened" not in draft.details:
            tickets.discard(turn.owner, draft.id)
            drafts = tickets.start(turn.owner, issues)
        else:
            drafts = tickets.start(turn.owner, issues)
        text, buttons = words.question(turn.services, drafts[0], "split")
        turn.say(f"{words.split_shown(drafts)}\n{text}", buttons)
        return focus_on("ticket", drafts[0].id, "split")

    def _again(self, turn: Turn, draft: Ticket, lead: str = "") -> list[Event]:
        missing = turn.services.tickets.missing(draft)
        asked = turn.asked if turn.asked in {*missing, "split", "duplicate"} else None
        asked = asked or (missing[0] if missing else "confirm")
        text, buttons = words.question(turn.services, draft, asked)
        turn.say(f"{lead} {text}".strip(), buttons)
        return focus_on("ticket", draft.id, asked)

    @staticmethod
    def _siblings(turn: Turn, draft: Ticket) -> list[Ticket]:
        if draft.split_group is None:
            return []
        return sorted(
            (
                other
                for other in turn.services.tickets.drafts(turn.owner)
                if other.split_group == draft.split_group and other.id != draft.id
            ),
            key=lambda other: other.id,
        )

    def _sibling(self, turn: Turn, draft: Ticket) -> Ticket | None:
        """The draft of the same split that the words choose, if they choose one."""
        siblings = sorted([draft, *self._siblings(turn, draft)], key=lambda d: d.id)
        if len(siblings) == 1:
            return None
        values = values_of(turn.details)
        for sibling in siblings:
            if sibling.id != draft.id and same_client(values, sibling.details):
                return sibling
        if not _CHOOSING.search(turn.text):
            return None
        scores = [similarity(turn.text, s.words) for s in siblings]
        best = max(range(len(siblings)), key=lambda index: scores[index])
        if scores[best] > 0 and scores.count(scores[best]) == 1:
            return siblings[best]
        for word, place in _ORDINALS.items():
            if re.search(rf"\b{word}\b", turn.text, re.IGNORECASE) and place < len(siblings):
                return siblings[place]
        return None


class ActionTicketSubmit(PslAction):
    """Issue the number, in the transaction that stores the ticket."""

    action_name = "action_ticket_submit"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask a guest to link, show a likely duplicate, ask for what is missing, or submit."""
        tickets = turn.services.tickets
        ref = turn.entity("ref") or turn.subject
        if ref is None:
            drafts = tickets.drafts(turn.owner)
            if not drafts:
                turn.say(
                    "There is no draft to submit.", [("Draft a ticket", payload("start_ticket"))]
                )
                return []
            ref = drafts[0].id
        draft = tickets.draft(turn.owner, int(ref))
        if draft.number is None:
            if missing := tickets.missing(draft):
                labels = [turn.services.guide.ticket_fields[f].label.lower() for f in missing]
                return ask_next(turn, draft, f"Before I can submit it: {', '.join(labels)}.")
            if turn.owner.agent_id is None:
                turn.say(
                    "Your draft is complete and kept. To submit it, link this chat to your agent "
                    "record first: send “link” and your code. I go on from here then.",
                    [("How do I link?", payload("ask_how_link"))],
                )
                return focus_on("ticket", draft.id, "confirm")
            duplicates = tickets.likely_duplicates(draft)
            if duplicates and turn.asked != "duplicate" and not turn.entity("anyway"):
                return self._duplicate(turn, draft, duplicates[0])
        ticket = tickets.submit(turn.owner, draft.id)
        turn.say(words.submitted(turn.services, ticket))
        if others := ActionTicketTurn._siblings(turn, ticket):
            return ask_next(turn, others[0], f"Next issue: {words.headline(others[0])}.")
        return no_focus()

    @staticmethod
    def _duplicate(turn: Turn, draft: Ticket, known: Ticket) -> list[Event]:
        text, buttons = words.question(turn.services, draft, "duplicate")
        turn.say(
            f"This looks like a ticket you already have:\n{words.line(known)}\n{text}",
            [
                (
                    "Add to that ticket",
                    payload("add_ticket_detail", ref=known.id, draft=draft.id),
                ),
                *buttons,
            ],
        )
        return focus_on("ticket", draft.id, "duplicate")


class ActionTicketRestore(PslAction):
    """Bring a discarded draft back."""

    action_name = "action_ticket_restore"

    async def act(self, turn: Turn) -> list[Event]:
        """The draft of the button, else the one dropped last."""
        tickets = turn.services.tickets
        ref = turn.entity("ref")
        dropped = tickets.last_discarded(turn.owner)
        if ref is None and dropped is None:
            turn.say("There is no discarded draft to bring back.")
            return []
        draft = tickets.restore(turn.owner, int(ref) if ref else dropped.id)  # type: ignore[union-attr]
        return ask_next(turn, draft, f"It is back: {words.headline(draft)}.")


def _after_start_over(text: str) -> str:
    return re.sub(
        r"^\W*(?:\w+\W+){0,4}?(?:start(?:ing)? over|begin again|from scratch|restart|scrap (?:it|that))\b\W*",
        "",
        text,
        count=1,
        flags=re.IGNORECASE,
    )
