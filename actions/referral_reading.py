"""What an agent's words tell about referrals: which one, what to do, why not. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from psl.languages import language_name, language_names
from psl.numbers import REFERRALS
from psl.places import place_of, towns_of
from psl.referrals.models import OfferKind, Referral

# Which one -------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w-])(?:R\s?[-–]?\s?)?(\d{4})[\s–-]?(\d{4})(?![\w-])", re.IGNORECASE)
_PART = re.compile(r"(?<![\w-])(?:R\s?-?\s?)?#?(\d{4})(?![\w-])", re.IGNORECASE)
_ENDING = re.compile(
    r"\b(?:end\w*(?: (?:in|with|on))?|last digits?)\s+#?(\d{2,4})\b", re.IGNORECASE
)
_PLACES = [
    re.compile(rf"\b(?:{ordinal})\b|^\W*(?:the )?(?:{n}|{word}|number {n}|no\.? ?{n})\W*$", re.IGNORECASE)
    for n, (ordinal, word) in enumerate(
        (
            ("first(?! come)|1st|top|upper|oldest", "one"),
            ("second|2nd|middle|other(?= one)", "two"),
            ("third|3rd", "three"),
            ("fourth|4th", "four"),
        ),
        1,
    )
]  # fmt: skip
_LAST = re.compile(r"\b(?:last(?! digits?)|bottom|lower|newest|latest)\b", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:both|all of (?:them|those)|all (?:my |the )?(?:referrals|refs|ones|two|three|four|\d)|every one|"
    r"everything|them all)\b|^\W*all\W*$|^\W*(?:accept|take|reject|decline|pass on|complete|close) (?:them )?all\W*$",
    re.IGNORECASE,
)
_GENERAL = re.compile(r"\b(?:general|gen)\b(?! agent)", re.IGNORECASE)
_MASS = re.compile(r"\bmass\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Choice:
    """A referral that words may mean; ``kind`` is None for one in hand."""

    referral: Referral
    kind: OfferKind | None = None

    @property
    def held(self) -> bool:
        """Whether the agent has accepted it, and so knows the resident's name."""
        return self.kind is None


def full_number(text: str) -> str | None:
    """The whole number of a referral in ``text``, as it is stored; None without one."""
    found = _NUMBER.search(text)
    return REFERRALS.read("".join(found.groups())) if found else None


def has_letter(text: str) -> bool:
    """Whether a number is written as a referral's, with its R."""
    found = _NUMBER.search(text)
    return found is not None and found[0][:1].upper() == "R"


def without_numbers(text: str) -> str:
    """``text`` without numbers of referrals, whole or in part."""
    return _ENDING.sub(" ", _NUMBER.sub(" ", text))


def number_part(text: str) -> str | None:
    """Digits by which a number is told apart: "the one ending 7305", "R-4821"."""
    found = _ENDING.search(text) or _PART.search(_NUMBER.sub(" ", text))
    return found[1] if found else None


def means_all(text: str) -> bool:
    """Whether all of them are meant."""
    return bool(_ALL.search(text))


def chosen(text: str, choices: Sequence[Choice], guide_dir: Path) -> list[Choice]:
    """The referrals that words choose; none if they name none, several if they fit several.

    The strongest sign decides: a number, then what each referral is (language, place, type, and
    for one in hand the resident's name), then its place in the list that was shown.
    """
    part = number_part(text)
    if (number := full_number(text)) is not None:
        return [each for each in choices if each.referral.number == number]
    if part is not None:
        named = [each for each in choices if _has_part(each.referral.number, part)]
        if named:
            return named
    signs = [_signs(text, each, guide_dir) for each in choices]
    if best := max(signs, default=0):
        return [each for each, fits in zip(choices, signs, strict=True) if fits == best]
    for place, pattern in enumerate(_PLACES):
        if pattern.search(text):
            return [choices[place]] if place < len(choices) else []
    if _LAST.search(text) and choices:
        return [choices[-1]]
    return []


