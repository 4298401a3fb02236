"""Drafting tickets: from whatever the agent says first to a number to read out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions import ticket_reading as reading
from actions import ticket_words as words
from actions.attached import take_waiting
from actions.prompts import reminder
from actions.ticket_reading import FIELDS, issues_in
from actions.ticket_reading import values_of as values_of
from actions.turn import Button, Event, PslAction, Turn, focus_on, no_focus, payload, short
from psl.details import strip_command, summary
from psl.errors import BadInput
from psl.numbers import TICKETS
from psl.tickets.models import Ticket
from psl.tickets.rules import UNSKIPPABLE, Status, same_client
from psl.tickets.service import NewIssue

# The linked agent's own: known from the roster, and no step to go back to.
_OF_THE_AGENT = ("agency", "doi_number", "role")
# These never answer a question in words, however few words they have.
_WORDLESS = frozenset(
    {"affirm", "deny", "done_item", "submit", "split_issues", "merge_issues", "add_ticket_detail"}
    | {"restore_draft", "thanks", "greet", "goodbye", "complaint", "start_ticket", "correct"}
)
_ALL = re.compile(r"\b(?:all|both|everything|rest|others?|remaining)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(?:also|too|as well|both)\b", re.IGNORECASE)
_PERHAPS_MORE = re.compile(r"\band\b", re.IGNORECASE)
_SEPARATE = re.compile(r"\b(?:separate|both|each|two|three|2|3|different|split)\b", re.IGNORECASE)
_SAME = re.compile(r"\b(?:one|1|same|related|merge|together|single)\b", re.IGNORECASE)
# "Put it in that ticket": no new one, though it sounds like sending.
_INTO = re.compile(
    r"\b(?:add|put|merge|attach|append)\b|\b(?:in|into|to|on|with) (?:that|the (?:other|old|existing|same|first))\b",
    re.IGNORECASE,
)
# A remark of these intents is no part of the story.
_REMARKS = frozenset(
    {"pause", "skip", "cancel", "explain", "complaint", "off_topic", "go_back", "unlink"}
)
_NOT = re.compile(r"\b(?:not|no|never|\w+n'?t)\b", re.IGNORECASE)
_RESUMING = re.compile(
    r"^\W*(?:(?:ok|please|lets|let'?s|i want to)\W+)*(?:continue|resume|finish|go (?:on|back)|back to|pick up)\b",
    re.IGNORECASE,
)
# Dropping can be undone, so that these few words are enough.
# "Not sure, pause this": what is said first does not matter.
_PARK = re.compile(r"\b(?:pause|park) (?:this|it|that|here)\W*(?:for now)?\W*$", re.IGNORECASE)
_DROP = re.compile(
    r"^\W*(?:(?:ok|please|just|no|nah)\W+)*(?:forget|drop|cancel|delete|scrap|discard)\s+"
    r"(?:it|this|that|the (?:draft|ticket))\b(?:\s+(?:one|draft|ticket|please|then))?\W*$",
    re.IGNORECASE,
)
_NOT_UNDERSTOOD = "I did not get that."


def ask_next(turn: Turn, draft: Ticket, lead: str = "", more: Sequence[Button] = ()) -> list[Event]:
    """Ask the next missing field, or show the finished draft; returns the new focus.

    Screenshots that wait for a ticket go with it.
    """
    said, offered = take_waiting(turn, draft, siblings(turn, draft))
    lead, more = f"{lead}\n{said}".strip(), [*more, *offered]
    missing = turn.services.tickets.missing(draft)
    if missing:
        return ask(turn, draft, missing[0], lead, more)
    text, buttons = words.question(turn.services, draft, "confirm")
    turn.say(
        f"{lead}\nYour ticket:\n{words.card(turn.services, draft)}\n{text}".strip(),
        [*buttons, *more],
    )
    return focus_on("ticket", draft.id, "confirm")


def ask(
    turn: Turn, draft: Ticket, asked: str, lead: str = "", more: Sequence[Button] = ()
) -> list[Event]:
    """Ask one thing about a draft; returns the new focus."""
    text, buttons = words.question(turn.services, draft, asked)
    turn.say(f"{lead}\n{text}".strip(), [*buttons, *more])
    return focus_on("ticket", draft.id, asked)


def start_drafts(turn: Turn, issues: Sequence[NewIssue]) -> list[Ticket]:
    """A draft an issue; a case number that the words say there is none of is not asked for."""
    tickets = turn.services.tickets
    return [
        tickets.fill(turn.owner, draft.id, {}, waive=["case_or_application"])
        if "case_or_application" in reading.declined(draft.words)
        and not set(reading.NUMBERS) & set(draft.details)
        else draft
        for draft in tickets.start(turn.owner, issues)
    ]


def others_open(turn: Turn, draft: Ticket) -> list[Ticket]:
    """The other open drafts that were begun in this chat, in their order."""
    return sorted(
        (
            other
            for other in turn.services.tickets.drafts(turn.owner)
            if other.id != draft.id and other.chat == turn.chat and "what_happened" in other.details
        ),
        key=lambda other: other.id,
    )


def siblings(turn: Turn, draft: Ticket) -> list[Ticket]:
    """The other drafts of the same split."""
    group = draft.split_group
    return [o for o in others_open(turn, draft) if group is not None and o.split_group == group]


def stale(turn: Turn, draft: Ticket) -> list[Event]:
    """A button of a draft that is none any more."""
    if draft.number is not None:
        turn.say(
            f"That ticket is submitted already: {TICKETS.shown(draft.number)}, {draft.status}."
        )
    else:
        turn.say(
            "That draft was dropped.",
            [("Bring it back", payload("restore_draft", draft=draft.id))],
        )
    if turn.subject in (None, draft.id):
        return no_focus()
    if (back := reminder(turn)) is not None:
        turn.say(*back)
    return []


class ActionTicketStart(PslAction):
    """Begin one draft an issue, with every detail the first message holds."""

    action_name = "action_ticket_start"

    async def act(self, turn: Turn) -> list[Event]:
        """Show a split for confirmation, or read back and ask what is missing."""
        if not turn.is_button and _RESUMING.match(turn.text):
            drafts = turn.services.tickets.drafts(turn.owner)
            meant = reading.chosen(turn.text, drafts) if drafts else None
            if meant is not None:
                return ask_next(turn, meant, f"Back to your ticket “{words.headline(meant)}”.")
        return self.begin(turn)

    def begin(self, turn: Turn, lead: str = "I started a ticket draft.") -> list[Event]:
        """As ``act``, with other opening words."""
        if run := turn.entity("run"):
            return self._from_checklist(turn, int(run))
        text = turn.entity("words") or ("" if turn.is_button else turn.text)
        said = "\n".join(filter(None, [turn.told, strip_command(text).strip()]))
        tickets = turn.services.tickets
        empty = empty_draft(turn)
        issues = issues_in(turn, said) if said else [NewIssue()]
        if not any(issue.details for issue in issues):
            draft = empty or tickets.start(turn.owner, [NewIssue()])[0]
            kept = self._kept(turn, draft)
            return ask_next(turn, draft, f"{kept}Let's write up a ticket.")
        drafts = start_drafts(turn, issues)
        if empty is not None:
            replace(turn, empty, drafts[0])
        if len(drafts) > 1:
            return ask(turn, drafts[0], "split", words.split_shown(drafts))
        lead = self._kept(turn, drafts[0]) + lead
        if tickets.missing(drafts[0]):
            lead += "\n" + words.noted(turn.services, dict(issues[0].details or {}))
        return ask_next(turn, drafts[0], lead.strip())

    @staticmethod
    def _kept(turn: Turn, draft: Ticket) -> str:
        """What becomes of the draft that was open until now."""
        if turn.focus != "ticket" or turn.subject in (None, draft.id):
            return ""
        before = turn.services.tickets.draft(turn.owner, int(turn.subject or 0))
        if before.status != Status.DRAFT:
            return ""
        return f"Your draft “{words.headline(before)}” is kept.\n"

    @staticmethod
    def _from_checklist(turn: Turn, run_id: int) -> list[Event]:
        run = turn.services.checklists.run(turn.owner, run_id)
        happened = run.details.get("what_happened", "")
        details = {k: v for k, v in run.details.items() if k in FIELDS or k == "what_happened"}
        issue = NewIssue(words=happened, title=short(happened), details=details)
        draft = turn.services.tickets.start(turn.owner, [issue])[0]
        return ask_next(turn, draft, "I started a ticket draft from your call sheet.")


def replace(turn: Turn, old: Ticket, new: Ticket) -> None:
    """Discard a draft that another one stands for; its screenshots go over."""
    turn.services.attachments.move(turn.owner, old.id, new.id)
    turn.services.tickets.discard(turn.owner, old.id)


def empty_draft(turn: Turn) -> Ticket | None:
    """The draft in focus, if nothing was told for it yet."""
    if turn.focus != "ticket" or turn.subject is None:
        return None
    draft = turn.services.tickets.draft(turn.owner, turn.subject)
    told = set(draft.details) - set(_OF_THE_AGENT)
    return draft if draft.status == Status.DRAFT and not told else None


class ActionTicketTurn(PslAction):
    """An answer, correction or command while a ticket is being drafted."""

    action_name = "action_ticket_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Commands first, then choices between drafts, then details, then free text."""
        if turn.is_button and turn.entity("ref") is not None:
            from actions.checklists import ActionChecklistTurn

            # A checklist's button, pressed while a ticket is drafted.
            return await ActionChecklistTurn().act(turn)
        ref = turn.entity("draft") or turn.subject
        if ref is None:
            return await ActionTicketStart().act(turn)
        draft = turn.services.tickets.draft(turn.owner, int(ref))
        if turn.asked == "note" and not turn.is_button:
            return self._note(turn, draft)
        if draft.status != Status.DRAFT:
            return stale(turn, draft)
        meant = None if turn.is_button else self._meant(turn, draft)
        if meant is not None and not (turn.sure and turn.intent in {"cancel", "submit"}):
            return self._fill(turn, meant, None, f"On to: “{words.headline(meant)}”.")
        typed_split = turn.asked == "split" and not turn.is_button
        if typed_split and (decided := self._split(turn, draft)) is not None:
            return decided
        handler = {
            "cancel": self._cancel,
            "start_over": self._start_over,
            "review": self._review,
            "ticket_status": self._review,
            "skip": self._skip,
            "not_applicable": self._skip,
            "go_back": self._back,
            "pause": self._pause,
            "explain": self._explain,
            "merge_issues": self._merge,
            "split_issues": self._separate,
        }.get(turn.intent)
        if not turn.is_button and _DROP.match(turn.text):
            return self._cancel(turn, draft)
        if not turn.is_button and _PARK.search(turn.text):
            return self._pause(turn, draft)
        if turn.intent == "merge_issues" and not self._of_the_split(turn, draft):
            handler = None  # "same screen": there is nothing to merge
        if handler is not None and self._commanded(turn):
            if turn.intent not in {"cancel", "start_over"}:
                draft = self._taken(turn, draft)
            return handler(turn, meant or draft)
        if turn.asked == "duplicate" and turn.intent in {"add_ticket_detail", "deny"}:
            return self._not_as_new(turn, draft)
        return self._fill(turn, draft, turn.asked, "")

    @staticmethod
    def _commanded(turn: Turn) -> bool:
        """Whether the message is a command, and not an answer that only sounds like one."""
        if turn.sure:
            return True
        field = turn.services.guide.ticket_fields.get(str(turn.asked))
        worded = field is not None and field.free_text and len(turn.text.split()) > 3
        return not worded and not values_of(turn.details)

    @staticmethod
    def _taken(turn: Turn, draft: Ticket) -> Ticket:
        """The draft with the details that came along with a command."""
        values = values_of(turn.details)
        if values.get("members") == "all" and turn.intent == "skip":
            del values["members"]  # "skip all"
        return turn.services.tickets.fill(turn.owner, draft.id, values) if values else draft

    # Commands ---------------------------------------------------------------------------------

    def _cancel(self, turn: Turn, draft: Ticket) -> list[Event]:
        tickets = turn.services.tickets
        rest = siblings(turn, draft)
        everything = not turn.is_button and rest and _ALL.search(turn.text)
        for dropped in [draft, *rest] if everything else [draft]:
            tickets.discard(turn.owner, dropped.id)
        turn.say(
            "Cancelled: all of these drafts are discarded and nothing was sent."
            if everything
            else "Cancelled: the draft is discarded and nothing was sent.",
            [("Bring it back", payload("restore_draft", draft=draft.id))],
        )
        if everything or not rest:
            return no_focus()
        left = next((other for other in rest if other.id == turn.subject), rest[0])
        return ask_next(turn, left, f"Still open: “{words.headline(left)}”.")

    def _start_over(self, turn: Turn, draft: Ticket) -> list[Event]:
        turn.services.tickets.discard(turn.owner, draft.id)
        rest = "" if turn.is_button else strip_command(_after_start_over(turn.text))
        issues = issues_in(turn, rest) if len(rest.split()) > 2 else [NewIssue()]
        fresh = start_drafts(turn, issues)[0]
        turn.say(
            "Starting over with a fresh draft.",
            [("Bring the old one back", payload("restore_draft", draft=draft.id))],
        )
        return ask_next(turn, fresh)

    def _review(self, turn: Turn, draft: Ticket) -> list[Event]:
        if not turn.services.tickets.missing(draft):
            return ask_next(turn, draft)
        turn.say(f"So far:\n{words.card(turn.services, draft)}")
        return self._again(turn, draft)

    def _skip(self, turn: Turn, draft: Ticket) -> list[Event]:
        tickets, fields = turn.services.tickets, turn.services.guide.ticket_fields
        asked = turn.entity("words") or (
            turn.asked if turn.is_button else reading.named_field(turn.text) or turn.asked
        )
        skippable = [field for field in tickets.missing(draft) if field not in UNSKIPPABLE]
        if asked == "rest" or (not turn.is_button and _ALL.search(turn.text)):
            draft = tickets.fill(turn.owner, draft.id, {}, waive=skippable)
            return ask_next(turn, draft, "Left out.")
        if asked not in fields:
            return ask_next(turn, draft)
        if asked not in tickets.missing(draft):
            return ask_next(turn, draft, "Kept as it is.")
        entry = fields[asked]
        if turn.intent == "not_applicable" and entry.free_text and entry.not_applicable:
            return self._filled(turn, draft, {asked: entry.not_applicable}, "")
        try:
            draft = tickets.fill(turn.owner, draft.id, {}, waive=[asked])
        except BadInput as error:
            return self._again(turn, draft, str(error))
        return ask_next(turn, draft, "Left out.")

    def _back(self, turn: Turn, draft: Ticket) -> list[Event]:
        guide = turn.services.guide
        order = next(k.fields for k in guide.ticket_kinds if k.id == draft.kind)
        if turn.owner.agent_id is not None:
            order = [field for field in order if field not in _OF_THE_AGENT]
        place = order.index(turn.asked) if turn.asked in order else len(order)
        named = None if turn.is_button else reading.named_field(turn.text)
        if place == 0 and named is None:
            return self._again(turn, draft, "This is the first question.")
        previous = named or order[place - 1]
        known = words.known(draft, previous)
        so_far = f" So far: {short(known, 80)}." if known else ""
        return ask(turn, draft, previous, f"Going back.{so_far}")

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
        together = [draft, *self._of_the_split(turn, draft)]
        merged = turn.services.tickets.merge(turn.owner, sorted(one.id for one in together))
        for one in together:
            if one.id != merged.id:
                turn.services.attachments.move(turn.owner, one.id, merged.id)
        return ask_next(turn, merged, "One issue, one ticket.")

    def _separate(self, turn: Turn, draft: Ticket) -> list[Event]:
        """The drafts stay apart; what was merged is taken apart again."""
        others = self._of_the_split(turn, draft)
        parts = draft.details.get("what_happened", "").split("\n")
        if not others and len(parts) > 1:
            read = [values_of(turn.services.reader.read(part)) for part in parts]
            own = {"what_happened", *(field for values in read for field in values)}
            shared = {k: v for k, v in draft.details.items() if k not in own}
            issues = [
                reading.issue_of(turn, part, summary(part), {**shared, **values})
                for part, values in zip(parts, read, strict=True)
            ]
            whole = draft
            draft, *others = start_drafts(turn, issues)
            replace(turn, whole, draft)
        if not others:
            return self._again(turn, draft, "This draft holds one issue. Tell me the other one.")
        first = min([draft, *others], key=lambda one: one.id)
        return ask_next(turn, first, f"Separate tickets. First: “{words.headline(first)}”.")

    def _split(self, turn: Turn, draft: Ticket) -> list[Event] | None:
        """An answer to "separate tickets, or one issue?": its words say more than its intent."""
        short_answer = len(turn.text.split()) < 8 and not values_of(turn.details)
        apart = bool(_SEPARATE.search(turn.text))
        if short_answer and apart != bool(_SAME.search(turn.text)) and not _NOT.search(turn.text):
            return self._separate(turn, draft) if apart else self._merge(turn, draft)
        if turn.intent in {"affirm", "submit", "done_item"}:
            return self._separate(turn, draft)
        return self._merge(turn, draft) if turn.intent == "deny" else None

    def _not_as_new(self, turn: Turn, draft: Ticket) -> list[Event]:
        """The draft is a duplicate: add it to the ticket that is there, or ask what to do."""
        tickets = turn.services.tickets
        known = tickets.likely_duplicates(draft)
        if known and turn.intent == "add_ticket_detail":
            return add_draft(turn, known[0], draft)
        return ask(turn, draft, "duplicate", "Not sent.", words.add_to(draft, known))

    def _note(self, turn: Turn, ticket: Ticket) -> list[Event]:
        """What "Add details" asked for."""
        if turn.intent in {"cancel", "deny", "skip", "pause", "go_back"} and turn.sure:
            turn.say("All right, nothing was added.")
            return no_focus()
        turn.services.tickets.add_note(turn.owner, ticket.id, turn.text)
        turn.say(f"Added to {TICKETS.shown(ticket.number or '')} ({ticket.status}).")
        return no_focus()

    # Answers ----------------------------------------------------------------------------------

    def _fill(self, turn: Turn, draft: Ticket, question: str | None, lead: str) -> list[Event]:
        """Put in what the message tells; ``question`` is what it may answer."""
        if turn.is_button:
            return self._pressed(turn, draft)
        fields = turn.services.guide.ticket_fields
        text = turn.text.strip()
        values = values_of(turn.details)
        nothing = reading.declined(text) - set(values)
        if turn.asked != "split" and (issues := reading.other_issues(turn, draft)):
            return self._other_issues(turn, draft, issues)
        found = [d.value for d in turn.details if d.kind == "number"]
        if found and not set(reading.NUMBERS) & set(values) and question != "error":
            return self._which_number(turn, draft, found[0], values)
        asked = question if question in fields else None
        if not values and " removed]" in text and asked != "what_happened":
            # Private data was masked out of it: what is left answers nothing we asked.
            return self._again(turn, draft, lead)
        if not values and (field := reading.field_to_change(text)) is not None:
            return ask(turn, draft, field)
        if asked and not values and not nothing:
            if reading.is_none(text) and asked == "tried":
                return self._filled(turn, draft, {asked: reading.NOTHING_TRIED}, lead)
            if reading.is_none(text) and asked == "error":
                return self._filled(turn, draft, {asked: fields[asked].not_applicable or ""}, lead)
            if reading.is_none(text) or reading.is_unknown(text):
                return self._skip(turn, draft)
        wordless = turn.intent in _WORDLESS and turn.sure and not values
        if asked == "what_happened" and not wordless:
            described = strip_command(_after_start_over(text))
            if reading.telling(described, turn.services.reader.read(described)):
                values["what_happened"] = described
        elif asked and not (values or nothing or wordless) and fields[asked].free_text:
            answer = reading.free_answer(turn, asked)
            values |= {asked: short(answer, 300)} if answer else {}
        if values or nothing:
            return self._filled(turn, draft, values, lead, nothing)
        if lead:
            return ask_next(turn, draft, lead)
        return self._no_value(turn, draft, text, wordless)

    def _no_value(self, turn: Turn, draft: Ticket, text: str, wordless: bool) -> list[Event]:
        """A message that fills nothing: a change to be made, more of the story, or unclear."""
        if (taken_out := self._taken_out(turn, draft)) is not None:
            return taken_out
        if turn.asked in {"confirm", "change"} or turn.intent == "correct":
            if (field := reading.named_field(text)) is not None:
                return ask(turn, draft, field)
            if turn.intent in {"deny", "correct", "not_yet"}:
                return ask(turn, draft, "change")
        if turn.intent == "affirm" and turn.asked in turn.services.guide.ticket_fields:
            return self._again(turn, draft, "Tell me in a few words.")
        best = turn.ranking[0][0] if turn.ranking else turn.intent
        short_yes = best in {"affirm", "submit", "done_item"} and len(text.split()) < 5
        if turn.asked == "confirm" and short_yes:
            return ActionTicketSubmit().send(turn)
        no_story = wordless or best in _WORDLESS | _REMARKS or turn.asked == "what_happened"
        if no_story or not reading.describes(text, turn.details):
            return self._again(turn, draft, _NOT_UNDERSTOOD)
        happened = "\n".join(filter(None, [draft.details.get("what_happened"), text]))
        draft = turn.services.tickets.fill(
            turn.owner, draft.id, {"what_happened": happened}, words=text
        )
        return self._again(turn, draft, "I added that to what happened.")

    @staticmethod
    def _taken_out(turn: Turn, draft: Ticket) -> list[Event] | None:
        """ "Not chrome": what the draft holds and the agent denies is asked again."""
        for detail in turn.details:
            if detail.negated and draft.details.get(detail.kind, "").startswith(detail.value):
                draft = turn.services.tickets.clear(turn.owner, draft.id, detail.kind)
                return ask_next(turn, draft, f"{detail.value} is taken out.")
        return None

    def _pressed(self, turn: Turn, draft: Ticket) -> list[Event]:
        kinds = (*reading.NUMBERS, *turn.services.guide.ticket_fields)
        values = {kind: value for kind in kinds if (value := turn.entity(kind))}
        if turn.intent == "correct" and not values:
            return ask(turn, draft, "change")
        return self._filled(turn, draft, values, "")

    def _filled(
        self,
        turn: Turn,
        draft: Ticket,
        values: dict[str, str],
        lead: str,
        nothing: set[str] | None = None,
    ) -> list[Event]:
        """Put values in, waive what there is none of, read back, and ask what is next."""
        fields = turn.services.guide.ticket_fields
        said = "" if turn.is_button else turn.text
        added = _MORE.search(turn.text) or (
            turn.intent != "correct" and _PERHAPS_MORE.search(turn.text)
        )
        more = not turn.is_button and bool(added)
        values = reading.combined(draft, values, more=more)
        waived = []
        for field in sorted(nothing or ()):
            if fields[field].free_text and (none := fields[field].not_applicable):
                values[field] = none
            elif not set(reading.NUMBERS) & set(draft.details):
                waived.append(field)
        title = summary(values["what_happened"]) if "what_happened" in values else ""
        draft = turn.services.tickets.fill(
            turn.owner, draft.id, values, words=said, title=title, waive=waived
        )
        lead = f"{lead} {words.noted(turn.services, values)}".strip()
        return ask_next(turn, draft, lead or ("Left out." if waived else ""))

    def _which_number(
        self, turn: Turn, draft: Ticket, number: str, values: dict[str, str]
    ) -> list[Event]:
        if values:
            draft = turn.services.tickets.fill(turn.owner, draft.id, values, words=turn.text)
        missing = turn.services.tickets.missing(draft)
        if "doi_number" in missing and "case_or_application" not in missing:
            return self._filled(turn, draft, {"doi_number": number}, "")
        turn.say(
            f"Is {number} the case number or the Application ID?",
            [
                ("Case number", payload("inform", draft=draft.id, case_number=number)),
                ("Application ID", payload("inform", draft=draft.id, application_number=number)),
            ],
        )
        return focus_on("ticket", draft.id, "case_or_application")

    def _other_issues(self, turn: Turn, draft: Ticket, issues: list[NewIssue]) -> list[Event]:
        """Issues told while another is drafted get drafts of their own."""
        drafts = start_drafts(turn, issues)
        if "what_happened" not in draft.details:
            replace(turn, draft, drafts[0])
        if len(drafts) > 1:
            return ask(turn, drafts[0], "split", words.split_shown(drafts))
        return ask(turn, drafts[0], "split", words.second_shown(draft, drafts[0]))

    def _again(self, turn: Turn, draft: Ticket, lead: str = "") -> list[Event]:
        open_ones = {*turn.services.guide.ticket_fields, "split", "duplicate", "change"}
        asked = turn.asked if turn.asked in open_ones else None
        missing = turn.services.tickets.missing(draft)
        return ask(turn, draft, asked or (missing[0] if missing else "confirm"), lead)

    @staticmethod
    def _of_the_split(turn: Turn, draft: Ticket) -> list[Ticket]:
        """The drafts beside this one that a split or a second issue made."""
        if draft.split_group is not None or turn.asked != "split":
            return siblings(turn, draft)
        return others_open(turn, draft)[-1:]

    def _meant(self, turn: Turn, draft: Ticket) -> Ticket | None:
        """Another open draft that the words choose, if they choose one."""
        values = values_of(turn.details)
        for sibling in siblings(turn, draft):
            if same_client(values, sibling.details):
                return sibling
        others = others_open(turn, draft)
        if not others or (turn.intent == "go_back" and turn.sure):
            return None
        every = sorted([draft, *others], key=lambda one: one.id)
        found = reading.chosen(turn.text, every, draft)
        return found if found is not None and found.id != draft.id else None


