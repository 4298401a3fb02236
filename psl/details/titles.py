"""Words around a problem: the request for a ticket before it, and a title made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from psl.details.bags import bag

TITLE_LENGTH = 80

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")
_GREETINGS = bag("hi hello hey hiya howdy morning afternoon evening greetings")
_OPENERS = _GREETINGS | bag(
    """
    yo good day there team everyone all folks sir madam maam ok okay so well um uh yes yeah yep
    sure right alright now
    """
)
_POLITE = frozenset({"please", "pls", "plz", "kindly", "thanks", "thx", "ty", "thank", "asap"})
_ASKS = bag(
    """
    i i'd id i'll ill i'm im we we'd we're you u can could would will may need needs want wanna
    like to gonna going gotta have has help me us let's lets let just wish trying try hoping
    wanted supposed wondering if someone somebody assist appreciate it do be able get got am are
    is there the for my quickly real quick another way must should had ready
    """
)
_WANTS = bag("need needs want wanna like gotta get wanted lets let's")
_OF_A_TICKET = bag(
    "number numbers status back to closed reopened updated fixed resolved is was has"
)
_VERBS = bag(
    """
    write draft open file create make start submit log put raise report prepare begin enter
    generate fill do set send opening filing drafting writing creating starting submitting
    logging making add document opened started describe issue type opne strat turn
    """
)
_BETWEEN = bag(
    """
    up out in a an the this that it all of one new another psl support helpdesk help desk it's
    me my us for our official written quick separate second third first couple two three several
    going together off through regarding today some more them into as please pls technical draft
    going
    """
)
_TICKETS = frozenset({"ticket", "tickets", "tkt", "tkts", "tix", "tickt", "tikcet", "incident"})
_REPORTED = frozenset({"issue", "issues", "problem", "problems", "request", "bug", "error"})
_HEADING = bag(", : - . for re about regarding please pls needed") | {""}
_LINKS = bag(
    """
    opened started going needed real quick quickly now today here out psl 4 report
    """
)
_LAST_LINKS = bag("for about re regarding concerning because bc cuz saying that where on")
_MEANT = frozenset({"me", "us", "psl", "this", "that", "it", "support"})
_PUNCTUATION = frozenset(",.;:!?-–—/\"'()")
_SAYS_NOTHING = (
    _POLITE
    | _PUNCTUATION
    | _MEANT
    | bag(
        "you for to with a an the my her his client today now tracker here one what in of please thanks"
    )
)
_MOST_WORDS, _MOST_ASKED = 60, 24


@dataclass(frozen=True, slots=True)
class _Opening:
    """The first words of a text, in lower case, with the place where each ends."""

    words: tuple[str, ...]
    ends: tuple[int, ...]

    def at(self, k: int) -> str:
        return self.words[k] if 0 <= k < len(self.words) else ""

    def end(self, k: int) -> int:
        """Where the words before ``k`` end."""
        return self.ends[k - 1] if k else 0


def _opening(text: str) -> _Opening:
    words: list[str] = []
    ends: list[int] = []
    for found in _WORD.finditer(text):
        words.append(found.group().lower().replace("’", "'"))
        ends.append(found.end())
        if len(words) == _MOST_WORDS:
            break
    return _Opening(tuple(words), tuple(ends))


def command_end(text: str) -> int:
    """Where a request for a ticket that opens ``text`` ends; 0 if there is none.

    Greetings before it count as part of it: "hi, pls draft a ticket, …".
    """
    opening = _opening(text)
    at = 0
    while at < 8 and opening.at(at) in _OPENERS | _PUNCTUATION | _POLITE:
        at += 1
    end = _request(opening, at)
    if end is None:
        greeted = set(opening.words[:at]) & (_GREETINGS | _POLITE)
        return opening.end(at) if greeted else 0
    return _linked(opening, end)


def _request(opening: _Opening, at: int) -> int | None:
    """The first word after "need to write up a ticket", which begins at word ``at``."""
    k = at
    while k - at < _MOST_ASKED and opening.at(k) in _ASKS | _POLITE:
        k += 1
    verb = ""
    while opening.at(k) in _VERBS:
        verb, k = opening.at(k), k + 1
        if opening.at(k) in ("to", "and") and opening.at(k + 1) in _VERBS:
            k += 1
    between = k
    while k - between < 8 and opening.at(k) in _BETWEEN:
        k += 1
    word = opening.at(k)
    if word in _TICKETS:
        if verb:
            return k + 1 if opening.at(k - 1) != "my" else None
        wanted = bool(_WANTS & set(opening.words[at:k])) and opening.at(k - 1) != "my"
        headed = k - at <= 2 and opening.at(k - 1) != "my" and opening.at(k + 1) in _HEADING
        return k + 1 if (wanted and opening.at(k + 1) not in _OF_A_TICKET) or headed else None
    if not verb:
        return None
    if word in _REPORTED and opening.at(k + 1) != "tracker":
        # "report a problem with …": what follows "with" is the problem
        if opening.words[k + 1 : k + 3] == ("w", "/"):
            return k + 3
        return k + 2 if opening.at(k + 1) in ("with", "in") and opening.at(k + 2) else k + 1
    told = opening.words[between:k]
    if "up" in told:  # "write this up for PSL", "write up that the tab is blank"
        k = between + told.index("up") + 1
        return k + 1 if opening.at(k) == "that" else k
    if told[:1] == ("one",) or (
        verb in ("log", "report", "document", "file") and told[:1] in (("this",), ("that",))
    ):
        k = between + (2 if told[1:2] == ("one",) else 1)
        follows = opening.at(k)
        return k if follows in (":", "-", ",", "for", "") else None
    return None


def _linked(opening: _Opening, k: int) -> int:
    """The end of the words that join a request to what it is about."""
    while opening.at(k):
        word, after = opening.at(k), opening.at(k + 1)
        if word in _PUNCTUATION - {'"', "'", "("} or word in _POLITE or word in _LINKS:
            k += 1
        elif word in ("for", "with", "of", "in", "to") and after in _MEANT:
            k += 2
        elif word == "in" and after == "for":
            k += 1
        elif (
            (word == "in" and after == "the" and opening.at(k + 2) == "system")
            or (
                word == "with"
                and after in ("these", "this", "the")
                and opening.at(k + 2) in ("details", "info")
            )
            or (word == "as" and after == "a" and opening.at(k + 2) in _TICKETS)
        ):
            k += 3
        else:
            break
    if opening.at(k) in _LAST_LINKS:
        k += 1
        while opening.at(k) in (":", ".", ",", "-"):
            k += 1
    return opening.end(k)


def strip_command(text: str) -> str:
    """``text`` without the request for a ticket that opens it; '' if nothing else was said."""
    rest = text[command_end(text) :].strip().lstrip(",.;:!?-–— \n\t")
    said = {found.group().lower() for found in _WORD.finditer(rest[:TITLE_LENGTH])}
    return "" if len(rest) < TITLE_LENGTH and said <= _SAYS_NOTHING else rest


# --- titles ---------------------------------------------------------------------------------

_HIDDEN = "\x00"
_TAIL = re.compile(
    r"[\s,.;!?-]{1,3}(?:and )?(?:(?:can|could|would|will) (?:you|u|someone) |please |pls |plz "
    r"|i need (?:you )?to |need to |i want to |let's |lets ){0,2}"
    r"(?:write|draft|open|file|create|make|start|submit|log|put|turn)"
    r"(?: \w+){0,5} (?:tickets?|tkt)\b[\w ,.!?]{0,25}$",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"#?(?<![\w-])[A-Za-z]{0,3}[-_]?\d(?:[ .()-]{0,2}\d){5,30}(?!\w)")
_LONG_RUN = re.compile(r"\d(?:[\s.()/-]{0,2}\d){5,}")
_LABELS = bag(
    """
    case cases app apps application applications number numbers no num id ids agentid cs doi npn
    ref reference ticket tickets psl zip phone cell is was are and or for on in with under at of
    the my her his their # : = to a an both
    """
)
_PIECES = re.compile(r"[.!?;]+(?=\s|$)|[,\n]|\s[-–—/]\s|\s\(|\)")
_JOINTS = re.compile(r"\s(?:and|but|so|then)\s")
_PROBLEM = re.compile(
    r"error|n't\b|\b(?:cannot|cant|wont|doesnt|isnt|not|no|stuck|blank|missing|fail\w*|fro?zen?|freez\w*|crash\w*"
    r"|spin\w*|wrong|denie[ds]|kick\w*|lock\w*|time[sd]? out|disappear\w*|drop\w*|shows?|lost|gone|duplicate"
    r"|reject\w*|broken|dead|empty|grey\w*|gray\w*|problem|issue|never|keeps?)\b|\b[A-Z]{2,8}[-_]\d",
    re.IGNORECASE,
)
_LEADING = _POLITE | frozenset({"and", "also", "so", "then", "but", "plus", "with", "or"})
_EDGES = " \t\n,.;:!?()-–—#/*•\"'"


def summary(issue_text: str) -> str:
    """A title of at most 80 characters made from an agent's words; '' if they hold none.

    Numbers of cases, applications and people never stand in a title, because titles stand in
    lists and notices.
    """
    text = strip_command(issue_text[:2000]).replace(_HIDDEN, " ")
    tail = _TAIL.search(text, max(0, len(text) - 160))
    text = text[: tail.start()] if tail else text
    text = _LONG_RUN.sub(_HIDDEN, _IDENTIFIER.sub(f" {_HIDDEN} ", text))
    pieces = [piece for part in _PIECES.split(text) if (piece := _piece(part))]
    if sum(len(piece) + 2 for piece in pieces) > TITLE_LENGTH + 2:
        told = next((at for at, piece in enumerate(pieces) if _PROBLEM.search(piece)), 0)
        pieces = pieces[told:]
    if pieces and len(pieces[0]) > TITLE_LENGTH:
        parts = _JOINTS.split(pieces[0])
        begin = next((at for at, part in enumerate(parts) if _PROBLEM.search(part)), 0)
        pieces[0] = " and ".join(parts[begin:])
    title = ""
    for piece in pieces:
        longer = f"{title}, {piece}" if title else piece
        if title and len(longer) > TITLE_LENGTH:
            break
        title = longer
    if len(title) > TITLE_LENGTH:
        cut = title[: TITLE_LENGTH - 1]
        cut = cut[: cut.rfind(" ")] if " " in cut[TITLE_LENGTH // 2 :] else cut
        title = cut.rstrip(_EDGES) + "…"
    return title if title.startswith("kynect") else title[:1].upper() + title[1:]


def _piece(part: str) -> str:
    """A piece of a title: without identifiers, the words that led up to them, and courtesies."""
    words: list[str] = []
    hidden = False
    for word in part.split():
        if _HIDDEN in word or "@" in word:
            hidden = True
            while words and words[-1].lower().strip(_EDGES) in _LABELS | {""}:
                words.pop()
        else:
            words.append(word)
    while words and words[0].lower().strip(_EDGES) in _LEADING:
        words.pop(0)
    while words and words[-1].lower() in ("and", "or", "but", "so", "also", "with", *_POLITE):
        words.pop()
    plain = {word.lower().strip(_EDGES) for word in words}
    if plain <= _POLITE | _OPENERS | {"you", "in", "advance", "so", "much", ""}:
        return ""
    if (
        hidden
        and len(plain - _LABELS) < 2
        and len(plain) < 4
        and not _PROBLEM.search(" ".join(words))
    ):
        return ""
    piece = " ".join(words).strip(_EDGES.replace('"', "").replace("'", "").replace(")", ""))
    return piece if any(c.isalpha() for c in piece) else ""