def _has_part(number: str, part: str) -> bool:
    return number.endswith(part) or (len(part) == 4 and number.startswith(part))


def contradicts(text: str, choice: Choice, guide_dir: Path) -> bool:
    """Whether the words name another language or type than this referral's."""
    known = set(language_names(guide_dir))
    heard = {language_name(word, guide_dir) for word in _heard(text)} & known
    other_language = bool(heard) and choice.referral.language not in heard
    other_kind = (choice.kind == OfferKind.GENERAL and _MASS.search(text)) or (
        choice.kind == OfferKind.MASS and _GENERAL.search(text)
    )
    return other_language or bool(other_kind)


def _heard(text: str) -> set[str]:
    """The words of a message and its pairs of words, in small letters."""
    words = [re.sub(r"['’]s$", "", word.casefold()) for word in _WORD.findall(text)]
    return {*words, *(" ".join(pair) for pair in pairwise(words))}


def _signs(text: str, choice: Choice, guide_dir: Path) -> int:
    """How many things of a referral the words name."""
    referral, heard = choice.referral, _heard(text)
    kind = _GENERAL if choice.kind == OfferKind.GENERAL else _MASS
    return sum(
        [
            any(language_name(word, guide_dir) == referral.language for word in heard),
            bool(heard & _place_names(referral)),
            choice.kind is not None and bool(kind.search(text)),
            choice.held and bool(heard & _names(referral)),
        ]
    )


def _place_names(referral: Referral) -> set[str]:
    place = place_of(referral.zip)
    county = place.county.partition(":")[2] if place is not None else referral.county
    return {county.casefold(), *(town.casefold() for town in towns_of(referral.zip))}


def _names(referral: Referral) -> set[str]:
    return {
        word.casefold()
        for name in (referral.first_name, referral.last_name)
        for word in _WORD.findall(name)
        if len(word) > 2
    }


# What is to be done ----------------------------------------------------------------------------

_NAMES = {
    "accept_referral": r"ac+ept\w*|grab|claim|(?:i(?:['’]?ll| will)|ill|gimme|give me|let me) (?:take|have|do)",
    "reject_referral": r"reje?ct\w*|declin\w*|pass on|turn (?:it|that|this) down|refuse",
    "complete_referral": r"compl\w*|close[ds]?|closing|enrol\w*",
    "hand_back_referral": r"(?:hand|give|giv|send|put|take)\s+(?:\w+\s+){0,3}back|releas\w*|return",
    "report_no_answer": r"no answer|voice ?mails?|\bvms?\b|(?:did|does)(?:n['’]?t| not) (?:answer|pick)",
}
_NAMED = {intent: re.compile(rf"\b(?:{p})\b", re.IGNORECASE) for intent, p in _NAMES.items()}


def names(intent: str, text: str) -> bool:
    """Whether the words name a command outright, whatever they may sound like."""
    return bool(_NAMED[intent].search(text))


# Why not ---------------------------------------------------------------------------------------

