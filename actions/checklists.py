"""The guided runs: before, during and after a PSL call, and eligibility for On Demand."""

from __future__ import annotations

import re

from actions import checklist_words as words
from actions.answers import ActionAnswer
from actions.ticket_drafting import values_of
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload, short
from psl.checklists import ChecklistRun, ItemState, captured, previous_item
from psl.details import strip_command, summary
from psl.guide import ChecklistItem

STARTS = {
    "start_before_call": "before_call",
    "start_during_call": "during_call",
    "start_after_call": "after_call",
    "start_eligibility_check": "eligibility",
}
# A bare statement that something is not so; "not a delegate" or "no luck" is none.
_NEGATED = re.compile(
    r"\b(?:not yet|haven'?t|hasn'?t|didn'?t|did not|have not|has not|never|isn'?t|is not|aren'?t|"
    r"not (?:active|associated|on|done|confirmed|finished|completed|certified|updated|current)|"
    r"no longer|expired|lapsed|inactive|old one|outdated|out of date|wrong|unresolved|"
    r"still (?:broken|happening|not|open|an issue)|need(?:s)? to)\b|^\W*(?:no|nope|nah)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,.;!?\n]+|\b(?:but|and|tho|though|however)\b", re.IGNORECASE)
_NOTHING_SUGGESTED = re.compile(
    r"^\W*(?:nothing|none|no|nope|nada|no suggestions?|n/?a)\W*$", re.IGNORECASE
)
_LEAD = re.compile(
    r"^\W*(?:they|she|he|the rep(?:resentative)?|psl|rep)\s+(?:just\s+)?(?:told|asked|wants?|said|says|"
    r"suggested|advised|recommended|instructed)(?:\s+(?:me|us))?(?:\s+(?:to|that i|i should))?\s+",
    re.IGNORECASE,
)
_NOT_DONE_TAIL = re.compile(
    r"[\s,;.]*\b(?:and |but )?(?:i )?(?:haven'?t|have not|didn'?t|did not|not) "
    r"(?:done|tried|do|try|finished?)\b.*$",
    re.IGNORECASE,
)


def step(turn: Turn, run: ChecklistRun, lead: str = "") -> list[Event]:
    """Ask the next open item, or finish the run."""
    checklist = turn.services.checklists.all[run.checklist]
    item = words.current_item(turn.services, run)
    if item is None:
        return finish(turn, run, lead)
    run = turn.services.checklists.save(turn.owner, run.id, position=item.id)
    text, buttons = words.question(turn.services, run)
    turn.say(f"{lead}\n{text}".strip(), buttons)
    asked = item.captures[0] if len(item.captures) == 1 else None
    assert checklist is not None
    return focus_on("checklist", run.id, asked)


def finish(turn: Turn, run: ChecklistRun, lead: str) -> list[Event]:
    """End a run with what it was for."""
    run = turn.services.checklists.save(turn.owner, run.id, finished=True)
    kind = turn.services.checklists.all[run.checklist].finish
    terms = turn.services.guide.terms
    if lead:
        turn.say(lead)
    if kind == "call_sheet":
        turn.say(*words.call_sheet(turn.services, run))
    elif kind == "after_call":
        turn.say(
            "That was the call. Now the steps after it.",
            [("After-call checklist", payload("start_after_call"))],
        )
    elif kind == "follow_up":
        _finish_after_call(turn, run)
    else:
        _finish_eligibility(turn, run, terms)
    return no_focus()


def _finish_after_call(turn: Turn, run: ChecklistRun) -> None:
    todo = turn.services.follow_ups.todo(turn.owner)
    number = run.details.get("psl_number")
    lines = ["That is the whole after-call list."]
    if number:
        lines.append(f"PSL number: {number}. Quote it when you call back.")
    if todo:
        lines.append(f"{len(todo)} suggestion(s) on your to-do list; I will remind you.")
    if run.states.get("resolved") == ItemState.DONE:
        turn.services.follow_ups.resolve(turn.owner)
        lines = ["Good that it is resolved. I closed your follow-up."]
    turn.say("\n".join(lines), [("My to-do list", payload("show_todo"))])


