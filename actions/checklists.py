"""The guided runs: before, during and after a PSL call, and eligibility for On Demand."""

from __future__ import annotations

import re

from actions import checklist_reading as reading
from actions import checklist_words as words
from actions.answers import ActionAnswer, about_the_agent
from actions.prompts import back_to_task
from actions.ticket_drafting import values_of
from actions.turn import Event, PslAction, Turn, focus_on, no_focus, payload
from psl.checklists import ChecklistRun, ItemState, captured, previous_item
from psl.details import Detail, split_issues, strip_command
from psl.guide import ChecklistItem

STARTS = {
    "start_before_call": "before_call",
    "start_during_call": "during_call",
    "start_after_call": "after_call",
    "start_eligibility_check": "eligibility",
}
_CLIENT = ("case_number", "application_number")
# Answers to "Is 30011223 the case number or the Application ID?"
_KIND_TYPED = re.compile(r"\b(?:(case)|(app(?:lication)?|id))\b", re.IGNORECASE)

_STILL_TO = re.compile(
    r"\b(?:(?:still|have|need|got|gotta)\s+)+(?:to\s+)?(?P<what>[a-z]{3,}.+)", re.IGNORECASE
)
_PARTIES = re.compile(
    r"\b(client|customer|carrier|dcbs|doi|primary applicant|applicant|member)s?\b", re.IGNORECASE
)


def step(turn: Turn, run: ChecklistRun, lead: str = "") -> list[Event]:
    """Ask the next open item, or finish the run."""
    item = words.current_item(turn.services, run)
    if item is None:
        return finish(turn, run, lead)
    run = turn.services.checklists.save(turn.owner, run.id, position=item.id)
    text, buttons = words.question(turn.services, run)
    turn.say(f"{lead}\n{text}".strip(), buttons)
    asked = next((kind for kind in item.captures if kind not in run.details), None)
    return focus_on("checklist", run.id, asked)


def finish(turn: Turn, run: ChecklistRun, lead: str) -> list[Event]:
    """End a run with what it was for."""
    run = turn.services.checklists.save(turn.owner, run.id, finished=True)
    kind = turn.services.checklists.all[run.checklist].finish
    if kind == "after_call":
        return _finish_call(turn, run, lead)
    if kind == "follow_up":
        _finish_after_call(turn, run, lead)
    elif kind == "eligibility":
        turn.say(*words.eligibility(turn.services, run))
    else:
        if lead:
            turn.say(lead)
        turn.say(*words.call_sheet(turn.services, run))
    return no_focus()


def _finish_call(turn: Turn, run: ChecklistRun, lead: str) -> list[Event]:
    """With its number known, a call goes straight on to the steps after it."""
    if "psl_number" in run.details:
        after = turn.services.checklists.start(turn.owner, "after_call")
        after = _with_number(turn, after, run.details["psl_number"])
        return step(turn, after, f"{lead}\nThat was the call. Now the steps after it.".strip())
    turn.say(
        f"{lead}\nThat was the call. When you have the number, tell it to me.".strip(),
        [("After-call checklist", payload("start_after_call"))],
    )
    return no_focus()


def _with_number(turn: Turn, run: ChecklistRun, number: str) -> ChecklistRun:
    return turn.services.checklists.save(
        turn.owner,
        run.id,
        states={"keep_number": ItemState.DONE},
        details={"psl_number": number},
    )


def _finish_after_call(turn: Turn, run: ChecklistRun, lead: str) -> None:
    if run.states.get("resolved") == ItemState.DONE:
        turn.services.follow_ups.resolve(turn.owner)
        lead = "Glad it is resolved. I closed your follow-up."
    todo = turn.services.follow_ups.todo(turn.owner)
    lines = [lead] if lead else []
    number = run.details.get("psl_number")
    if number and run.states.get("resolved") != ItemState.DONE:
        lines.append(f"Quote your PSL number, {number}, when you call back.")
    if todo:
        lines.append(
            f"On your to-do list: {'; '.join(item.text for item in todo)}. I will remind you."
        )
    turn.say(
        "\n".join(lines or ["That is the whole after-call list."]),
        [("My to-do list", payload("show_todo"))] if todo else [],
    )


