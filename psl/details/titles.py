"""Words around a problem: the request for a ticket before it, and a title made from it."""

from __future__ import annotations

import re

TITLE_LENGTH = 80

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")
_GREETINGS = frozenset(
    """hi hello hey hiya howdy yo greetings good morning afternoon evening day there team everyone all
    folks sir madam maam ok okay so well um uh yes yeah yep sure right alright now""".split()
)
_POLITE = frozenset({"please", "pls", "plz", "kindly", "thanks", "thx", "ty", "thank", "asap", "again"})
_ASKS = frozenset(
    """i i'd id i'll ill i'm im we we'd we're you u can could would will may need needs want wanna like to
    gonna going gotta have has help me us let's lets let just wish trying try hoping wanted supposed
    wondering if someone somebody assist appreciate it do be able get got am are is there the for my
    quickly real quick another way must should had ready""".split()
)
_VERBS = frozenset(
    """write draft open file create make start submit log put raise report prepare begin enter generate
    fill do set send opening filing drafting writing creating starting submitting logging making add
    document opened started describe issue type opne strat""".split()
)
_BETWEEN = frozenset(
    """up out in a an the this that it all of one new another psl support helpdesk help desk it's me my us for
    our official written quick separate second third first couple tickets ticket tkt tix going together
    down off with through regarding today follow some more them two three several down into as please
    pls technical""".split()
)
_NOUNS = frozenset({"ticket", "tickets", "tkt", "tkts", "tix", "tickt", "tikcet", "incident"})
_REPORTED = frozenset({"issue", "issues", "problem", "problems", "request", "bug", "error"})
_LINKERS = frozenset(
    """for about re regarding concerning because bc cause that on with saying to say says where and as of
    cuz which w/ w the my it""".split()
)
_PUNCTUATION = frozenset(",.;:!?-–—/\"'()")
_LIMIT = 24  # words looked at for a request

_LABEL = (
    r"(?:(?:psl|client|client's|the|her|his|their|my)\s{1,3})?"
    r"(?:cases?|apps?|applications?|cs|doi|npn|ref(?:erence)?|tickets?|psl|zip|phone|cell|id|ssn|no|number|num)"
)
_IDENTIFIER = re.compile(
    rf"(?:\b(?:for|on|in|with|under|at|of)\s{{1,3}})?"
    rf"(?:\b{_LABEL}\b[\s.:#=]{{0,4}}(?:(?:number|no|num|id|agentid|is|was|and|number's)\b[\s.:#=]{{0,4}}){{0,3}})?"
    r"#?(?<![\w-])[A-Za-z]{0,2}-?\d(?:[\s.()-]{0,2}\d){5,30}(?!\w)",
    re.IGNORECASE,
)
_LONG_DIGITS = re.compile(r"\S*\d{6,}\S*|\d(?:[\s.()-]?\d){6,}")
_EMAIL = re.compile(r"\S{1,64}@\S{1,253}")
_PIECES = re.compile(r"(?:[.!?;\n]+(?=\s|$))|[,\n]|\s[-–—]\s")
_DANGLING = frozenset(
    """and or but for on in at with of to the a an my her his their is are was case app application number
    so then also plus from by when because that it i ref reference id doi npn""".split()
)


def command_end(text: str) -> int:
    """Where a request for a ticket that opens ``text`` ends; 0 if there is none.

    Greetings before it count as part of it: "hi, pls draft a ticket, …".
    """
    words = [(found.group().lower().replace("’", "'"), found.end()) for found in _first_words(text)]
    at = _skip_greetings(words, 0)
    greeted = words[at - 1][1] if at else 0
    end = _request(words, at)
    if end is None:
        return greeted if at and _only_greeting(words, at) else 0
    return _link(words, end)


def _first_words(text: str) -> list[re.Match[str]]:
    found = []
    for match in _WORD.finditer(text):
        found.append(match)
        if len(found) >= 60:
            break
    return found


def _skip_greetings(words: list[tuple[str, int]], at: int) -> int:
    while at < len(words) and at < 8 and (words[at][0] in _GREETINGS or words[at][0] in _PUNCTUATION | _POLITE):
        at += 1
    return at


def _only_greeting(words: list[tuple[str, int]], at: int) -> bool:
    """Whether what was skipped is a greeting, not the "so" or "now" of a sentence."""
    said = {word for word, _ in words[:at]}
    return bool(said & {"hi", "hello", "hey", "hiya", "howdy", "morning", "afternoon", "evening", "greetings"}) or (
        bool(said & _POLITE) and not said & {"again"}
    )


