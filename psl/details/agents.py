"""What agents say of themselves: their role, and whether they are on the case."""

from __future__ import annotations

from collections.abc import Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.words import Words

# group "role"; "not " marks what the agent is not
ROLE_PATTERNS: dict[str, tuple[str, ...]] = {
    "Delegate": (
        "{im} a|the|her|his|an|just|only? a|the? delegate",
        "as a|the delegate",
        "role {is} a|the? delegate",
        "role with my|the|our? agency {is} a|an|the? delegate",
        "role delegate",
        "delegate role|here",
        "meant|said a|the? delegate",
    ),
    "Agent": (
        "{im} a|an|the|her|his|their|just|only? licensed|insurance|health|writing|lead|the|registered? agent",
        "as a|an|the agent",
        "role {is} a|an|the? licensed? agent",
        "role with my|the|our? agency {is} a|an|the? agent",
        "role agent",
        "agent role|here",
        "licensed insurance? agent",
        "meant agent",
    ),
    "not Delegate": ("{im} not a|the? delegate",),
    "not Agent": ("{im} not an|a|the? licensed|insurance? agent",),
}
_ROLES = {"agent": "Agent", "delegate": "Delegate"}
_NOT = frozenset({"not", "isn't", "never"})
_BEFORE_CONTRAST = frozenset({"a", "an", "the", "it's", ",", "is", "i'm", "am", "\n", "."})
_REPORTS = bag("states stated reports reported says said called calls calling advised with from w")
_WISHES = bag("another human live real other not aren't want need talk speak get connect call")

_STARTS = bag(", . : - ; hi hey hello and") | {"", "\n"}

# group "association"
ASSOCIATION_PATTERNS: dict[str, tuple[str, ...]] = {
    "yes": (
        "{im} already|now|currently|still|definitely? on {a} client's? case",
        "{im} already|now|currently|still|definitely? associated|linked|attached",
        "{im} the agent on {a}? case",
        "{im} on it already",
        "i've been on|added to|associated with {a} case",
        "already associated|linked",
        "already on {a} case",
        "associated with|to|on {a} client|case|cases|client's? case|application?",
        "client|case|she|he|she's|he's is? associated with|to me|us",
        "yes associated",
        "association verified|confirmed",
        "verified|confirmed association",
    ),
    "no": (
        "not on {a} client's? case",
        "not yet|currently|even|showing? associated|linked",
        "not attached|linked|connected|added to {a} case",
        "not yet on {a} case",
        "isn't|wasn't|aren't associated|linked with|to? me?",
        "{im} no longer on|associated {a}? case?",
        "haven't been added|associated to? {a}? case?",
        "no longer associated",
        "not on it",
        "unassociated",
        "no case? association",
    ),
}
_ASKING = bag(
    """
    am if whether check confirm verify verifying checking know sure see how does should who what
    ask being get be become to why when unless until are is
    """
)
_QUESTIONS = bag("why what how does do where when who is can")
_NOT_CASES = frozenset({"agency", "agencies", "company", "carrier", "firm"})


def read_roles(words: Words, asked: bool) -> Iterator[Candidate]:
    """Agent or Delegate, as the agent says of themselves."""
    for hit in words.longest("role"):
        before = words.norm(hit.i - 1)
        if before in ("if", "whether") or words.norm(hit.j) in ("portal", "access"):
            continue
        if words.norm(hit.i) in ("as", "licensed", "delegate", "agent") and before not in _STARTS:
            continue  # "set up my secretary as a delegate"
        place = hit.j - 1
        while words.norm(place) not in _ROLES:
            place -= 1
            if place < hit.i:
                break
        if place < hit.i:
            continue
        negated = hit.value.startswith("not ")
        value = hit.value.removeprefix("not ")
        yield candidate(words, "role", value, place, place + 1, lead=hit.i, negated=negated)
        yield from _contrast(words, place, value)
    if words.norms[:1] == ["delegate"] and all(not words.is_word(k) for k in range(1, len(words))):
        yield candidate(words, "role", "Delegate", 0, 1)
    for i, norm in enumerate(words.norms):
        other = _other_role(words, i)
        right = _set_right(words, i) if norm in _ROLES else None
        if norm not in _ROLES:
            continue
        before, after = words.norm(i - 1), words.norm(i + 1)
        if right is not None:
            yield candidate(words, "role", _ROLES[norm], i, i + 1, negated=True)
            yield candidate(words, "role", _ROLES[words.norm(right)], right, right + 1)
        elif other is not None and words.norm(other) != norm:
            if i == 0 or before in _BEFORE_CONTRAST:
                yield candidate(words, "role", _ROLES[norm], i, i + 1)
                yield from _contrast(words, i, _ROLES[norm])
        elif _reported(words, i):
            yield candidate(words, "role", _ROLES[norm], i, i + 1)
        elif i == 0 and after in (",", "/", ";"):
            if {"label", "agency"} & set(words.hits) and words.norm(2) not in ("please", "help"):
                yield candidate(words, "role", _ROLES[norm], i, i + 1)
        elif asked and not _wished_for(words, i):
            yield candidate(words, "role", _ROLES[norm], i, i + 1)