class ActionChecklistStart(PslAction):
    """Begin a guided run, or take the unfinished one up again."""

    action_name = "action_checklist_start"

    async def act(self, turn: Turn) -> list[Event]:
        """The run that the intent names; a linked agent's eligibility is in the records."""
        own = about_the_agent(turn, "ask_eligibility")
        if turn.intent == "start_eligibility_check" and own is not None:
            turn.say(own, [("My availability", payload("show_availability"))])
            return back_to_task(turn)
        return begin(turn, STARTS[turn.intent])


def begin(turn: Turn, name: str) -> list[Event]:
    """Start a run; what was told, now or just before, counts.

    An unfinished run is taken up, but not that of another client.
    """
    checklists = turn.services.checklists
    told = "\n".join(filter(None, [turn.told, "" if turn.is_button else turn.text]))
    unfinished = checklists.open_run(turn.owner, name)
    clients = _details(turn.services.reader.read(told), set(_CLIENT))
    if unfinished is not None and any(
        unfinished.details.get(kind, value) != value for kind, value in clients.items()
    ):
        unfinished = None
    run = unfinished or checklists.start(turn.owner, name)
    taken_up = bool(run.states)
    if name == "after_call" and unfinished is None and (number := _number_of_call(turn)):
        run = _with_number(turn, run, number)
    states, details = learn(turn, run, None, told)
    run = _save(turn, run, states, details)
    if taken_up:
        about = next((f" ({run.details[k]})" for k in _CLIENT if k in run.details), "")
        lead = f"Picking up where you left off{about}. Say “start over” if this is another call."
        if name == "eligibility":
            lead = "Picking up where you left off."
    else:
        title = checklists.all[name].title
        lead = f"{title} ({len(checklists.all[name].items)} steps)"
        if noted := words.noted(details):
            lead += f"\n{noted}"
    return step(turn, run, "\n".join([lead, *words.settled(turn.services, run, states, details)]))


def _number_of_call(turn: Turn) -> str | None:
    """The number noted during the call that the steps after it belong to."""
    during = turn.services.checklists.last_run(turn.owner, "during_call")
    after = turn.services.checklists.last_run(turn.owner, "after_call")
    if during is None:
        return None
    number = during.details.get("psl_number")
    return None if after is not None and after.details.get("psl_number") == number else number


def learn(
    turn: Turn, run: ChecklistRun, item: ChecklistItem | None, text: str
) -> tuple[dict[str, str], dict[str, str]]:
    """What words settle in a run, in any order: item states and details.

    ``item`` is the open one; None at the start of a run, when nothing was asked yet.
    """
    checklist = turn.services.checklists.all[run.checklist]
    asked = turn.asked if item is not None else None
    if item is not None and asked in {"agency", "role", "doi_number"} and _is_name(turn):
        read: tuple[Detail, ...] = turn.services.reader.read(text, asked=asked)
    else:
        read = turn.details if item is not None else turn.services.reader.read(text)
    wanted = {k for each in checklist.items for k in (*each.captures, *each.also_captures)}
    details = _details(read, wanted)
    numbers = [d.value for d in read if d.kind == "number" and not d.negated]
    if numbers and item is not None:
        collects = set(item.captures) - set(run.details)
        if "psl_number" in collects:
            details["psl_number"] = numbers[0]
        elif "doi_number" in collects and "doi_number" not in details:
            details["doi_number"] = numbers[0]
    if item is not None and "role" in set(item.captures) - set(run.details) - set(details):
        details |= {"role": told} if (told := reading.role(text)) else {}
    states: dict[str, str] = dict(reading.mentioned(checklist, text, item))
    if item is not None:
        states = states or dict(reading.all_settled(checklist, text, run.states, item))
    known = {**run.details, **details}
    for each in checklist.items:
        if set(each.captures) & set(details) and captured(each, known):
            states[each.id] = ItemState.DONE
    if details.get("association") == "no":
        states["association"] = ItemState.NOT_YET
    if "what_happened" in wanted:
        _learn_issue(turn, item, text, states, details)
    return states, details


