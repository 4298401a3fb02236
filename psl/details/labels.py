"""What a number is: a case, an application, a DOI number, an NPN, a PSL number …

No identifier has a public format (OPEN), so it is the words around a number that say what it is:
a label before it ("case # 118-204-377", "doi number and npn are 774120 and 18845521"), one after
it ("118204377 is the case"), or the only label in its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from psl.details.bags import bag
from psl.details.contact import sure_phone
from psl.details.numbers import COUNTED, Number
from psl.details.words import Hit, Words

# group "label" of the pipeline: the words that say what a number is
LABEL_PATTERNS: dict[str, tuple[str, ...]] = {
    "case_number": ("case|cases|cs|casenumber|caseno|cse|case's",),
    "application_number": ("app|apps|application|applications|appid|app's|application's",),
    "doi_number": (
        "doi",
        "doi agent",
        "agentid|doinumber",
        "agent id",
        "doi agent? id",
        "doi agentid",
    ),
    "npn": (
        "npn|npns",
        "national producer",
    ),
    "zip": ("zip|zipcode|zips|postal", "zip|postal code"),
    "phone": (
        "phone|cell|mobile|tel|telephone|landline",
        "call|reach|text|ring me|us|him|her back? at|on?",
        "callback|phone|cell|mobile|contact|fax number?",
        "call back number?",
        "number to call",
    ),
    "psl_number": (
        "psl",
        "case number? with|at|from psl|them",
        "psl ticket|case|reference|tracking|confirmation|number",
        "reference|confirmation|tracking",
        "they|psl|rep|representative|lady|guy|woman|man|person|support gave|told|assigned|read me|us?",
        "logged|opened|filed it under|as",
        "logged at psl as|under",
        "number they gave me?",
        "they said it's|its",
        "got|issued|received|assigned number",
        "gave me reference|ticket|number",
        "gave me a reference|ticket|number",
    ),
    "ticket": ("ticket|tickets",),
    "error": ("error|errors", "error|reason? code|codes", "code|codes", "http", "status code"),
}
_FILLERS = bag(
    """
    number numbers no num id ids # is are was were be : = - – ( " ' “ ” the my her his their its
    it's it i'm client's clients this that which , . & to ends
    """
)
_STRONG = frozenset({"number", "numbers", "no", "id", "ids", "#"})
_PSL_FILLERS = bag(
    """
    gave give given me us said told assigned a as new rep representative read to ticket case
    reference number has have today today's call from they for it from would psl it's named
    opened created issued made
    """
)
_OPENED = bag("gave give me us opened created made assigned issued has a new our")
_JOINS = frozenset({",", "and", "&", "/", "or", "+", ";", "not", "then", "but", "it's", "instead"})
_STOPS = frozenset({".", "!", "?", "\n"})
# After these labels, letters glued to a number are part of it: "error APP-5110".
_CODED = frozenset({"psl_number", "ticket", "error"})
_REACH_STRONG = 4
_LEAST = {
    "case_number": 3,
    "application_number": 3,
    "doi_number": 2,
    "npn": 3,
    "psl_number": 3,
    "ticket": 3,
}
MOST = 14
_TICKET_DIGITS = 8
BARE = 4


def find_labels(words: Words, numbers: list[Number]) -> tuple[Mapping[int, str], Mapping[int, int]]:
    """What the words around say of each number: its kind, and the first word that belongs to it.

    A number in ``numbers`` is replaced where letters before it turn out to be part of it.
    """
    labels = {hit.i: hit for hit in words.longest("label")}
    scan = _Scan(words, numbers, labels)
    _labelled_after(words, numbers, labels, scan.kinds, scan.used)
    _labelled_by_sentence(words, numbers, labels, scan.kinds, scan.used)
    return scan.kinds, scan.leads


class _Scan:
    """Goes through a message once and gives numbers the kind of the label before them.

    Attributes:
        kinds: number -> its kind.
        leads: number -> the word at which what belongs to it begins.
        used: labels (by their first word) that were followed by their number.
    """

    def __init__(self, words: Words, numbers: list[Number], labels: dict[int, Hit]) -> None:
        self.kinds: dict[int, str] = {}
        self.leads: dict[int, int] = {}
        self.used: set[int] = set()
        self._words, self._numbers, self._labels = words, numbers, labels
        self._starts = {number.i: at for at, number in enumerate(numbers)}
        self._fronts = {number.front for number in numbers}
        self._pending: list[Hit] = []  # labels not followed by a number yet
        self._strong = False  # "case number", not just "case"
        self._gap = 0  # other words since the label
        self._listed: tuple[str, int] | None = None  # kind and length of the number just read
        i = 0
        while i < len(words):
            i = self._step(i)

    def _step(self, i: int) -> int:
        if i in self._starts:
            return self._number(i, self._starts[i])
        label = self._labels.get(i)
        if i in self._fronts:
            return i + 1  # said with its number: "case118204377"
        if label is not None and not _is_aside(self._words, label):
            self._label(label)
            return label.j
        self._word(i, self._words.norm(i))
        return i + 1

    def _number(self, i: int, at: int) -> int:
        words, number = self._words, self._numbers[at]
        kind = number.label
        if number.front is not None and self._pending and self._pending[-1].value in _CODED:
            number = self._numbers[at] = _whole(words, number)
            kind = None
        if kind is None and self._pending and suits(words, number, self._pending[-1].value):
            return self._take(at, number)
        if kind is None and self._goes_on(i, number):
            kind = self._listed[0] if self._listed else None
        if kind is not None and not number.idle and suits(words, number, kind):
            self.kinds[at] = kind
            self.leads[at] = number.i if number.front is None else number.front
            self._listed = (kind, len(number.code))
            self._pending, self._gap = [], 0
        elif not (self._pending and self._strong):
            self._pending, self._listed = [], None
        return number.j

    def _take(self, at: int, number: Number) -> int:
        """The number gets the label before it; or as many numbers as labels, theirs in a row."""
        row = _row(self._words, self._numbers, at, len(self._pending))
        labels = self._pending if row else self._pending[-1:]
        for offset, label in enumerate(labels):
            self.kinds[at + offset] = label.value
            self.leads[at + offset] = self._numbers[at + offset].i
            self.used.add(label.i)
        self.leads[at] = labels[0].i
        last = row[-1] if row else number
        self._listed = (labels[-1].value, len(last.code))
        self._pending, self._gap, self._strong = [], 0, False
        return last.j

    def _goes_on(self, i: int, number: Number) -> bool:
        """Whether a number continues a list: "cases 118204377 and 118204388"."""
        return (
            self._listed is not None
            and number.plain
            and not number.idle
            and len(number.code) >= BARE
            and abs(self._listed[1] - len(number.code)) <= 1
            and self._words.norm(i - 1) in _JOINS
        )

    def _label(self, label: Hit) -> None:
        words = self._words
        last = self._pending[-1] if self._pending and self._gap == 0 else None
        between = set(words.norms[last.j : label.i]) if last else set()
        psl = last is not None and last.value == "psl_number"
        if psl and label.value in ("case_number", "ticket") and between <= _OPENED:
            pass  # PSL calls a ticket a case as well
        elif last is not None and words.norm(label.i - 1) in ("and", "&", "/", "or", ","):
            self._pending.append(label)
        elif last is None or not label.value == last.value == "error":
            self._pending, self._strong = [label], False
        self._gap = 0
        self._strong = self._strong or "number" in words.norms[label.i : label.j]

    def _word(self, i: int, norm: str) -> None:
        before = self._words.norm(i - 1)
        if norm in _STOPS and not (norm == "." and before == "no"):
            if norm != "\n" or before not in _FILLERS:
                self._pending, self._listed, self._gap = [], None, 0
        elif norm in _STRONG:
            self._strong = self._strong or bool(self._pending)
        elif self._pending and self._pending[-1].value == "psl_number" and norm in _PSL_FILLERS:
            pass
        elif norm not in _JOINS and norm not in _FILLERS:
            self._listed = None
            self._gap += 1
            if self._gap > (_REACH_STRONG if self._strong else 0):
                self._pending = []


def _whole(words: Words, number: Number) -> Number:
    """A number with the letters glued to it, which look like a label but are part: CS-20931."""
    if number.front is None:
        return number
    start, end = words.starts[number.front], words.ends[number.j - 1]
    return Number(number.front, number.j, words.text[start:end].upper(), False)


def _is_aside(words: Words, label: Hit) -> bool:
    """Whether a label is no label here: "in case", "just in case"."""
    return label.value == "case_number" and words.norm(label.i - 1) in ("in", "just")


def _row(words: Words, numbers: Sequence[Number], at: int, count: int) -> list[Number]:
    """``count`` numbers in a row, each joined to the one before by a comma, slash or "and"."""
    if count < 2:
        return []
    row = list(numbers[at : at + count])
    if len(row) < count:
        return []
    for one, other in pairwise(row):
        between = words.norms[one.j : other.i]
        if not between or any(norm not in _JOINS for norm in between):
            return []
    return row


def suits(words: Words, number: Number, kind: str) -> bool:
    """Whether a number can be what its label says."""
    if number.idle or (words.norm(number.j) in COUNTED and len(number.code) < BARE):
        return False
    length = len(number.code)
    if kind == "zip":
        return number.plain and length in (5, 9)
    if kind == "phone":
        return number.plain and length in (7, 10, 11)
    if kind == "error":
        return length >= 2 and not (number.plain and length > 7)
    if kind == "npn":
        return number.plain and 3 <= length <= 10
    return _LEAST[kind] <= sum(c.isdigit() for c in number.code) <= MOST


def _labelled_after(
    words: Words,
    numbers: Sequence[Number],
    labels: dict[int, Hit],
    kinds: dict[int, str],
    used: set[int],
) -> None:
    """Numbers whose label follows: "118204377 is the case", "20117745 (app)"."""
    starts = {number.i for number in numbers}
    for at, number in enumerate(numbers):
        if at in kinds or number.idle or not number.plain or len(number.code) < 3:
            continue
        i = number.j
        steps = 0
        while steps < 5 and words.norm(i) in (*_FILLERS, "as", "for", "our") and i not in labels:
            if words.norm(i) in (",", "."):
                break
            i, steps = i + 1, steps + 1
        label = labels.get(i)
        if label is None or label.i in used or label.value in ("error", "phone"):
            continue
        j = label.j
        while words.norm(j) in _FILLERS:
            j += 1
        if j in starts and words.norm(j - 1) not in (",", "."):
            continue
        kind = label.value
        if words.norm(number.j) in COUNTED and len(number.code) < _TICKET_DIGITS:
            continue
        if suits(words, number, kind):
            kinds[at] = kind
            used.add(label.i)


def _labelled_by_sentence(
    words: Words,
    numbers: Sequence[Number],
    labels: dict[int, Hit],
    kinds: dict[int, str],
    used: set[int],
) -> None:
    """The only bare number of a message is what its only idle label says.

    "Kynect says case locked, 118664402". A PSL number may also follow in a later sentence.
    """
    bare = [
        at
        for at, number in enumerate(numbers)
        if at not in kinds
        and number.plain
        and not number.idle
        and len(number.code) >= BARE
        and words.norm(number.j) not in COUNTED
        and not is_year(number.code)
    ]
    if len(bare) != 1:
        return
    number = numbers[bare[0]]
    open_kinds = {
        label.value
        for label in labels.values()
        if label.i not in used and not _is_aside(words, label)
    } - {"error", "phone", "zip"}
    spoken = {"psl_number", "ticket"} & open_kinds
    if spoken and len(open_kinds - spoken - {"case_number"}) == 0:
        kinds[bare[0]] = "psl_number" if "psl_number" in spoken else "ticket"
        return
    if len(open_kinds) != 1:
        return
    kind = next(iter(open_kinds))
    if kind in ("case_number", "application_number") and not 6 <= len(number.code) <= 10:
        return
    if sure_phone(number.code) or kind in set(kinds.values()):
        return
    if suits(words, number, kind):
        kinds[bare[0]] = kind


def is_year(code: str) -> bool:
    """Whether four digits are a year of our time."""
    return len(code) == 4 and code[:2] == "20"
