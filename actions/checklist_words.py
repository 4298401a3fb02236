"""What is said in guided runs: questions, progress, the call sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions.turn import Button, payload, short
from psl.checklists import ChecklistRun, ItemState, next_item
from psl.guide import ChecklistItem
from psl.services import Services
from psl.tickets.rules import kind_of

DETAIL_LABELS = {
    "association": "associated with the case",
    "agency": "agency",
    "doi_number": "DOI number",
    "role": "role",
    "case_number": "case number",
    "application_number": "Application ID",
    "what_happened": "what happened",
    "system": "system",
    "screen": "screen",
    "error": "error",
    "browser": "browser",
    "members": "members affected",
    "enrollment": "enrollment information",
    "tried": "troubleshooting tried",
    "psl_number": "PSL ticket/reference number",
}
# What PSL asks for in a technical issue (GUIDE: Have Case Details Ready).
TECHNICAL = ("system", "screen", "error", "browser", "members", "tried")
_MARKS = {ItemState.DONE: "✓", ItemState.NOT_YET: "✗", ItemState.NOT_APPLICABLE: "–"}


def current_item(services: Services, run: ChecklistRun) -> ChecklistItem | None:
    """The item that is open: the one gone back to, else the first unsettled one."""
    checklist = services.checklists.all[run.checklist]
    chosen = next((item for item in checklist.items if item.id == run.position), None)
    if chosen is not None and chosen.id not in run.states:
        return chosen
    return next_item(checklist, run.states)


def question(services: Services, run: ChecklistRun) -> tuple[str, list[Button]]:
    """The open item with its progress and buttons."""
    item = current_item(services, run)
    checklist = services.checklists.all[run.checklist]
    if item is None:
        return "All items are settled.", []
    place = [i.id for i in checklist.items].index(item.id) + 1
    ask, confirming = _ask(services, run, item)
    text = f"({place} of {len(checklist.items)}) {ask}"
    ref = run.id
    buttons = [
        ("Done", payload("done_item", ref=ref)),
        ("Not yet", payload("not_yet", ref=ref)),
        ("Doesn't apply", payload("not_applicable", ref=ref)),
        ("Explain", payload("explain", ref=ref)),
    ]
    if "role" in item.captures and "role" not in run.details:
        # Typed, "agent" would ask for a person.
        roles = [(r, payload("inform", ref=ref, role=r)) for r in ("Agent", "Delegate")]
        buttons = [*roles, *buttons]
    if checklist.id == "eligibility" or confirming or item.captures == ["association"]:
        buttons = [
            ("Yes", payload("done_item", ref=ref)),
            ("No", payload("not_yet", ref=ref)),
            ("Explain", payload("explain", ref=ref)),
        ]
    return text, buttons


def _ask(services: Services, run: ChecklistRun, item: ChecklistItem) -> tuple[str, bool]:
    """What is asked, and whether all is known and only to be confirmed."""
    if len(item.captures) > 1:
        known = [f"{DETAIL_LABELS[k]} {run.details[k]}" for k in item.captures if k in run.details]
        missing = [DETAIL_LABELS[k] for k in item.captures if k not in run.details]
        if not missing:
            return f"Your DOI information for PSL: {', '.join(known)}. Right?", True
        if known:
            return f"I have {', '.join(known)}. What is your {' and your '.join(missing)}?", False
    return services.guide.fill(item.ask), False


def noted(details: Mapping[str, str]) -> str:
    """A short read-back of the details just understood."""
    parts = [
        f"{DETAIL_LABELS[kind]}: {short(value, 60)}"
        for kind, value in details.items()
        if kind in DETAIL_LABELS and kind not in {"what_happened", "association"}
    ]
    return f"Noted: {'; '.join(parts)}." if parts else ""


def settled(
    services: Services,
    run: ChecklistRun,
    states: Mapping[str, str],
    details: Mapping[str, str] | None = None,
    *,
    unsure: bool = False,
) -> list[str]:
    """What is said about items just settled: a tick, or what to do about what is open.

    An item that just collected ``details`` needs no tick: they are read back. Who is ``unsure``
    is told how to find out.
    """
    lines = []
    for item in services.checklists.all[run.checklist].items:
        state = states.get(item.id)
        if state is not None and unsure:
            lines.append(services.guide.fill(item.how))
        elif state == ItemState.NOT_YET:
            known = run.details.get("psl_number")
            advice = item.not_yet or item.how
            lines.append(
                services.guide.fill(advice, psl_number_known=f" ({known})" if known else "")
            )
        elif state is not None and not (set(item.captures) & set(details or {}) - {"association"}):
            left_out = ": left out" if state == ItemState.NOT_APPLICABLE else ""
            lines.append(f"{_MARKS[ItemState(state)]} {item.title}{left_out}")
    return lines


def progress(services: Services, run: ChecklistRun) -> str:
    """All items with their marks."""
    return "\n".join(
        f"{_mark(run, item)} {item.title}" for item in services.checklists.all[run.checklist].items
    )


def _mark(run: ChecklistRun, item: ChecklistItem) -> str:
    state = run.states.get(item.id)
    return _MARKS[ItemState(state)] if state else "?"


def call_sheet(services: Services, run: ChecklistRun) -> tuple[str, list[Button]]:
    """One screen for the call: what is ready, what is missing, the number, what to read out."""
    guide = services.guide
    lines = [f"Your call sheet. PSL: {guide.terms['psl_phone']}", progress(services, run)]
    read_out = [
        f"• {label}: {short(run.details[kind], 200)}"
        for kind, label in DETAIL_LABELS.items()
        if kind in run.details and kind != "association"
    ]
    if read_out:
        lines += ["Read out:", *read_out]
    others = run.details.get("other_issues")
    if others:
        lines.append("PSL takes one issue per ticket. Ask for a separate number for:")
        lines += [f"• {short(other, 120)}" for other in others.split("\n")]
    at_hand, missing = _not_told(services, run)
    if at_hand:
        lines.append(f"Have at hand: {', '.join(at_hand)}.")
    if missing:
        lines.append(f"Missing: {', '.join(missing)}.")
    if run.details.get("association") == "no" or run.states.get("association") == ItemState.NOT_YET:
        lines.append(
            "Not associated: use Request Case Access first, or have the Primary Applicant on the "
            "line; PSL must speak with them to add you."
        )
    lines.append(
        "Before you hang up, ask for the ticket/reference number. (Source: PSL Best Practices)"
    )
    buttons = [
        ("Draft a ticket from it", payload("start_ticket", run=run.id)),
        ("I'm on the call", payload("start_during_call")),
        ("I've called", payload("start_after_call")),
    ]
    if others:
        buttons.insert(1, ("Ticket for the other", payload("start_ticket", words=others[:600])))
    return "\n".join(lines), buttons


def _not_told(services: Services, run: ChecklistRun) -> tuple[list[str], list[str]]:
    """What PSL will ask and was not told here: of items that are done, and of the others."""
    issue = run.details.get("what_happened", "")
    technical = not issue or kind_of(services.guide, issue).id == "technical"
    if re.search(r"\b(?:not|isn'?t|no)\b.{0,12}\btechnical\b", issue, re.IGNORECASE):
        technical = False
    wanted = {
        "doi_information": ["agency", "doi_number", "role"],
        "case_details": ["what_happened", *(TECHNICAL if technical else ())],
    }
    at_hand: list[str] = []
    missing: list[str] = []
    if not {"case_number", "application_number"} & set(run.details):
        missing.append("case number or Application ID")
    for item, kinds in wanted.items():
        labels = [DETAIL_LABELS[kind] for kind in kinds if kind not in run.details]
        state = run.states.get(item)
        if state == ItemState.DONE and len(labels) == len(kinds):
            # "Done" without telling: the agent has it on paper.
            at_hand += labels
        elif state != ItemState.NOT_APPLICABLE:
            missing += labels
    return at_hand, missing


def eligibility(services: Services, run: ChecklistRun) -> tuple[str, list[Button]]:
    """Whether the agent meets the criteria by what they told, and what to do next."""
    guide = services.guide
    items = services.checklists.all[run.checklist].items
    states = {item.id: run.states.get(item.id) for item in items}
    needed = [item for item in items if states[item.id] == ItemState.NOT_YET]
    unknown = [i.title for i in items if states[i.id] not in {ItemState.NOT_YET, ItemState.DONE}]
    source = f"(Source: {guide.sources['od_guide'].title})"
    if not needed and not unknown:
        return (
            "By what you tell me you meet the criteria. Register in Agent Portal, on the "
            f"'kynect On Demand' tab; it can take as little as {guide.terms['registration_time']}. "
            f"{source}",
            [(guide.label("ask_where_register"), payload("ask_where_register"))],
        )
    lines = []
    if needed:
        lines += [
            "Before you can register:",
            *(f"• {guide.fill(item.not_yet or item.how)}" for item in needed),
        ]
    if unknown:
        lines.append(f"Left open: {', '.join(unknown)}. You need all of it to register.")
    lines.append(f"Then register in Agent Portal, on the 'kynect On Demand' tab. {source}")
    return "\n".join(lines), [("Check again", payload("start_eligibility_check"))]
