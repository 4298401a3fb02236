"""How agents tell one problem from the next: "also", "another client", "two things", "1) … 2) …"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psl.details.bags import bag
from psl.details.words import Hit, Words

# group "cue": how agents tell one problem from the next
CUE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "new": (
        "another thing|issue|problem|1|client|case|app|application|household|family|error",
        "other thing|issue|problem|1|client|case|household",
        "another client's case|app|application|plan|account",
        "the? other has|is|gets|shows|can't|won't",
        "second|third|fourth|next|last|final issue|problem|thing|1|client|case|app|household",
        "2|3|4 nd|rd|th issue|problem|thing|1|client|case|app|household",
        "different|new client|client's|case|issue|problem|app|application|thing|household|family",
        "different|separate matter|subject|topic",
        "separate|unrelated issue|problem|thing|note|matter",
        "separately|unrelated|additionally",
        "on another note",
        "on the other hand",
        "while i have|got|am you|ya|here|it|at",
        "while i'm at it",
        "1 more thing|issue|problem",
        "on top of that|this",
        "besides that|this",
        "in addition",
        "apart from that",
        "client|customer|case|app 2|3|b|c",
        "my? other client|client's|case|app|application",
        "first|main|other 1|thing|issue|problem is",
        "oh and",
    ),
    "last": ("finally", "lastly", "last but not least"),
    "add": ("also", "plus", "as well as", "and then there's", "along with", "besides", "+"),
    "same": (
        "same error|issue|thing|problem|message|result|there|in|on|with|way|deal|code|symptom|story|as",
        "happens|happening|happened|occurs in|on|with|to|for|every|when|each|again|both|too|all|only",
        "it|this|that happens|happened|also|happening|occurs",
        "has|have|had|gets|got it|this|that too|also|as",
        "does it|that too",
        "the exact same",
        "tried with|on|it",
    ),
    "announce": (
        "2|3|4|5|6|7|8|several|multiple|few|many different|separate|other|distinct|unrelated? "
        "things|issues|problems|errors|questions|bugs|glitches|tickets|requests",
        "couple|few|bunch|lot|number of? different|separate? "
        "things|issues|problems|errors|questions|bugs|glitches|tickets|cases|clients",
        "both my? clients|cases|apps|customers",
        "2|3|4 of my clients|households|families",
        "2|3|4 different|separate clients|households|families",
        "not 1 but 2 errors|issues|problems|things",
        "more than 1 issue|problem|thing",
        "various|different issues|problems|errors|things",
    ),
    "each": ("1 for|is|about|sees|where|with|has|of|gets|client|case", "1 thing|issue|problem is"),
    "first": (
        "first|firstly",
        "first of all",
        "first off",
        "first issue|problem|thing|client",
        "1 st",
        "on 1 hand",
    ),
    "second": ("second|secondly", "2 nd", "third|thirdly", "3 rd", "then second"),
}

_ITEM_NOUNS = frozenset(
    {"issue", "problem", "thing", "item", "client", "number", "#", "case", "error"}
)
_ORDINALS = {"a": 1, "b": 2, "c": 3, "d": 4}
_NOT_ORDINAL = bag(
    """
    time times try attempt attempts page screen child member browser kid half floor year opinion
    step tab son daughter computer person day week month login
    """
)


_COUNTED_AFTER = bag("members member people times browsers kids days clients apps st nd")


def find_cues(words: Words, inside: set[int]) -> dict[str, list[Hit]]:
    """The cues of a message by name, none inside a detail, none overlapping another of its name."""
    found: dict[str, list[Hit]] = {}
    for hit in sorted(words.hits.get("cue", ()), key=lambda hit: (hit.i, -hit.j)):
        if hit.i in inside and hit.value not in ("announce",):
            continue
        kept = found.setdefault(hit.value, [])
        if not kept or hit.i >= kept[-1].j:
            kept.append(hit)
    return found


def find_items(
    words: Words, inside: set[int], cues: Mapping[str, Sequence[Hit]]
) -> dict[int, tuple[int, int]]:
    """Enumerators: word -> (number, first word after), when they run 1, 2, …"""
    announced = {hit.j for hit in cues.get("announce", ())}
    firsts = {hit.i: hit for hit in cues.get("first", ())}
    seconds = {hit.i: hit for hit in cues.get("second", ())}
    candidates: list[tuple[int, int, int]] = []
    for k, norm in enumerate(words.norms):
        before, after = words.norm(k - 1), words.norm(k + 1)
        if k in inside and before not in _ITEM_NOUNS:
            continue
        number = int(norm) if norm.isdecimal() and len(norm) == 1 else _ORDINALS.get(norm, 0)
        if number and (after == ")" or (after in (".", ":", "-") and not words.glued(k + 1))):
            if after == ")" or not words.is_word(k - 1) or before in _ITEM_NOUNS:
                start = k - 1 if k and before in ("(", *_ITEM_NOUNS) else k
                candidates.append((start, number, k + 2))
        elif number and before in ("issue", "problem", "client", "thing", "item", "#"):
            named = before == "#" and words.norm(k - 2) in _ITEM_NOUNS
            candidates.append((k - 2 if named else k - 1, number, k + 1))
        elif number and announced and words.is_digits(k):
            # "3 issues 1 cant log in 2 plan page frozen"
            begins = k in announced or k - 1 in announced or number > 1
            if begins and words.is_word(k + 1) and after not in _COUNTED_AFTER:
                candidates.append((k, number, k + 1))
        elif k in firsts and words.norm(firsts[k].j) not in _NOT_ORDINAL:
            candidates.append((k, 1, firsts[k].j))
        elif k in seconds and words.norm(seconds[k].j) not in _NOT_ORDINAL:
            value = 3 if norm in ("third", "thirdly", "3") else 2
            candidates.append((k, value, seconds[k].j))
    run: dict[int, tuple[int, int]] = {}
    expected = 1
    for start, number, after_at in candidates:
        if number == expected:
            run[start] = (number, after_at)
            expected += 1
    return run if expected > 2 else {}