def _reported(words: Words, i: int) -> bool:
    """Whether a Representative's call notes open with who called: "agent states …"."""
    first = i == 0 or (words.norm(0) == "caller" and i <= 3)
    return first and words.norm(i + 1) in _REPORTS and words.norm(i + 2) not in ("psl", "kynect")


def _wished_for(words: Words, i: int) -> bool:
    """Whether "agent" is a person asked for, not the one who writes."""
    before = words.norms[max(0, i - 4) : i]
    return "please" in (*before, words.norm(i + 1)) or bool(_WISHES & set(before))


def _other_role(words: Words, i: int) -> int | None:
    """Where the role stands that "agent, not a delegate" sets aside."""
    k = i + 1
    if words.norm(k) == ",":
        k += 1
    if words.norm(k) in _NOT or (words.norm(k), words.norm(k + 1)) in (
        ("rather", "than"),
        ("instead", "of"),
    ):
        k += 1 if words.norm(k) in _NOT else 2
        if words.norm(k) in ("a", "an", "the"):
            k += 1
        if words.norm(k) in _ROLES:
            return k
    return None


def _set_right(words: Words, i: int) -> int | None:
    """Where the role stands that is put in the place of "not delegate, agent"."""
    before = words.norm(i - 1)
    if before not in _NOT and not (before in ("a", "an", "the") and words.norm(i - 2) in _NOT):
        return None
    k = i + 1
    while (
        words.norm(k) in (",", "but", "it's", "i'm", "i", "am", "a", "an", "the", ".", ";")
        and k < i + 5
    ):
        k += 1
    return k if k > i + 1 and words.norm(k) in _ROLES and words.norm(k) != words.norm(i) else None


def _contrast(words: Words, i: int, value: str) -> Iterator[Candidate]:
    other = _other_role(words, i)
    if other is not None and _ROLES[words.norm(other)] != value:
        yield candidate(words, "role", _ROLES[words.norm(other)], other, other + 1, negated=True)


def read_association(words: Words) -> Iterator[Candidate]:
    """Whether the agent is associated with the case, where they state it and do not ask."""
    for hit in words.longest("association"):
        before = {words.norm(hit.i - step) for step in (1, 2, 3)}
        if words.norms[max(0, hit.i - 2) : hit.i] == ["agent", "is"]:
            before = set()  # a Representative's notes: "agent is not associated"
        if before & _ASKING or (hit.i and words.norm(hit.i - 1) in _NOT):
            continue
        if words.norms[hit.i] in ("i", "we") and words.norm(hit.i - 1) in ("am", "are"):
            continue
        if hit.value == "yes" and (words.norm(hit.j) == "?" or words.norm(0) in _QUESTIONS):
            continue
        if "?" in words.norms[hit.j : hit.j + 8] and words.norm(0) in (
            "do",
            "does",
            "is",
            "can",
            "what",
        ):
            continue
        if hit.value == "yes" and words.norm(hit.i) == "associated" and before - {""} - _STARTS:
            continue  # "the number associated with this application"
        if any(words.norm(hit.j + step) in _NOT_CASES for step in range(4)):
            continue
        if any(words.norm(hit.j - 1 + step) == "another" for step in range(3)):
            continue
        yield candidate(words, "association", hit.value, hit.i, hit.j)
