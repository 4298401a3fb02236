"""The form of a message: does it ask how something is done, or is it to be done?"""

from __future__ import annotations

import re

# Questions how something is done, and the command that does it.
DONE_BY = {
    "ask_set_hours": "set_hours",
    "ask_breaks": "set_hours",
    "ask_day_off": "set_hours",
    "ask_time_zone": "set_hours",
    "ask_out_of_office": "set_out_of_office",
    "ask_no_end_time": "set_out_of_office",
    "ask_pause_today": "set_out_of_office",
    "ask_change_contact_method": "set_contact",
    "ask_add_language": "set_language",
    "ask_asl": "set_language",
    "ask_leave_program": "leave_on_demand",
    "ask_no_answer": "report_no_answer",
    "ask_where_register": "start_registration",
    "ask_where_accept": "accept_referral",
    "ask_how_reject": "reject_referral",
    "ask_set_complete": "complete_referral",
    "ask_hand_to_colleague": "hand_back_referral",
}

_LEAD = (
    r"(?:wait|ok(?:ay)?|so|and|but|hey|hi|oh|also|btw|hold on|hang on|um+|well|actually|alright|one sec|"
    r"real quick|quick|question|sorry|before that|before i forget|then)[\s,:-]+"
)
_WH = r"(?:what(?!\s+happen(?:s|ed)\s+(?:is|was)\b)|whats|what's|how|hows|when|where|wheres|who|whos|why|which|whose)"
_AUX = r"(?:can|cant|can't|could|do|does|did|is|are|am|will|would|should|shall|may)"
_SUBJECT = (
    r"(?:i|u|you|we|they|she|he|it|that|this|these|my|the|there|a|an|your|our|her|his|their|both|"
    r"some(?:one|body)|any(?:one|body)|on demand|kynect|psl|agents?|residents?|clients?|delegates?)"
)
_QUESTION = re.compile(
    rf"^\W*(?:{_LEAD}){{0,4}}(?:{_WH}|{_AUX}\s+{_SUBJECT})\b|\?\s*$|"
    rf"\b(?:quick q|quick question|question for you|"
    rf"tell me (?:how|what|when|where|who|why|about)|wondering (?:if|how|what|when|whether)|"
    rf"how (?:many|much|long|do|can|often)|what (?:number|do i|should i|is the|are the|happens)|"
    rf"where (?:do|does|can|is|would)|who (?:do|does|handles|can)|"
    rf"(?:do|does|did|can|cant|could|should|will|would|may|am) (?:i|we|they|she|he|it|that|this|my)|"
    rf"(?:will|would|can|could|does|is|are) (?:psl|kynect|on demand|the (?:client|resident|rep)))\b",
    re.IGNORECASE,
)


def looks_like_question(text: str) -> bool:
    """Whether a message asks something, by its form alone."""
    return bool(_QUESTION.search(text))