def _learn_issue(
    turn: Turn,
    item: ChecklistItem | None,
    text: str,
    states: dict[str, str],
    details: dict[str, str],
) -> None:
    """The issue itself: asked for, or told out of turn."""
    described = strip_command(text).strip()
    if item is not None and "what_happened" in item.captures:
        tells = reading.describes(described)
    else:
        tells = reading.tells_issue(
            turn.intent,
            described,
            frozenset(details),
            describing=item is not None and len(item.captures) > 1,
            answered=item is None
            or bool(states or set(details) & set(item.captures))
            or reading.answer(turn.intent, text) is not None,
        )
    if not tells:
        return
    states["case_details"] = ItemState.DONE
    details["what_happened"] = described
    issues, shared = split_issues(described, turn.services.reader)
    if len(issues) > 1:
        # GUIDE: one issue per ticket. The sheet is for the first; the others stand beside it.
        own = {**values_of(shared), **values_of(issues[0].details)}
        for kind in {kind for issue in issues for kind in values_of(issue.details)}:
            details.pop(kind, None)
            if kind in own:
                details[kind] = own[kind]
        details["what_happened"] = issues[0].text.strip(" ,.;")
        details["other_issues"] = "\n".join(issue.text.strip(" ,.;") for issue in issues[1:])


def _is_name(turn: Turn) -> bool:
    """Whether a bare answer may be the name that was asked for, not a command or question."""
    return not turn.sure and reading.answer(turn.intent, turn.text) is None


def _details(read: tuple[Detail, ...], wanted: set[str]) -> dict[str, str]:
    found = values_of(read)
    for detail in read:
        if detail.kind in {"association", "psl_number"} and not detail.negated:
            found[detail.kind] = detail.value
        if detail.kind == "ticket_number":
            found["psl_number"] = detail.value
    return {kind: value for kind, value in found.items() if kind in wanted}