def _request(words: list[tuple[str, int]], at: int) -> int | None:
    """The first word after "need to write up a ticket", which begins at ``at``."""
    k = at
    while k < len(words) and k - at < _LIMIT and (words[k][0] in _ASKS or words[k][0] in _POLITE):
        k += 1
    verb = False
    asked = k > at
    while k < len(words) and words[k][0] in _VERBS:
        verb, k = True, k + 1
        if k < len(words) and words[k][0] in ("to", "and", "me", "u", "you"):
            if words[k][0] in ("to", "and") and not (k + 1 < len(words) and words[k + 1][0] in _VERBS):
                break
            k += 1
    between = k
    while k < len(words) and k - between < 8 and words[k][0] in _BETWEEN and words[k][0] not in _NOUNS:
        k += 1
    word = words[k][0] if k < len(words) else ""
    if word in _NOUNS and (verb or asked or k - at <= 2 or k == at):
        if not verb and not asked and k == at and not _is_heading(words, k):
            return None
        return k + 1
    if verb and word in _REPORTED:
        # "report a problem" is a request; "report the issue with …" tells it already
        return k + 1
    if verb and words[between][0] in ("this", "it", "that", "all") if between < len(words) else False:
        written = [w for w, _ in words[between:k]]
        if {"up", "down"} & set(written) or words[k - 1][0] in ("for", "one", "up"):
            return k + 1 if word in ("psl", "helpdesk") else k
        return k if words[at][0] in ("log", "report", "document", "file") or "log" in words[between - 1][0] else None
    if verb and words[between - 1][0] in ("write", "report", "log") and between < k and words[between][0] == "up":
        return k
    return None


def _is_heading(words: list[tuple[str, int]], k: int) -> bool:
    """Whether "ticket" stands alone or heads what follows: "ticket: …", "ticket for …"."""
    after = words[k + 1][0] if k + 1 < len(words) else ""
    return after in ("", ":", "for", "re", "about", "-", ",", "regarding", "please", "pls", "needed", ".") 


def _link(words: list[tuple[str, int]], k: int) -> int:
    """The end of the words that join a request to what it is about."""
    end = words[k - 1][1]
    while k < len(words):
        word = words[k][0]
        if word in _PUNCTUATION - {'"', "'", "("} or word in _POLITE:
            end, k = words[k][1], k + 1
        elif word in ("for",) and k + 1 < len(words) and words[k + 1][0] in ("me", "us", "psl", "this", "that", "it"):
            end, k = words[k + 1][1], k + 2
        elif word in ("opened", "started", "going", "needed", "real", "quick", "quickly", "now", "today", "out", "of", "here", "in", "with", "psl", "4", "me"):
            if word in ("of", "in", "with") and not (k + 1 < len(words) and words[k + 1][0] in ("this", "it", "that", "psl")):
                if word != "in":
                    break
                break
            end, k = words[k][1], k + 1
        elif word in ("this", "that", "it") and words[k - 1][0] in ("of", "for", "on"):
            end, k = words[k][1], k + 1
        else:
            break
    if k < len(words) and words[k][0] in ("for", "about", "re", "regarding", "concerning", "because", "bc", "cuz", "saying", "that", "where", "on"):
        end = words[k][1]
        k += 1
        while k < len(words) and words[k][0] in (":", ".", ",", "-"):
            end, k = words[k][1], k + 1
    return end


def strip_command(text: str) -> str:
    """``text`` without the request for a ticket that opens it; '' if nothing else was said."""
    rest = text[command_end(text) :].strip().lstrip(",.;:!?-–— \n\t").rstrip()
    bare = {found.group().lower() for found in _WORD.finditer(rest[:80])}
    return "" if len(rest) <= 80 and bare <= _POLITE | _PUNCTUATION | {"you", "me", "for"} else rest


_TAIL = re.compile(
    r"[\s,.;!?-]+(?:and\s+)?(?:(?:can|could|would|will)\s+(?:you|u|someone)|please|pls|plz|i need(?: you)? to|need to|i want to|let's|lets)?"
    r"\s*(?:please|pls|plz)?\s*(?:write|draft|open|file|create|make|start|submit|log|put|turn)"
    r"(?:\s+\w+){0,4}?\s+(?:tickets?|tkt)\b[\w\s,.!?]{0,25}$",
    re.IGNORECASE,
)


def summary(issue_text: str) -> str:
    """A title of at most 80 characters made from an agent's words; '' if they hold none.

    Numbers of cases, applications and people never stand in a title, because titles stand in
    lists and notices.
    """
    text = strip_command(issue_text[:2000])
    tail = _TAIL.search(text[-160:])
    if tail:
        text = text[: len(text) - len(text[-160:]) + tail.start()]
    text = _EMAIL.sub(" ", text)
    text = _IDENTIFIER.sub(" ", text)
    text = _LONG_DIGITS.sub(" ", text)
    parts: list[str] = []
    length = 0
    for piece in _PIECES.split(text):
        words = piece.strip(" \t\n,.;:!?()-–—#").split()
        while words and words[-1].lower().strip(".:,#") in _DANGLING:
            words.pop()
        while words and words[0].lower().strip(".,") in _POLITE | {"and", "also", "so", "then", "but", "plus"}:
            words.pop(0)
        if not any(c.isalpha() for word in words for c in word) or _is_courtesy(words):
            continue
        joined = " ".join(words)
        if parts and length + len(joined) + 2 > TITLE_LENGTH:
            break
        parts.append(joined)
        length += len(joined) + 2
    title = ", ".join(parts)
    if len(title) > TITLE_LENGTH:
        cut = title[: TITLE_LENGTH - 1]
        cut = cut[: cut.rfind(" ")] if " " in cut[40:] else cut
        title = cut.rstrip(" ,.;:-") + "…"
    return title[:1].upper() + title[1:]


def _is_courtesy(words: list[str]) -> bool:
    return all(word.lower().strip(".,!") in _POLITE | _GREETINGS | {"you", "in", "advance", "so", "much"} for word in words)
