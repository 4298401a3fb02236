"""What an agent's words settle in a guided run: pure reading, no records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from actions.turn import short
from psl.checklists import ItemState
from psl.guide import Checklist, ChecklistItem

# Not so. "Not a delegate" or "no luck" says nothing about an item.
_NEGATED = re.compile(
    r"\b(?:not yet|n[o']t really|haven'?t|hasn'?t|hadn'?t|didn'?t|don'?t have|"
    r"(?:did|have|has|had|do) not|never|isn'?t|is not|aren'?t|wasn'?t|without|forgot|"
    r"not (?:active|associated|on|done|confirmed|finished|completed|certified|updated|current|fixed|"
    r"resolved|solved)|no longer|expired|lapsed|inactive|old one|outdated|out of date|wrong|unresolved|"
    r"still (?:broken|happening|not|open|an issue|to|have|haven'?t|need|gotta|must|waiting|the same)|"
    r"(?:need|have|got)(?:s)? to|gotta|same (?:error|issue|problem))\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:will|'ll|i'?ll|would|should|when|once|until|if|to be|gonna|going to|later|tomorrow)\b",
    re.IGNORECASE,
)
_INTENDS = re.compile(
    r"\b(?:i'?ll|i will|later|tomorrow|gonna|going to|about to|planning to)\b", re.IGNORECASE
)
_PARTLY = re.compile(
    r"\b(?:kinda|kind of|sorta|sort of|partly|partially|half(?:way)?|some of|not all|almost|only (?:one|some))\b",
    re.IGNORECASE,
)
# Words that make a mention a statement: "i checked the qrgs", "license is active".
_CLAIMED = re.compile(
    r"\b(?:i(?:'?ve| have|'?m| am| did| already| just)|already|done|did|is|are|was|it'?s|has been|all set|"
    r"went|checked|looked|read|watched|followed|reviewed|finished|completed|confirmed|passed|got|"
    r"updated|current|active|called)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|oh|well|um+)\W+)?(?:y|ya|yes+|yep|yeah|yup|yea|si|sí|sure|done|did|correct|right|"
    r"already|ok(?:ay)?|absolutely|definitely|of course|affirmative|both|all (?:of (?:them|it|those)|set|good)|"
    r"everything|i (?:did|have|am|do|think so)|it is|they are|took care of)\b(?!\s*\?)",
    re.IGNORECASE,
)
_AT_END = re.compile(r"(?:\bso|,)\s*(?P<which>yes|yep|yeah|no|nope)\W*$", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:n|no|nope|nah|negative|not (?:yet|really|me|quite))\b", re.IGNORECASE)
_NEITHER = re.compile(
    r"^\W*(?:no need\b|nobody|no ?one\b|none (?:needed|required)|not (?:needed|necessary|relevant|applicable)|"
    r"n/?a\b|no thanks|"
    r"(?:i'?d )?(?:rather|prefer) not|does(?:n'?t| not) apply|doesn'?t matter|whatever|skip|pass|leave it)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"^\W*(?:um+ |well )?(?:i )?(?:idk|dunno|not sure|unsure|no (?:idea|clue)|maybe|perhaps|i guess|"
    r"don'?t (?:know|remember)|do not (?:know|remember)|can'?t (?:say|tell|remember)|"
    r"how (?:would|do|should) i know)\b.{0,40}$",
    re.IGNORECASE,
)
_ALL_DONE = re.compile(
    r"\b(?:yes to (?:all|everything)|all done|did (?:all|everything)|done (?:all|with all|everything)|"
    r"all (?:of (?:the|these|that)|(?:three|four|five)) (?:is |are )?(?:above|done|yes|steps?)|"
    r"everything(?:'s| is) (?:done|ready|good|set))\b",
    re.IGNORECASE,
)
_EACH_YES = re.compile(r"\b(?:yes|yep|yeah|yup|done|check)\b", re.IGNORECASE)
_SKIP_ALL = re.compile(r"\b(?:skip|leave)\b.*\b(?:all|rest|everything|others)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,.;!?\n]+|\b(?:but|and|tho|though|however)\b", re.IGNORECASE)
_CARRIED = 4

_SAYS = (
    r"(?:told|asked|wants?|wanted|said|says|suggested|suggests|advised|recommended|instructed|"
    r"had (?=me\b|us\b))"
)
_SAYER = (
    r"(?:(?:the |a |my )?(?:psl )?(?:they|she|he|rep(?:resentative)?s?|psl|lady|guy|person|woman|man|agent)"
    r"\s+|i was\s+)"
)
_LEAD = re.compile(
    rf"^\W*(?:(?:ok(?:ay)?|so|and|also|oh|well|then|plus)\W+)*{_SAYER}?(?:(?:just|also|then)\s+)*{_SAYS}"
    r"(?:\s+(?:to\s+)?(?:me|us))?(?:\s+(?:also\s+)?(?:to|that i(?: should| need to| have to)?|i should|i need to))?\s+",
    re.IGNORECASE,
)
_LEAD_WITHIN = re.compile(
    rf"(?:\b{_SAYER}(?:(?:just|also|then)\s+)*|\band\s+(?:also\s+)?){_SAYS}(?:\s+(?:me|us))?"
    r"(?:\s+(?:also\s+)?(?:to|that i(?: should| need to| have to)?|i should|i need to))?\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
# What "they said ..." tells that is nothing for the agent to do.
_NOT_TO_DO = re.compile(
    r"^\W*(?:it'?s?\b|it'?ll\b|they|the (?:ticket|case|issue|number|ref)|no\b|none|nothing|yes|ok|my (?:ticket|"
    r"reference|number)|there|that\b|(?:ref|ticket|reference|case)\b|#?\d)",
    re.IGNORECASE,
)
_NO_SUGGESTION = re.compile(
    r"^\W*(?:nothing|none|no|nope|nah|nada|no suggestions?|n/?a|not (?:really|much|a thing)|"
    r"(?:they|she|he) (?:didn'?t|did not) (?:suggest|say|tell)\b.*|nothing (?:really|else|at all|new))\W*$",
    re.IGNORECASE,
)
_ALREADY = re.compile(
    r"[\s,;.]*\b(?:and |but |which )?(?:i )?(?:(?:have )?already (?:did|done|tried)|(?:just )?did|have done|'?ve done)"
    r"(?: (?:that|it|this|so|both|all))?(?: already)?\W*$",
    re.IGNORECASE,
)
_NOT_DONE_TAIL = re.compile(
    r"[\s,;.]*\b(?:and |but )?(?:i )?(?:haven'?t|have not|didn'?t|did not|not) "
    r"(?:done|tried|do|try|finished?|yet)\b.*$",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"^\W*(?:(?:and|oh|ok|plus)\W+)*(?:also|plus|and|another(?: thing)?)\b[\s,:]*", re.I
)
_NO_NUMBER = re.compile(
    r"\b(?:no|didn'?t|did not|don'?t|do not|never|without|forgot|none)\b.{0,30}"
    r"\b(?:number|numbers?|ref|reference|ticket|one|give)\b|^\W*(?:none|nothing|no|nope|not yet)\W*$",
    re.IGNORECASE,
)
# A report about oneself, not what somebody else suggested.
_I_DID = re.compile(r"^\W*i\b(?!\s+(?:should|need|have to|must|am to|was to))", re.IGNORECASE)
_SAME = re.compile(r"^\W*(?:it'?s )?(?:the )?same\b(?:\W+\w+){0,3}\W*$", re.IGNORECASE)
_SECRET = re.compile(r"\[[^\]]* removed\]")

# Details that only a problem has: whoever tells one tells the issue.
_OF_A_PROBLEM = frozenset({"screen", "error", "browser", "tried"})


@dataclass(frozen=True)
class Suggestion:
    """What the Representative asked for, and whether it is carried out already."""

    text: str
    done: bool


def role(text: str) -> str | None:
    """The role in an answer about the agency: "doi 4455, agent"."""
    named: set[str] = set(re.findall(r"\b(?:agent|delegate)\b", text.lower()))
    if len(named) != 1 or re.search(r"\bnot\b|n'?t\b", text, re.IGNORECASE):
        return None
    return named.pop().capitalize()


def unsure(text: str) -> bool:
    """Whether the agent does not know: "idk", "not sure"."""
    return bool(_UNSURE.match(text.strip()))


def skips_all(text: str) -> bool:
    """Whether everything that is left is to be left out."""
    return bool(_SKIP_ALL.search(text))


def no_number(text: str) -> bool:
    """Whether the agent says that PSL gave no number."""
    return not re.search(r"\d{3}", text) and bool(_NO_NUMBER.search(text))


def same_again(text: str) -> bool:
    """Whether the answer is "same as before"."""
    return bool(_SAME.match(text))


def leads(text: str) -> bool:
    """Whether a message begins with yes or no, or ends so: "i enrolled her, so yes"."""
    return bool(_YES.match(text) or _NO.match(text) or _AT_END.search(text))


def answer(intent: str, text: str, resolving: bool = False) -> ItemState | None:
    """The state that an answer to the open question gives its item; None if it is no answer.

    ``resolving``: "still broken" or "it's fixed" is an answer too. Words go before the intent:
    "nah didn't look" is like "did that" to a classifier.
    """
    text = text.strip()
    if _PARTLY.search(text) or unsure(text):
        return ItemState.NOT_YET
    if _NEITHER.match(text):
        return ItemState.NOT_APPLICABLE
    if ended := _AT_END.search(text):
        return ItemState.DONE if ended["which"].lower()[0] == "y" else ItemState.NOT_YET
    if _NO.match(text):
        return ItemState.NOT_YET
    if _YES.match(text):
        first = next(filter(str.strip, _CLAUSE.split(text)), text)
        return ItemState.NOT_YET if _NEGATED.search(first) else ItemState.DONE
    if _NEGATED.search(text) or _INTENDS.search(text):
        return ItemState.NOT_YET if len(text.split()) <= 12 else None
    if resolving and intent in {"close_ticket", "still_not_fixed"}:
        return ItemState.DONE if intent == "close_ticket" else ItemState.NOT_YET
    return {
        "done_item": ItemState.DONE,
        "affirm": ItemState.DONE,
        "deny": ItemState.NOT_YET,
        "not_yet": ItemState.NOT_YET,
        "not_applicable": ItemState.NOT_APPLICABLE,
        "skip": ItemState.NOT_APPLICABLE,
    }.get(intent)


def mentioned(
    checklist: Checklist, text: str, current: ChecklistItem | None
) -> dict[str, ItemState]:
    """States of the items that the words name; of others than the current only what is claimed.

    An item that collects something is settled by what it collects, not by being named.
    """
    states: dict[str, ItemState] = {}
    before: ItemState | None = None
    for clause in filter(str.strip, _CLAUSE.split(text)):
        later = bool(_LATER.search(clause))
        negated = bool(_NEGATED.search(clause)) or bool(_NO.match(clause))
        claimed: ItemState | None = None
        if negated or later:
            claimed = ItemState.NOT_YET
        elif _CLAIMED.search(clause):
            claimed = ItemState.DONE
        elif len(clause.split()) <= _CARRIED:
            claimed = before
        before = claimed
        for item in checklist.items:
            if item.captures or not item.mentioned.search(clause):
                continue
            if current is not None and item.id == current.id:
                states[item.id] = claimed or ItemState.DONE
            elif claimed is not None and not later:
                states[item.id] = claimed
    return states


def all_settled(
    checklist: Checklist, text: str, known: Mapping[str, str], current: ChecklistItem
) -> dict[str, ItemState]:
    """Several items in one breath: "yes to all", "yes yes and yes". Not those that collect text."""
    order = [i for i in checklist.items if i.id == current.id or i.id not in known]
    plain = [i for i in order if not i.captures or i.captures == ["association"]]
    if _ALL_DONE.search(text):
        return {item.id: ItemState.DONE for item in plain}
    count = len(_EACH_YES.findall(text))
    rest = re.sub(r"\b(?:and|to|the|all|then)\b|\W", " ", _EACH_YES.sub(" ", text), flags=re.I)
    if count > 1 and not rest.strip():
        return {item.id: ItemState.DONE for item in plain[:count]}
    return {}


def tells_issue(
    intent: str, text: str, kinds: frozenset[str], *, describing: bool, answered: bool
) -> bool:
    """Whether a message tells the issue PSL is called for.

    Args:
        intent: the classifier's.
        text: the words.
        kinds: the kinds of details found in them.
        describing: what was asked is not answered by yes or no.
        answered: the words are an answer to it.
    """
    words = len(_SECRET.sub(" ", text).split())
    if not describing and answered:
        # What answers the question may name a screen or browser by the way.
        return words >= 4 and len(kinds & _OF_A_PROBLEM) > 1
    if kinds & _OF_A_PROBLEM or intent == "report_problem":
        return words >= 4
    return describing and not answered and words >= 5


def describes(text: str) -> bool:
    """Whether an answer to "what is the issue?" says something."""
    if answer("", text) is not None and len(text.split()) < 5:
        return False
    bare = _SECRET.sub(" ", text)
    return len(re.findall(r"[^\W\d_]{2,}", bare)) >= 3 and not same_again(bare)


def nothing_suggested(text: str) -> bool:
    """Whether the answer to "what did they suggest?" is: nothing."""
    return bool(_NO_SUGGESTION.match(_LEAD.sub("", text.strip())))


def suggestion(text: str, *, asked: bool, certain: bool = False) -> Suggestion | None:
    """What the Representative asked the agent to do, in the imperative.

    Args:
        text: the words.
        asked: it was asked for, so that any words tell it.
        certain: the classifier takes the message for a suggestion.
    """
    text = text.strip()
    led = _LEAD.match(text)
    inside = _LEAD_WITHIN.search(text)
    if led is not None:
        what = text[led.end() :]
    elif inside is not None:
        what = inside["what"]
    elif certain or _ALSO.match(text) or (asked and not _I_DID.match(text)):
        what = text
    else:
        return None
    what = re.sub(r"^to\s+", "", _ALSO.sub("", what.strip()), flags=re.IGNORECASE)
    if (led or inside) and not asked and _NOT_TO_DO.match(what):
        return None
    done = bool(_ALREADY.search(what)) and not _NOT_DONE_TAIL.search(what)
    what = _ALREADY.sub("", _NOT_DONE_TAIL.sub("", what)).strip(" ,.;")
    return Suggestion(short(what, 200), done) if re.search(r"[^\W\d_]{2}", what) else None