# What saying no is made of; a clause that holds more words than these tells why.
_SAYS_NO = re.compile(
    r"\b(?:please|pls|plz|thanks?|thx|thank you|sorry|reject(?:ed|ing|s)?|rejct|rejet|declin(?:e|ed|ing)|declne|"
    r"pass(?:ing)?|refus(?:e|ing)|skip|turn(?:ing)?|down|hand(?:ing)?|back|giv(?:e|ing)|return|releas(?:e|ing)|"
    r"drop|away|up|out|after all|take|put|unaccept|undo|accept(?:ed)?|keep|handle|free|pool|queue|"
    r"no(?:pe)?|not?|now|time|today|don['’]?t|can['’]?t|cannot|won['’]?t|want|wanna|like|need|have|must|would|will|"
    r"i(?:['’]ll|['’]d)?|me|you|u|let(?:['’]?s)?|can|could|do|it|that|this|these|those|the|my|one|ones|her|him|them|"
    r"ref(?:er+al)?s?|offer|general|mass|resident|both|all|of|to|for|on|in|a|an|and|but|just|again|yes|yeah|yep|ok(?:ay)?|"
    r"sure|someone|somebody|else|other|another|others|agents?|first|second|third|last|county|ending|from)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r"[,;:.!–]+\s+|\s+[-–]\s+|\s*\b(?:because|cause|cuz|bc|since|reason(?: is)?)\b\s*",
    re.IGNORECASE,
)
_NAMES_IT = re.compile(r"\b(?:ones?|county|ref(?:er+al)?s?)\W*$", re.IGNORECASE)
# A reason, though it is made of the words that say which one.
_ELSEWHERE = re.compile(
    r"\b(?:not|isn['’]?t|outside|out of) (?:in )?(?:my|our) (?:county|area)\b", re.IGNORECASE
)
# In a message of one clause these tell a reason: "cant take it im driving".
_TELLS = re.compile(
    r"\b(?:i['’]?m|i am|too|busy|driving|sick|ill|lunch|meeting|clients?|speak|far|booked|swamped|"
    r"appointment|appt|vacation|hospital|closed|closing|emergency|kids?|something came up|no time)\b",
    re.IGNORECASE,
)
# Characters of a reason that are kept.
LONGEST = 200
# Intents that leave things as they are when something was asked.
NO = frozenset(
    {
        "deny",
        "cancel",
        "pause",
        "goodbye",
        "skip",
        "start_over",
        "not_yet",
        "not_applicable",
        "go_back",
        "thanks",
    }
)
_NO = re.compile(
    r"^\W*(?:no|nope|nah|oops|sorry|keep|don['’]?t|never ?mind|nvm|leave (?:it|as)|neither|none|"
    r"i(?:['’]ll| will) keep|i? ?can(?:['’]?t|not))\b",
    re.IGNORECASE,
)
_SHOW = re.compile(
    r"^\W*(?:show|tell|list|give me|let me see|see|what|how|why|where|when|who)\b", re.IGNORECASE
)
_YES = re.compile(
    r"^\W*(?:y|ya|yes+|yep|yeah|yup|sure|ok(?:ay)?|please do|do it|go ahead|confirm(?:ed)?|correct|right)\b",
    re.IGNORECASE,
)


def reason_told(text: str) -> str:
    """Why, as the agent told it; empty when the message only says no or which one."""
    clauses = [part.strip(" .,;:!-–") for part in _CLAUSES.split(_NUMBER.sub(" ", text))]
    clauses = [clause for clause in clauses if clause]
    telling = [
        clause
        for clause in clauses
        if _ELSEWHERE.search(clause)
        or (
            _WORD.search(_SAYS_NO.sub(" ", clause))
            and not _NAMES_IT.search(clause)
            and (len(clauses) > 1 or _TELLS.search(clause))
        )
    ]
    return ", ".join(telling)[:LONGEST]


def wants_to_see(text: str) -> bool:
    """Whether a message asks to be shown or told something."""
    return bool(_SHOW.search(text))


def declines(intent: str, text: str) -> bool:
    """Whether a message is a no, or begins with one, or says to leave things as they are."""
    return intent in NO or bool(_NO.search(text))


def agrees(intent: str, text: str) -> bool:
    """Whether a message is a yes, or begins with one, whatever follows."""
    return intent in {"affirm", "done_item"} or bool(_YES.search(text))


def without_resident(text: str, referral: Referral) -> str:
    """``text`` without the resident's name, phone and e-mail: what is kept must not hold them."""
    if referral.email:
        text = re.sub(re.escape(referral.email), "the e-mail", text, flags=re.IGNORECASE)
    if referral.phone:
        digits = r"[\s().-]*".join(re.escape(d) for d in referral.phone[-10:])
        text = re.sub(rf"(?:\+?1[\s.-]*)?\(?{digits}", "the number", text)
    for name in {referral.first_name, referral.last_name, *_names(referral)} - {""}:
        text = re.sub(rf"\b{re.escape(name)}\b", "the resident", text, flags=re.IGNORECASE)
    return re.sub(r"\bthe resident(?: the resident)+", "the resident", text)
