"""The question behind a wish: how what somebody wants done here is done in Agent Portal."""

from __future__ import annotations

from actions.turn import Turn

# The wish, and the questions it may come down to; the first where the message does not say.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "start_registration": (
        "ask_where_register",
        "ask_registration_steps",
        "ask_registration_not_done",
        "ask_resume_registration",
        "ask_deregistered_back",
    ),
    "set_hours": ("ask_set_hours", "ask_day_off", "ask_breaks", "ask_time_zone"),
    "show_availability": ("ask_set_hours",),
    "set_out_of_office": ("ask_out_of_office", "ask_no_end_time", "ask_pause_today"),
    "end_out_of_office": ("ask_out_of_office", "ask_no_end_time"),
    "set_contact": ("ask_change_contact_method", "ask_editable_settings", "ask_wrong_doi_data"),
    "set_language": ("ask_add_language", "ask_asl"),
    "leave_on_demand": ("ask_leave_program",),
}


def explanation(turn: Turn, wish: str) -> str | None:
    """The guide's answer to the question behind a typed wish; None where there is none."""
    questions = QUESTIONS.get(wish)
    if questions is None or turn.is_button:
        return None
    guide = turn.services.guide
    likely = next((name for name, _ in turn.ranking if name in questions), questions[0])
    return guide.reply(guide.answers[likely])
