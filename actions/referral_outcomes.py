"""How a referral ended, read from an agent's words. Pure functions."""

from __future__ import annotations

import re

from actions.referral_reading import full_number, without_numbers
from psl.referrals.rules import Outcome

_NOT = r"(?:n['’]?t| not)"
_THEM = r"(?:her|him|them|it|me|us)"
_THEIR = r"(?:her|his|their|its|the|my|an?)"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thurs?|fri|satur?|sun)(?:day)?"
_PLAN = r"(?:plan|policy|coverage|bronze|silver|gold|catastrophic)"

# Each line is a way to say it. The first outcome that fits is meant: what is more particular
# stands before what is more general.
_WAYS: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (
        Outcome.WRONG_NUMBER,
        (
            r"wron?g (?:number|num|nr|no\b|#|person|phone|e-?mail|address)",
            r"bad (?:number|phone|contact)",
            r"disconnected|out of service|bounced|(?:isn['’]?t|not) in service",
            rf"not {_THEIR} (?:number|phone)",
            r"number (?:is )?(?:not|no longer|isn['’]?t|doesn['’]?t|dead|turned out|belongs)",
            r"(?:phone|number) (?:belongs|is somebody|is someone)",
        ),
    ),
    (
        Outcome.DUPLICATE,
        (
            r"dup(?:e|es|s|l\w*)?\b|asked twice",
            r"same (?:person|resident|one|referral) (?:twice|again)",
            r"already (?:in|on) (?:my|the) list",
        ),
    ),
    (
        Outcome.NOT_INTERESTED,
        (
            r"(?:not|isn['’]?t|wasn['’]?t|no longer|never|lost|no) (?:really |at all |even )?inter\w*",
            rf"uninterested|(?:does|did|do){_NOT} (?:want|need)",
            rf"changed {_THEIR} mind|decided (?:against|not)",
            rf"said no|says no|no thanks|declined|turned {_THEM} down|told me to (?:stop|go)",
        ),
    ),
    (Outcome.MEDICAID, (r"med[ie]c?[ai]?i?d\b|medicade|medcaid|mediciad|k-?chip|\bchip\b|\bdcbs\b",)),
    (
        Outcome.HAS_AGENT,
        (
            rf"(?:has|have|had|got|with) (?:already )?(?:got )?{_THEIR} (?:own )?(?:other )?(?:agent|agnt|broker)",
            r"(?:already|has|have|got|another|other|own) (?:an )?(?:agent|agnt|broker)",
            r"(?:somebody|someone) else['’]?s client|['’]s client already",
        ),
    ),
    (
        Outcome.FOLLOW_UP,
        (
            r"fol+ow(?:ing|ed)?[\s-]?up|call ?back(?! from)|call(?:ing|s)? (?:\w+ )?(?:back|again|later)",
            r"appointment|appt|apptmt|meeting|\bmeet\b|next (?:week|month)|\b(?:tomorrow|tmrw)\b",
            r"thinks? about it|think(?:s|ing)? (?:it )?over|needs? (?:more )?time",
            rf"(?:get(?:ting)?|call(?:s|ing)?) {_THEM}? ?back|talk(?:ing)? again",
            rf"(?:call|meet|talk|speak)\w* (?:\w+ ){{0,3}}(?:on )?{_DAY}\b",
        ),
    ),
    (
        Outcome.NO_ANSWER,
        (
            r"no[\s-]?(?:answer|anser|answr|ans|reply|response)|unreachable|no luck",
            r"never (?:answer|reach|pick|repl|respond|called)",
            rf"(?:did|does|do|would|could|can|is|are|has|have|was|wo){_NOT} (?:answer|pick|reach|repl|respond|get)",
            r"(?:not|wont) (?:answer|pick|repl|respond)|no ?(?:body|one) (?:answer|pick)",
            r"voice ?mails?|\bvms?\b|(?:3|three) (?:tries|attempts|calls)",
        ),
    ),
    (
        Outcome.ENROLLED,
        (
            r"enrol\w*|inrol\w*|sign(?:ed)? (?:\w+ )?up|picked (?:a|the|her|his|their|out)|success|\bsold\b",
            rf"(?:cho(?:o?se)|selected|t(?:ook|akes?|aking)|go(?:es|ing) with|went with|bought|got) "
            rf"(?:\w+ ){{0,3}}{_PLAN}",
            rf"(?:has|have|got) (?:\w+ )?{_PLAN} now|(?:is|['’]s|are|['’]re) (?:covered|insured|all set|in a plan)",
            rf"got {_THEM} (?:covered|a plan|in\b|into)|submitted (?:{_THEIR} )?app",
        ),
    ),
    (Outcome.QUOTE_GIVEN, (r"quot\w*|qoute\w*|prices?|estimate|\brates\b|options? sent|sent (?:\w+ )?options",)),
    (Outcome.OTHER, (r"^\W*(?:other|something else|none of (?:these|those|them))\b",)),
)  # fmt: skip
_READ = [
    (outcome, re.compile("|".join(f"(?:{way})" for way in ways), re.IGNORECASE))
    for outcome, ways in _WAYS
]
_NOT_ENROLLED = re.compile(
    r"(?:not|n['’]t|never|without|only|just)\s+(?:\w+\s+){0,2}(?:enrol\w*|sign\w* up)|no enrol\w*",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^\W*(?:no|nope|oops|sorry|wait|actually|correction|i meant|my mistake|my bad)\b(?! (?:answer|reply|luck))|"
    r"\b(?:actually|i meant|instead|change (?:it|that|the outcome)|should (?:be|have been)|correction)\b",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"\b(?:talked|spoke|spoken|reached|got (?:her|him|them) on|got hold|chatted|"
    r"had a (?:good |long )?(?:talk|call)|finished with|done with|helped)\b",
    re.IGNORECASE,
)