def _save(
    turn: Turn, run: ChecklistRun, states: dict[str, str], details: dict[str, str]
) -> ChecklistRun:
    if "psl_number" in details:
        turn.services.follow_ups.keep_number(turn.owner, details["psl_number"])
    for state, known in ((ItemState.DONE, "yes"), (ItemState.NOT_YET, "no")):
        if states.get("association") == state:
            details["association"] = known
    return turn.services.checklists.save(turn.owner, run.id, states=states, details=details)


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
        if item is None or run.finished_at is not None:
            return finish(turn, run, "")
        handler = {
            "cancel": self._stop,
            "pause": self._pause,
            "goodbye": self._pause,
            "start_over": self._start_over,
            "go_back": self._back,
            "review": self._review,
            "explain": self._explain,
        }.get(turn.intent)
        if handler is not None and (turn.sure or not turn.details):
            return handler(turn, run, item)
        if turn.is_button:
            return self._pressed(turn, run, item)
        states, details = learn(turn, run, item, turn.text)
        if run.checklist == "after_call":
            if (noted := self._after_call(turn, run, item, states, details)) is not None:
                return noted
        elif (which := self._which_number(turn, run, details)) is not None:
            return which
        if item.captures == ["psl_number"] and not details and reading.no_number(turn.text):
            states[item.id] = ItemState.NOT_YET
        if item.id not in states and self._may_answer(turn, item, states, details):
            state = reading.answer(turn.intent, turn.text, run.checklist == "after_call")
            if state is not None and reading.unsure(turn.text) and item.captures:
                return self._explain(turn, run, item)
            if turn.intent == "skip" and reading.skips_all(turn.text):
                rest = turn.services.checklists.save(
                    turn.owner, run.id, states=self._rest(turn, run)
                )
                return finish(turn, rest, "")
            if state is not None and reading.unsure(turn.text):
                left = ItemState.NOT_APPLICABLE if run.checklist == "eligibility" else state
                return self._settle(turn, run, item, {item.id: left}, details, unsure=True)
            if state is not None:
                states[item.id] = state
        if not states and not details:
            if reading.same_again(turn.text):
                return step(turn, run, "I start fresh for each call, so tell me again.")
            if turn.intent in turn.services.guide.answers:
                return await ActionAnswer().act(turn)
            return self._unclear(turn, run, item)
        return self._settle(turn, run, item, states, details)

    @staticmethod
    def _may_answer(
        turn: Turn, item: ChecklistItem, states: dict[str, str], details: dict[str, str]
    ) -> bool:
        """A message that told something else answers the open question only by a leading yes or no."""
        if not states and not details:
            return True
        if not reading.leads(turn.text):
            return False
        return "what_happened" not in details and not set(item.captures) & set(details)

    @staticmethod
    def _rest(turn: Turn, run: ChecklistRun) -> dict[str, str]:
        items = turn.services.checklists.all[run.checklist].items
        return {i.id: ItemState.NOT_APPLICABLE for i in items if i.id not in run.states}

    def _pressed(self, turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        details = {kind: value for kind in (*_CLIENT, "role") if (value := turn.entity(kind))}
        state = reading.answer(turn.intent, "")
        states: dict[str, str] = {item.id: state} if state and not details else {}
        if details and captured(item, {**run.details, **details}):
            states[item.id] = ItemState.DONE
        return self._settle(turn, run, item, states, details)

    @staticmethod
    def _which_number(turn: Turn, run: ChecklistRun, details: dict[str, str]) -> list[Event] | None:
        """A bare number may be a case number or an Application ID: ask, or hear the answer."""
        waiting = run.details.get("number")
        if turn.asked == "case_or_application" and waiting and not details:
            typed = _KIND_TYPED.search(turn.text)
            if typed:
                details["case_number" if typed[1] else "application_number"] = waiting
                return None
        if run.checklist != "before_call" or {*_CLIENT, "doi_number", "what_happened"} & set(
            details
        ):
            return None
        number = next((d.value for d in turn.details if d.kind == "number"), None)
        if number is None:
            return None
        states, _ = learn(turn, run, None, turn.text)
        turn.services.checklists.save(
            turn.owner, run.id, states=states, details={**details, "number": number}
        )
        turn.say(
            f"Is {number} the case number or the Application ID?",
            [
                ("Case number", payload("inform", ref=run.id, case_number=number)),
                ("Application ID", payload("inform", ref=run.id, application_number=number)),
            ],
        )
        return focus_on("checklist", run.id, "case_or_application")

    def _after_call(
        self,
        turn: Turn,
        run: ChecklistRun,
        item: ChecklistItem,
        states: dict[str, str],
        details: dict[str, str],
    ) -> list[Event] | None:
        """What only the steps after a call know: suggestions, no number, still not fixed."""
        asked = item.id == "suggestions"
        numbered = "psl_number" in details
        # Told while the suggestions are asked for, only a clear "still not fixed" is none of them.
        outcome = {"still_not_fixed": ItemState.NOT_YET, "close_ticket": ItemState.DONE}.get(
            turn.intent if turn.sure or not asked else ""
        )
        if outcome is not None:
            states["resolved"] = outcome
        if asked and not numbered and reading.nothing_suggested(turn.text):
            return step(turn, _save(turn, run, {item.id: ItemState.NOT_APPLICABLE}, details))
        answered = reading.answer(turn.intent, turn.text)
        plain = answered is not None and len(turn.text.split()) < 4
        told = reading.suggestion(
            turn.text,
            asked=asked and outcome is None and not numbered and not plain,
            certain=turn.intent == "record_suggestion" and not plain,
        )
        if (
            told is None
            and item.id == "follow_up"
            and ItemState.NOT_YET
            in {
                answered,
                states.get(item.id),
            }
        ):
            told = self._to_follow_up(turn)
            if told is not None:
                states[item.id] = ItemState.NOT_YET
        if told is None:
            return None
        return self._noted(turn, run, told, states, details)

    @staticmethod
    def _to_follow_up(turn: Turn) -> reading.Suggestion | None:
        """What is still to be done ("have to call the carrier") goes on the to-do list too."""
        told = _STILL_TO.search(turn.text)
        if told is not None and len(told["what"].split()) > 1:
            return reading.Suggestion(told["what"].strip(" ,.;"), done=False)
        parties = dict.fromkeys(name.lower() for name in _PARTIES.findall(turn.text))
        if not parties:
            return None
        named = " and ".join(p.upper() if p in {"dcbs", "doi"} else f"the {p}" for p in parties)
        return reading.Suggestion(f"follow up with {named}", done=False)

    def _noted(
        self,
        turn: Turn,
        run: ChecklistRun,
        told: reading.Suggestion,
        states: dict[str, str],
        details: dict[str, str],
    ) -> list[Event]:
        """A suggestion goes on the to-do list, unless it is carried out already."""
        states.pop("keep_number", None)
        if told.done:
            states["suggestions"] = ItemState.DONE
        elif states.get("follow_up") != ItemState.NOT_YET:
            states["suggestions"] = ItemState.NOT_YET
        details["suggestion"] = told.text
        run = _save(turn, run, states, details)
        return step(turn, run, f"{words.noted(details)}\n{suggestion_noted(turn, told)}".strip())

    @staticmethod
    def _settle(
        turn: Turn,
        run: ChecklistRun,
        item: ChecklistItem,
        settled: dict[str, str],
        details: dict[str, str],
        *,
        unsure: bool = False,
    ) -> list[Event]:
        complete = len(item.captures) > 1 and captured(item, run.details)
        if complete and settled.get(item.id) == ItemState.NOT_YET and not details:
            # "No" to "is that right?": what is right?
            return step(turn, run, f"What is right, then? {turn.services.guide.fill(item.how)}")
        run = _save(turn, run, settled, details)
        lead = [
            words.noted(details),
            *words.settled(turn.services, run, settled, details, unsure=unsure),
        ]
        if run.checklist == "after_call" and settled.get("resolved") == ItemState.DONE:
            return finish(turn, run, "")
        return step(turn, run, "\n".join(filter(None, lead)))

    @staticmethod
    def _unclear(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        choice = "Done, not yet, or doesn't apply?"
        if item.captures:
            choice = ""
        elif run.checklist == "eligibility":
            choice = "Yes or no?"
        return step(turn, run, f"I did not get that. {choice}".strip())

    @staticmethod
    def _stop(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        turn.services.checklists.save(turn.owner, run.id, finished=True)
        kept = {
            "before_call": " Your call sheet is kept as far as it got.",
            "after_call": " Your number and your to-do list are kept.",
        }.get(run.checklist, "")
        buttons = [("Start again", payload(_start_intent(run.checklist)))]
        if run.checklist == "before_call":
            buttons.insert(0, ("My call sheet", payload("show_call_sheet")))
        turn.say(f"Stopped.{kept}", buttons)
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
        if previous.id == item.id:
            return step(turn, run, "This is the first step.")
        run = turn.services.checklists.save(
            turn.owner, run.id, position=previous.id, forget=previous.id
        )
        return step(turn, run, "Going back.")

    @staticmethod
    def _review(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        if run.checklist == "before_call":
            turn.say(words.call_sheet(turn.services, run)[0])
        else:
            turn.say(words.progress(turn.services, run))
        return step(turn, run)

    @staticmethod
    def _explain(turn: Turn, run: ChecklistRun, item: ChecklistItem) -> list[Event]:
        guide = turn.services.guide
        return step(turn, run, f"{guide.fill(item.meaning)}\nHow: {guide.fill(item.how)}")


def suggestion_noted(turn: Turn, told: reading.Suggestion) -> str:
    """Put a suggestion on the to-do list, unless it is carried out; what to say of it."""
    if told.done:
        return f"✓ {told.text}, carried out."
    turn.services.follow_ups.note(turn.owner, told.text)
    hours = turn.services.settings.reminder_hours
    return f"On your to-do list: {told.text}. Do it before you escalate; I remind you in {hours} hours."


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
        return back_to_task(turn)