def _finish_eligibility(turn: Turn, run: ChecklistRun, terms: dict[str, str]) -> None:
    checklist = turn.services.checklists.all["eligibility"]
    open_items = [i for i in checklist.items if run.states.get(i.id) != ItemState.DONE]
    if not open_items:
        turn.say(
            "By what you tell me you meet the criteria. Register in Agent Portal, on the "
            f"'kynect On Demand' tab; it can take as little as {terms['registration_time']}. "
            "(Source: kynect On Demand guide)",
            [(turn.services.guide.label("ask_where_register"), payload("ask_where_register"))],
        )
        return
    lines = ["Before you can register you still need:"]
    lines += [
        f"• {item.title}. {turn.services.guide.fill(item.not_yet or '')}" for item in open_items
    ]
    lines.append(
        "Then register in Agent Portal, on the 'kynect On Demand' tab. (Source: kynect On Demand guide)"
    )
    turn.say("\n".join(lines), [("Check again", payload("start_eligibility_check"))])


class ActionChecklistStart(PslAction):
    """Begin a guided run, or take the unfinished one up again."""

    action_name = "action_checklist_start"

    async def act(self, turn: Turn) -> list[Event]:
        """A new run starts at item 1 with what is known already filled in."""
        checklist = STARTS[turn.intent]
        checklists = turn.services.checklists
        unfinished = checklists.open_run(turn.owner, checklist)
        if unfinished is not None and unfinished.states:
            return step(turn, unfinished, "Picking up where you left off.")
        run = unfinished or checklists.start(turn.owner, checklist)
        title = checklists.all[checklist].title
        if not turn.is_button:
            learnt = learn(turn, run, states_only_evidence=True)
            run = checklists.save(turn.owner, run.id, states=learnt[0], details=learnt[1])
        return step(turn, run, f"{title}: {len(checklists.all[checklist].items)} steps.")


def learn(
    turn: Turn, run: ChecklistRun, *, states_only_evidence: bool = False
) -> tuple[dict[str, str], dict[str, str]]:
    """What the message settles: item states and details.

    An item is addressed when the message mentions it or holds what it collects. Otherwise the
    answer is for the current item, unless ``states_only_evidence``.
    """
    checklist = turn.services.checklists.all[run.checklist]
    details = _details(turn, run)
    known = {**run.details, **details}
    states: dict[str, str] = {}
    if not states_only_evidence:
        for clause in filter(str.strip, _CLAUSE.split(turn.text)):
            for item in checklist.items:
                if item.mentioned.search(clause) and not item.captures:
                    states[item.id] = _polarity(turn, clause)
    for item in checklist.items:
        gained = set(item.captures) & set(details)
        if gained and captured(item, known):
            states[item.id] = ItemState.DONE
    if details.get("association") == "no":
        states["association"] = ItemState.NOT_YET
    return states, details


def _polarity(turn: Turn, clause: str) -> str:
    return ItemState.NOT_YET if _NEGATED.search(clause) else ItemState.DONE


def _details(turn: Turn, run: ChecklistRun) -> dict[str, str]:
    checklist = turn.services.checklists.all[run.checklist]
    wanted = {k for item in checklist.items for k in (*item.captures, *item.also_captures)}
    found = {**values_of(turn.details)}
    for detail in turn.details:
        if detail.kind in {"association", "psl_number"} and not detail.negated:
            found[detail.kind] = detail.value
        if detail.kind == "ticket_number" and "psl_number" in wanted:
            found["psl_number"] = detail.value
        if detail.kind == "number" and turn.asked == "psl_number":
            found["psl_number"] = detail.value
    return {kind: value for kind, value in found.items() if kind in wanted}


