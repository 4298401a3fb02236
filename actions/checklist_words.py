"""What is said in guided runs: questions, progress, the call sheet."""

from __future__ import annotations

from actions.turn import Button, payload, short
from psl.checklists import ChecklistRun, ItemState, next_item
from psl.guide import ChecklistItem
from psl.services import Services

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
WANTED = ("what_happened", "system", "screen", "error", "browser", "members", "tried")


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
    text = f"({place} of {len(checklist.items)}) {services.guide.fill(item.ask)}"
    known = [
        f"{DETAIL_LABELS[kind]} {run.details[kind]}"
        for kind in item.captures
        if kind in run.details
    ]
    if known and item.id == "doi_information":
        text += f"\nI have: {'; '.join(known)}. Right?"
    ref = run.id
    buttons = [
        ("Done", payload("done_item", ref=ref)),
        ("Not yet", payload("not_yet", ref=ref)),
        ("Doesn't apply", payload("not_applicable", ref=ref)),
        ("Explain", payload("explain", ref=ref)),
    ]
    if checklist.id == "eligibility":
        buttons = [
            ("Yes", payload("done_item", ref=ref)),
            ("No", payload("not_yet", ref=ref)),
            ("Explain", payload("explain", ref=ref)),
        ]
    return text, buttons


def call_sheet(services: Services, run: ChecklistRun) -> tuple[str, list[Button]]:
    """One screen for the call: what is ready, what is missing, the number, what to read out."""
    guide = services.guide
    checklist = services.checklists.all["before_call"]
    lines = [f"Your call sheet. PSL: {guide.terms['psl_phone']}"]
    marks = {ItemState.DONE: "✓", ItemState.NOT_YET: "✗", ItemState.NOT_APPLICABLE: "–"}
    for item in checklist.items:
        state = run.states.get(item.id)
        lines.append(f"{marks.get(ItemState(state), '?') if state else '?'} {item.title}")
    ready = [
        f"• {DETAIL_LABELS[kind]}: {short(value, 90)}"
        for kind, value in run.details.items()
        if kind in DETAIL_LABELS and kind != "association"
    ]
    if ready:
        lines += ["Read out:", *ready]
    missing = []
    if not {"case_number", "application_number"} & set(run.details):
        missing.append("case number or Application ID")
    missing += [DETAIL_LABELS[k] for k in ("agency", "doi_number", "role") if k not in run.details]
    if run.states.get("case_details") != ItemState.NOT_APPLICABLE:
        missing += [DETAIL_LABELS[k] for k in WANTED if k not in run.details]
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
    return "\n".join(lines), [
        ("Draft a ticket from it", payload("start_ticket", run=run.id)),
        ("I'm on the call", payload("start_during_call")),
        ("I've called", payload("start_after_call")),
    ]