class ActionTicketSubmit(PslAction):
    """Issue the number, in the transaction that stores the ticket."""

    action_name = "action_ticket_submit"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask a guest to link, show a likely duplicate, ask for what is missing, or submit."""
        return self.send(turn)

    def send(self, turn: Turn) -> list[Event]:
        """As ``act``."""
        tickets = turn.services.tickets
        ref = turn.entity("draft") or turn.subject
        if ref is None:
            drafts = tickets.drafts(turn.owner)
            if not drafts:
                turn.say(
                    "There is no draft to submit.", [("Draft a ticket", payload("start_ticket"))]
                )
                return []
            ref = drafts[0].id
        draft = tickets.draft(turn.owner, int(ref))
        if draft.status != Status.DRAFT:
            return stale(turn, draft)
        said = {} if turn.is_button else values_of(turn.details)
        if changed := {k: v for k, v in said.items() if draft.details.get(k) != v}:
            # "Send it, but the browser is Edge": shown again before it goes out.
            draft = tickets.fill(turn.owner, draft.id, changed)
            return ask_next(turn, draft, words.noted(turn.services, changed))
        if missing := tickets.missing(draft):
            return self._incomplete(turn, draft, missing)
        if turn.owner.agent_id is None:
            turn.say(
                "Your draft is complete and kept. To submit it, link this chat to your agent "
                "record first: send “link” and your code. I go on from here then.",
                [("How do I link?", payload("ask_how_link"))],
            )
            return focus_on("ticket", draft.id, "confirm")
        duplicates = tickets.likely_duplicates(draft)
        into = turn.asked == "duplicate" and not turn.is_button and _INTO.search(turn.text)
        if duplicates and into and "new" not in turn.text.lower():
            return add_draft(turn, duplicates[0], draft)
        if duplicates and turn.asked != "duplicate" and not turn.entity("anyway"):
            lead = f"This looks like a ticket you already have:\n{words.line(duplicates[0])}"
            return ask(turn, draft, "duplicate", lead, words.add_to(draft, duplicates))
        ticket = tickets.submit(turn.owner, draft.id)
        if rest := siblings(turn, ticket):
            turn.say(words.submitted(turn.services, ticket))
            return ask_next(turn, rest[0], f"Next issue: “{words.headline(rest[0])}”.")
        turn.say(words.submitted(turn.services, ticket), self._others(turn, ticket))
        return no_focus()

    @staticmethod
    def _others(turn: Turn, ticket: Ticket) -> list[Button]:
        waiting = bool(others_open(turn, ticket))
        return [("Continue my other draft", payload("resume"))] if waiting else []

    @staticmethod
    def _incomplete(turn: Turn, draft: Ticket, missing: list[str]) -> list[Event]:
        labels = [turn.services.guide.ticket_fields[f].label for f in missing]
        if len(missing) == 1:
            return ask_next(turn, draft, "One more thing before I can submit it.")
        skippable = [field for field in missing if field not in UNSKIPPABLE]
        rest: list[Button] = [("Leave the rest out", payload("skip", draft=draft.id, words="rest"))]
        named = words.listed(labels)
        return ask_next(
            turn,
            draft,
            f"Before I can submit it I still need: {named}.",
            rest if len(skippable) > 1 else (),
        )


def add_draft(turn: Turn, ticket: Ticket, draft: Ticket) -> list[Event]:
    """Put a draft that turned out to be a duplicate into the ticket that is there."""
    tickets = turn.services.tickets
    if draft.status != Status.DRAFT:
        return stale(turn, draft)
    tickets.add_note(turn.owner, ticket.id, words.card(turn.services, draft, whole=True))
    replace(turn, draft, ticket)
    turn.say(f"Added to {TICKETS.shown(ticket.number or '')}; the draft is closed.")
    return no_focus()


class ActionTicketRestore(PslAction):
    """Bring a discarded draft back."""

    action_name = "action_ticket_restore"

    async def act(self, turn: Turn) -> list[Event]:
        """The draft of the button, else the one dropped last."""
        tickets = turn.services.tickets
        ref = turn.entity("draft")
        dropped = tickets.last_discarded(turn.owner)
        if ref is None and dropped is None:
            turn.say("There is no discarded draft to bring back.")
            return []
        empty = empty_draft(turn)
        draft = tickets.restore(turn.owner, int(ref) if ref else dropped.id)  # type: ignore[union-attr]
        if empty is not None and empty.id != draft.id:
            replace(turn, empty, draft)
        return ask_next(turn, draft, f"It is back: “{words.headline(draft)}”.")


def _after_start_over(text: str) -> str:
    return re.sub(
        r"^\W*(?:\w+\W+){0,4}?(?:start(?:ing)? over|begin again|from scratch|restart|scrap (?:it|that))\b\W*",
        "",
        text,
        count=1,
        flags=re.IGNORECASE,
    )
