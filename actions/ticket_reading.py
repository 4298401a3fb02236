"""What a message says about a draft: its details, what it declines, which issue it means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.turn import Turn
from psl.details import Detail, split_issues, strip_command, summary
from psl.details.answers import is_no_answer
from psl.details.bags import bag
from psl.tickets.models import Ticket
from psl.tickets.rules import similarity
from psl.tickets.service import NewIssue

# Details a draft keeps; the reader's other kinds stay in the words.
FIELDS = (
    "system",
    "screen",
    "error",
    "browser",
    "case_number",
    "application_number",
    "members",
    "enrollment",
    "tried",
    "agency",
    "doi_number",
    "role",
)
NUMBERS = ("case_number", "application_number")
# Of these one issue may have several: "in chrome and edge both".
_SEVERAL = {"tried": "; ", "browser": ", ", "error": "; ", "screen": ", "}
NOTHING_TRIED = "nothing yet"
# These name who and where; what is left of a text may tell what is wrong.
_NAMING = bag("number case_number application_number doi_number agency role system browser members")

# Words of a request, which do not tell what is wrong.
_FILLER = bag(
    """
    i im my me we us our u you your can could would pls please need needs want wanna to help hi hey
    hello hola a an the with w for about it its this that is are am have has got get ticket tickets
    issue issues problem problems question open start make file draft create write report psl case
    app application number id client clients again asap now thanks thank there some something in on
    of and so um ok okay yes no yeah nah hmm well one new lol another different second separate other
    customer person obviously sorry
    """
)
_NOTHING = re.compile(
    r"^\W*(?:no|none|nothing|nope|nah|n/?a|not applicable|zero|(?:none|nothing) of (?:that|those|these|it)|"
    r"no errors?(?: \w+){0,3}|"
    r"(?:it )?do(?:es)?n'?t apply)\W*$",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"^(?!.*\bbut\b)\W*(?:(?:no|nah|nope|sorry|um+|uh+|hm+|honestly|ok|well|oh|lol|i|i'?m|we|really|just|"
    r"still|have|tbh)\b\W*){0,4}(?:"
    r"(?:don'?t|do not|didn'?t|can'?t|cannot|couldn'?t) (?:really |even )?(?:know|remember|recall|tell)\b"
    r"|(?:don'?t|do not|didn'?t) (?:have|got|see) (?:it|one|that|them|any|those|"
    r"(?:the |a |an |my |her |his |their )?(?:case|app\w*|number|id|code|info\w*)\b)"
    r"|idk\b|dunno\b|not sure\b|unsure\b|no (?:idea|clue)\b|unknown\b|forgot(?=\W*$| (?:it|what|which)\b)"
    r")[^,.;]{0,40}$",
    re.IGNORECASE,
)
_WITHOUT = (
    r"\b(?:no|without(?: an?| any)?|(?:do(?:es)?n'?t|did(?:n'?t| not)|do(?:es)? not|isn'?t|never|not)"
    r"(?: (?:have|get|getting|see|seeing|show|showing|give|giving|say))?(?: me)?(?: an?| any| the)?)"
    r"(?: have)? "
)
_DECLINED = {
    "error": re.compile(
        _WITHOUT + r"errors?\b(?! (?:page|screen|\S*\d))(?: (?:messages?|codes?|text|numbers?)\b)?",
        re.IGNORECASE,
    ),
    "case_or_application": re.compile(
        _WITHOUT + r"(?:case|app(?:lication)?)(?:[ -]?(?:numbers?|nums?|no|#|ids?)\b"
        r"|(?= *(?:[,.;!)]|$| yet\b| involved\b)))",
        re.IGNORECASE,
    ),
    "enrollment": re.compile(
        _WITHOUT + r"enrol+ments?(?: info\w*| details?| data)?"
        r"(?= *(?:[,.;!)]|$)| (?:yet|involved|appl\w+|and|tried|so far|i|we)\b)"
        r"|\bnot enrolled\b|\bno plans? (?:yet|picked|chosen|selected)\b",
        re.IGNORECASE,
    ),
}
_FIELD_NAMES = {
    "what_happened": r"what happened|description|wording",
    "case_or_application": r"case|app(?:lication)?",
    "system": r"system",
    "screen": r"screen|page",
    "error": r"error",
    "browser": r"browser",
    "members": r"members?|people",
    "enrollment": r"enrol+ment",
    "tried": r"tried|troubleshooting",
    "agency": r"agency",
    "doi_number": r"doi",
    "role": r"role",
}
_ANOTHER = (
    r"(?:another|second|third|different|separate|new|other|one more|next)\s+(?:\w+\s+)?"
    r"(?:issue|problem|thing|ticket)s?\b"
)
_NEW = re.compile(rf"\b{_ANOTHER}", re.IGNORECASE)
_ALSO = re.compile(
    r"^\W*(?:(?:oh|and|hey|btw|ok|so)\b\W*)*(?:also|plus)\b|"
    r"\b(?:another|different|other|second) (?:case|client|customer)\b",
    re.IGNORECASE,
)
_NEW_LEAD = re.compile(
    rf"^\W*(?:(?:oh|and|ok|okay|hey|btw|wait|also|plus|so|actually|i|i'?ve|have|got|need|there'?s|there is|for|"
    rf"a|an|the|my|on)\b\W*)*{_ANOTHER}(?:\W+(?:is|too|as well|for|about|with|where|that)\b)*\W*",
    re.IGNORECASE,
)
# A request for a ticket that ends a text: "…, can you make me a ticket".
_ASKED_LAST = re.compile(
    r"[\s,.;!?-]+(?:and |so |pls |please |just |i |we |can |could |would |will |you |u |need |want |like |to |"
    r"open |make |create |draft |file |write |start |put |log |me |us |up |in |a |the |this |that |as |for )+"
    r"(?:ticket|tkt)s?\b(?: (?:pls|please|for (?:this|that|it|me)|asap|thanks|thx|now|on it))*\W*$",
    re.IGNORECASE,
)
_CHANGING = re.compile(
    r"^\W*(?:(?:please|pls|can (?:i|we|you)|i (?:want|need) to|let me|let'?s|no|wait|ok|actually)\W+)*"
    r"(?:go back to|back to|change|edit|update|redo|correct|fix)\b",
    re.IGNORECASE,
)
_CHOOSING = re.compile(
    r"\b(?:start with|do|now|next|first|second|third|other|last|the .{1,40} one|switch|begin with|"
    r"then|on to|go with|back to|continue|finish|1st|2nd|3rd)\b",
    re.IGNORECASE,
)
_ORDINALS = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "other": 1,
    "third": 2,
    "3rd": 2,
    "last": -1,
}
# From this much alike two descriptions are of the same issue.
_SAME_ISSUE = 0.6
# A long answer to these is still an answer; to the others it is a story.
_LONG_ANSWERS = frozenset({"screen", "error", "tried", "enrollment"})


def values_of(details: Sequence[Detail]) -> dict[str, str]:
    """The fields that details fill; what was negated ("not chrome") fills nothing."""
    values: dict[str, str] = {}
    for detail in details:
        if detail.kind not in FIELDS or detail.negated:
            continue
        if detail.kind == "error" and detail.value.lower().removeprefix("an ") == "error":
            continue  # "it says error": which one is still to be asked
        known = values.get(detail.kind)
        if known is not None and detail.value == NOTHING_TRIED:
            continue  # "didn't try much, just refreshed"
        if known in (None, NOTHING_TRIED) or detail.kind not in _SEVERAL:
            values[detail.kind] = detail.value
        elif known is not None and detail.value not in known:
            values[detail.kind] = known + _SEVERAL[detail.kind] + detail.value
    return values


def telling(text: str, details: Sequence[Detail] = ()) -> list[str]:
    """The words of a text that could tell what is wrong, beside numbers, names and courtesies."""
    for detail in sorted(details, key=lambda d: -d.start):
        if detail.kind in _NAMING:
            text = text[: detail.start] + text[detail.end :]
    return [w for w in re.findall(r"[^\W\d_]{2,}", text.lower()) if w not in _FILLER]


def describes(text: str, details: Sequence[Detail]) -> bool:
    """Whether a text says what happened."""
    return bool(telling(text, details)) and len(re.findall(r"[^\W\d_]{2,}", text)) >= 2


def is_none(text: str) -> bool:
    """Whether a text says that there is nothing of what was asked."""
    return bool(_NOTHING.match(text))


def is_unknown(text: str) -> bool:
    """Whether a text says that the agent does not know or have what was asked."""
    return bool(_UNKNOWN.match(text.replace("dont", "don't").replace("’", "'")))


def declined(text: str) -> set[str]:
    """The fields a text says there is nothing for: "no error, not enrolled yet"."""
    plain = text.replace("’", "'")
    return {field for field, words in _DECLINED.items() if words.search(plain)}


def free_answer(turn: Turn, asked: str) -> str | None:
    """The answer to a question that takes words, if the message is one."""
    found = turn.services.reader.read(turn.text, asked=asked).first(asked)
    if found is not None:
        # A word that only names what is asked for ("error", "case") is no answer.
        return found.value if telling(found.value) or re.search(r"\d", found.value) else None
    words = turn.services.reader.words(turn.text)
    if asked in _LONG_ANSWERS and len(words) > 2 and not is_no_answer(words):
        return turn.text.strip()
    return None


def combined(draft: Ticket, values: dict[str, str], *, more: bool) -> dict[str, str]:
    """``values``, joined to what the draft has where one issue may have several.

    Args:
        draft: the draft to be filled.
        values: what was just read.
        more: whether the new values come on top of the old ones ("also in edge").
    """
    joined = dict(values)
    for field, between in _SEVERAL.items():
        old, new = draft.details.get(field), values.get(field)
        if not old or not new or old == NOTHING_TRIED or not (more or field == "tried"):
            continue
        known = old.casefold()
        parts = [p for p in new.split(between) if p.casefold() not in known and p != NOTHING_TRIED]
        joined[field] = between.join([old, *parts])
    return joined


def named_field(text: str) -> str | None:
    """The one field a short text names: "the browser", "change the case number"."""
    if len(text.split()) > 7:
        return None
    named = [
        f for f, name in _FIELD_NAMES.items() if re.search(rf"\b(?:{name})\b", text, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else None


def field_to_change(text: str) -> str | None:
    """The field a text wants to be asked again: "go back to the browser"."""
    return named_field(text) if _CHANGING.search(text) else None


def issue_of(turn: Turn, text: str, title: str, details: dict[str, str]) -> NewIssue:
    """An issue from its words; they describe it only if they tell something."""
    described = _ASKED_LAST.sub("", strip_command(text)).strip(" ,.;:-")
    if describes(described, turn.services.reader.read(described)):
        details = {**details, "what_happened": described}
        return NewIssue(words=described, title=title, details=details)
    return NewIssue(details=details)


def issues_in(turn: Turn, text: str) -> list[NewIssue]:
    """The issues of a message, each with its words, title and details; shared details in each."""
    issues, shared = split_issues(text, turn.services.reader)
    common = values_of(shared)
    found = []
    for issue in issues:
        nothing = _nothings(turn, issue.text)
        details = {**nothing, **common, **values_of(issue.details)}
        found.append(issue_of(turn, issue.text, summary(issue.text), details))
    return found


def _nothings(turn: Turn, text: str) -> dict[str, str]:
    fields = turn.services.guide.ticket_fields
    return {f: v for f in declined(text) if fields[f].free_text and (v := fields[f].not_applicable)}


def other_issues(turn: Turn, draft: Ticket) -> list[NewIssue]:
    """The issues of a message that are not the draft's own (GUIDE: one issue a ticket)."""
    issues = issues_in(turn, strip_command(turn.text))
    if len(issues) > 1:
        return issues
    own = draft.details.get("what_happened")
    if own is None:
        return []
    told = strip_command(_NEW_LEAD.sub("", turn.text))
    if not describes(told, turn.services.reader.read(told)):
        return []
    if similarity(told, own) >= _SAME_ISSUE:
        return []
    command = turn.text[: len(turn.text) - len(strip_command(turn.text))]
    asked = turn.intent == "start_ticket" or re.search(r"ticket|tkt", command, re.IGNORECASE)
    if asked or _NEW.search(turn.text):
        return issues_in(turn, told)
    if _ALSO.search(turn.text):
        apart, _ = split_issues(f"{own}. {turn.text}", turn.services.reader)
        if any(issue.start > len(own) for issue in apart):
            return issues_in(turn, told)
    return []


def chosen(text: str, drafts: Sequence[Ticket], current: Ticket | None = None) -> Ticket | None:
    """The draft that the words choose: "the dashboard one", "now the second"."""
    if not _CHOOSING.search(text):
        return None
    scores = [similarity(text, draft.words) for draft in drafts]
    best = max(range(len(drafts)), key=lambda index: scores[index])
    if scores[best] > 0 and scores.count(scores[best]) == 1:
        return drafts[best]
    others = [draft for draft in drafts if current is None or draft.id != current.id]
    if re.search(r"\bother\b", text, re.IGNORECASE) and len(others) == 1:
        return others[0]
    for word, place in _ORDINALS.items():
        if re.search(rf"\b{word}\b", text, re.IGNORECASE) and place < len(drafts):
            return drafts[place]
    return None