def outcome_told(text: str) -> Outcome | None:
    """How a referral ended, by the words; None when they do not tell."""
    for outcome in Outcome:
        if text.strip(" .!").casefold() == outcome.casefold():
            return outcome
    plain = _NOT_ENROLLED.sub(" ", without_numbers(text))
    return next((outcome for outcome, pattern in _READ if pattern.search(plain)), None)


def corrects(text: str) -> bool:
    """Whether a message puts right what was told before."""
    return bool(_CORRECTS.search(text)) and full_number(text) is None


def reached(text: str) -> bool:
    """Whether the resident was spoken with."""
    return bool(_REACHED.search(text)) and outcome_told(text) != Outcome.NO_ANSWER


# Tries -----------------------------------------------------------------------------------------

_TRIES = (
    (3, re.compile(r"\b(?:3|three|third|3rd|thrice)\b|\b3x\b|\bx3\b", re.IGNORECASE)),
    (2, re.compile(r"\b(?:2|two|second|2nd|twice|both times)\b|\b2x\b|\bx2\b", re.IGNORECASE)),
)
_CLOCK = re.compile(
    r"\b(?:at|around|about|by|since|until|till|before|after)\s+(?:noon|\d{1,2}(?::\d\d)?(?:\s*(?:am|pm|a|p))?)"
    r"(?:\s*(?:,|and|&)\s*(?:at\s+)?\d{1,2}(?::\d\d)?(?:\s*(?:am|pm))?)*|\b\d{1,2}(?::\d\d)?\s*(?:am|pm|min\w*|hours?|hrs?|days?)\b|"
    r"\b\d{1,2}:\d\d\b",
    re.IGNORECASE,
)


def tries_told(text: str) -> int:
    """How many tries without an answer a message tells of in all: "third try" is 3; 1 if none."""
    plain = _CLOCK.sub(" ", without_numbers(text))
    return next((count for count, pattern in _TRIES if pattern.search(plain)), 1)