class ActionChecklistTurn(PslAction):
    """An answer or command within a guided run."""

    action_name = "action_checklist_turn"

    async def act(self, turn: Turn) -> list[Event]:
        """Commands first; then what the message settles, in any order; then the next item."""
        ref = turn.entity("ref") or turn.subject
        if ref is None:
            turn.say(
                "No checklist is open.", [("Before-call checklist", payload("start_before_call"))]
            )
            return no_focus()
        run = turn.services.checklists.run(turn.owner, int(ref))
        item = words.current_item(turn.services, run)
        if item is None:
            return finish(turn, run, "")
        handler = {
            "cancel": self._stop,
            "pause": self._pause,
            "start_over": self._start_over,
            "go_back": self._back,
            "review": self._review,
            "explain": self._explain,
        }.get(turn.intent)
        if handler is not None and (turn.sure or not turn.details):
            return handler(turn, run, item)
        if turn.is_button:
            pressed = self._answer(turn)
            return self._settle(turn, run, item, {item.id: pressed} if pressed else {}, {})
        states, details = learn(turn, run)
        if run.checklist == "after_call" and turn.intent == "still_not_fixed":
            return self._settle(turn, run, item, {**states, "resolved": ItemState.NOT_YET}, details)
        telling = run.checklist == "after_call" and item.id == "suggestions"
        if telling and (noted := self._suggestion(turn, run, item)) is not None:
            return noted
        if item.id == "case_details" and "what_happened" in item.captures:
            self._describe(turn, states, details)
        if item.id not in states and not details and not states:
            answer = self._answer(turn)
            if answer is not None:
                states[item.id] = answer
        elif item.id not in states and turn.intent in {"done_item", "affirm"} and not details:
            states[item.id] = ItemState.DONE
        if not states and not details:
            if turn.intent in turn.services.guide.answers:
                return await ActionAnswer().act(turn)
            return self._unclear(turn, run, item)
        return self._settle(turn, run, item, states, details)

    @staticmethod
    def _answer(turn: Turn) -> str | None:
        by_intent = {
            "done_item": ItemState.DONE,
            "affirm": ItemState.DONE,
            "deny": ItemState.NOT_YET,
            "not_yet": ItemState.NOT_YET,
            "not_applicable": ItemState.NOT_APPLICABLE,
            "skip": ItemState.NOT_APPLICABLE,
            "still_not_fixed": ItemState.NOT_YET,
            "close_ticket": ItemState.DONE,
        }
        answer = by_intent.get(turn.intent)
        if answer is None and not turn.is_button:
            text = turn.text.strip()
            if re.match(r"^\W*(?:yes|yep|yeah|yup|done|did|sure|already|ok)\b", text, re.I):
                answer = ItemState.DONE
            elif _NEGATED.search(text):
                answer = ItemState.NOT_YET
        return answer

    @staticmethod
    def _describe(turn: Turn, states: dict[str, str], details: dict[str, str]) -> None:
        # The last item collects the issue itself: any real statement describes it.
        if turn.intent in {"done_item", "affirm", "deny", "not_yet", "not_applicable", "skip"}:
            return
        described = strip_command(turn.text).strip()
        if len(described.split()) >= 3:
            details["what_happened"] = described
            states["case_details"] = ItemState.DONE

    def _settle(
        self,
        turn: Turn,
        run: ChecklistRun,
        item: ChecklistItem,
        settled: dict[str, str],
        details: dict[str, str],
    ) -> list[Event]:
        if "psl_number" in details:
            turn.services.follow_ups.keep_number(turn.owner, details["psl_number"])
        run = turn.services.checklists.save(turn.owner, run.id, states=settled, details=details)
        checklist = turn.services.checklists.all[run.checklist]
        lead = []
        noted = [
            f"{words.DETAIL_LABELS[kind]} {short(value, 60)}"
            for kind, value in details.items()
            if kind not in {"what_happened", "association"}
        ]
        if noted:
            lead.append(f"Noted: {'; '.join(noted)}.")
        elif settled and ItemState.NOT_YET not in settled.values():
            lead.append("Good.")
        for other in checklist.items:
            if settled.get(other.id) == ItemState.NOT_YET:
                known = f" ({run.details['psl_number']})" if "psl_number" in run.details else ""
                lead.append(
                    turn.services.guide.fill(other.not_yet or other.how, psl_number_known=known)
                )
        return step(turn, run, " ".join(lead))

    def _suggestion(self, turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event] | None:
        text = turn.text.strip()
        if _NOTHING_SUGGESTED.match(text) or turn.intent in {"deny", "not_applicable", "skip"}:
            return self._settle(turn, run, item, {item.id: ItemState.NOT_APPLICABLE}, {})
        if turn.intent in {"affirm", "done_item"} and len(text.split()) < 4:
            return self._settle(turn, run, item, {item.id: ItemState.DONE}, {})
        if turn.intent in {"not_yet", "still_not_fixed"} and len(text.split()) < 4:
            return None
        if any(d.kind in {"psl_number", "number"} for d in turn.details):
            return None
        suggestion = note_suggestion(turn)
        run = turn.services.checklists.save(
            turn.owner,
            run.id,
            states={item.id: ItemState.NOT_YET},
            details={"suggestion": suggestion},
        )
        hours = turn.services.settings.reminder_hours
        return step(
            turn,
            run,
            f"On your to-do list: {suggestion}. Do it before you escalate; "
            f"I remind you in {hours} hours. Tell me “done” with it any time.",
        )

    @staticmethod
    def _unclear(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        return step(turn, run, "I did not get that. Done, not yet, or doesn't apply?")

    @staticmethod
    def _stop(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        turn.services.checklists.save(turn.owner, run.id, finished=True)
        turn.say(
            "Stopped. Nothing is lost that you told me for a ticket.",
            [("Start again", payload(_start_intent(run.checklist)))],
        )
        return no_focus()

    @staticmethod
    def _pause(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        turn.say(
            "Your place is kept. Say “continue the checklist” when you are back, in days too.",
            [("Continue", payload("resume"))],
        )
        return no_focus()

    @staticmethod
    def _start_over(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        fresh = turn.services.checklists.start(turn.owner, run.checklist)
        return step(turn, fresh, "Starting over.")

    @staticmethod
    def _back(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        checklist = turn.services.checklists.all[run.checklist]
        previous = previous_item(checklist, item.id)
        run = turn.services.checklists.save(
            turn.owner, run.id, position=previous.id, forget=previous.id
        )
        return step(turn, run, "Going back.")

    @staticmethod
    def _review(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        if run.checklist == "before_call":
            turn.say(words.call_sheet(turn.services, run)[0])
        else:
            checklist = turn.services.checklists.all[run.checklist]
            turn.say(
                "\n".join(f"• {i.title}: {run.states.get(i.id, 'open')}" for i in checklist.items)
            )
        return step(turn, run)

    @staticmethod
    def _explain(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        guide = turn.services.guide
        return step(turn, run, f"{guide.fill(item.meaning)}\nHow: {guide.fill(item.how)}")


def note_suggestion(turn: Turn) -> str:
    """Put what the Representative suggested on the to-do list; returns it as noted."""
    text = _NOT_DONE_TAIL.sub("", _LEAD.sub("", turn.text.strip()))
    suggestion = short(text.strip(" ,.;") or summary(turn.text), 200)
    turn.services.follow_ups.note(turn.owner, suggestion)
    return suggestion


def _start_intent(checklist: str) -> str:
    return next(intent for intent, name in STARTS.items() if name == checklist)


class ActionCallSheet(PslAction):
    """Show the call sheet of the newest before-call run."""

    action_name = "action_call_sheet"

    async def act(self, turn: Turn) -> list[Event]:
        """The sheet as far as it is filled; without a run, offer to begin one."""
        run = turn.services.checklists.last_run(turn.owner, "before_call")
        if run is None:
            turn.say(
                "There is no call sheet yet. The before-call checklist makes one.",
                [("Before-call checklist", payload("start_before_call"))],
            )
            return []
        turn.say(*words.call_sheet(turn.services, run))
        return []
