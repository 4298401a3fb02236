"""What a number is: a case, an application, a DOI number, an NPN, a PSL number …

No identifier has a public format (OPEN), so it is the words around a number that say what it is:
a label before it ("case # 118-204-377", "doi number and npn are 774120 and 18845521"), one after
it ("118204377 is the case"), or the only label in its sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.details.bags import bag
from psl.details.candidate import Candidate
from psl.details.codes import damm_valid, is_error_code, is_http, ticket_value
from psl.details.contact import phone_value, sure_phone
from psl.details.numbers import COUNTED, Number, looks_like_phone, number_reading
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
_FILLERS = bag("""number numbers no num id ids # is are was were be : = - – ( " ' “ ” the my her his their its
    it's it i'm client's clients this that which , . & to ends""")
_STRONG = frozenset({"number", "numbers", "no", "id", "ids", "#"})
_PSL_FILLERS = bag("""gave give given me us said told assigned a as new rep representative read to ticket case
    reference number has have today today's call from they for it from would psl it's named opened
    created issued made""")
_OPENED = bag("gave give me us opened created made assigned issued has a new our")
_JOINS = frozenset({",", "and", "&", "/", "or", "+", ";", "not", "then", "but", "it's", "instead"})
_STOPS = frozenset({".", "!", "?", "\n"})
_TAX_FORMS = frozenset({"1095", "8962", "1040", "1099"})
_KENTUCKY = frozenset({"ky", "kentucky"})
# After these labels, letters glued to a number are part of it: "error APP-5110".
_CODED = frozenset({"psl_number", "ticket", "error"})
_REACH_STRONG, _REACH_LIST = 4, 3
_LEAST = {
    "case_number": 3,
    "application_number": 3,
    "doi_number": 2,
    "npn": 3,
    "psl_number": 3,
    "ticket": 3,
}
_MOST = 14
_TICKET_DIGITS = 8
_BARE = 4


def read_numbers(words: Words, found: Sequence[Number]) -> Iterator[Candidate]:
    """What each number is by the words around it."""
    numbers = list(found)
    labels = {hit.i: hit for hit in words.longest("label")}
    kinds, leads, used = _labelled(words, numbers, labels)
    _labelled_after(words, numbers, labels, kinds, used)
    _labelled_by_sentence(words, numbers, labels, kinds, used)
    done: set[int] = set()
    for at, number in enumerate(numbers):
        if at in done:
            continue
        kind, j, code = kinds.get(at), number.j, number.code
        if kind is not None and number.plain:
            for more in range(at + 1, len(numbers)):
                group = numbers[more]
                if not _continues(words, code, j, group, kinds.get(more)):
                    break
                code, j = code + group.code, group.j
                done.add(more)
        lead = leads.get(at, number.i)
        reading = (
            _as(words, kind, code, number, j, lead)
            if kind is not None
            else _unlabelled(words, number)
        )
        if reading is not None:
            yield reading


def _continues(words: Words, code: str, j: int, group: Number, kind: str | None) -> bool:
    """Whether a number goes on after a space: "118 204 377"."""
    return (
        kind is None
        and group.plain
        and not group.idle
        and group.i == j
        and 3 <= len(group.code) <= 4
        and 2 <= len(code) <= _MOST - len(group.code)
        and len(code) % 10 != 9
        and words.norm(group.j) not in COUNTED
    )


def _labelled(
    words: Words, numbers: list[Number], labels: dict[int, Hit]
) -> tuple[dict[int, str], dict[int, int], set[int]]:
    """Numbers that follow a label; and which labels they used up."""
    starts = {number.i: at for at, number in enumerate(numbers)}
    fronts = {number.front for number in numbers}
    kinds: dict[int, str] = {}
    leads: dict[int, int] = {}
    used: set[int] = set()
    pending: list[Hit] = []  # labels not followed by a number yet
    strong, gap = False, 0
    listed: tuple[str, int] | None = None  # the kind and length of the number just read
    i = 0
    while i < len(words):
        norm = words.norm(i)
        if i in starts:
            at = starts[i]
            number = numbers[at]
            kind = number.label
            if number.front is not None and pending and pending[-1].value in _CODED:
                number = numbers[at] = _whole(words, number)
                kind = None
            if kind is None and pending and _suits(words, number, pending[-1].value):
                group = _row(words, numbers, at, len(pending))
                for offset, label in enumerate(pending if group else pending[-1:]):
                    kinds[at + offset] = label.value
                    leads[at + offset] = label.i if offset == 0 else numbers[at + offset].i
                    used.add(label.i)
                leads[at] = pending[0].i if group else pending[-1].i
                last = numbers[at + len(group) - 1] if group else number
                listed = (pending[-1].value, len(last.code))
                pending, gap, strong, i = [], 0, False, last.j
                continue
            if kind is None and listed is not None and number.plain and not number.idle:
                same = listed[0] if abs(listed[1] - len(number.code)) <= 1 else None
                if same is not None and len(number.code) >= _BARE and words.norm(i - 1) in _JOINS:
                    kind = same
            if kind is not None and not number.idle and _suits(words, number, kind):
                kinds[at] = kind
                leads[at] = number.i if number.front is None else number.front
                listed = (kind, len(number.code))
                pending, gap = [], 0
            elif not (pending and strong):
                listed = None
                pending = []
            i = number.j
            continue
        label = labels.get(i) if i not in fronts else None
        if i in fronts:
            pass  # said with its number: "case118204377"
        elif label is not None and not _is_aside(words, label):
            keeps = bool(pending) and (gap == 0)
            psl = pending and pending[-1].value == "psl_number" and gap == 0
            opened = set(words.norms[pending[-1].j : label.i]) <= _OPENED if pending else False
            if psl and label.value in ("case_number", "ticket") and opened:
                pass  # PSL calls a ticket a case as well
            elif keeps and words.norm(label.i - 1) in ("and", "&", "/", "or", ","):
                pending.append(label)
            elif keeps and label.value == "error" and pending[-1].value == "error":
                pass
            else:
                pending, strong = [label], False
            gap, i = 0, label.j
            strong = strong or "number" in words.norms[label.i : label.j]
            continue
        elif norm in _STOPS and not (norm == "." and words.norm(i - 1) == "no"):
            if norm != "\n" or words.norm(i - 1) not in _FILLERS:
                pending, listed, gap = [], None, 0
        elif norm in _STRONG:
            strong = strong or bool(pending)
        elif pending and pending[-1].value == "psl_number" and norm in _PSL_FILLERS:
            pass
        elif norm not in _JOINS and norm not in _FILLERS:
            listed = None
            gap += 1
            if pending and gap > (_REACH_STRONG if strong else 0):
                pending = []
        i += 1
    return kinds, leads, used


def _whole(words: Words, number: Number) -> Number:
    """A number with the letters glued to it, which look like a label but are part: CS-20931."""
    if number.front is None:
        return number
    start, end = words.starts[number.front], words.ends[number.j - 1]
    return Number(number.front, number.j, words.text[start:end].upper(), False)


def _is_aside(words: Words, label: Hit) -> bool:
    """Whether a label is no label here: "in case", "just in case", "error" inside "error free"."""
    before = words.norm(label.i - 1)
    return label.value == "case_number" and before in ("in", "just", "edge") and before != "edge"


def _row(words: Words, numbers: Sequence[Number], at: int, count: int) -> list[Number]:
    """``count`` numbers in a row, each joined to the one before by a comma, slash or "and"."""
    if count < 2:
        return []
    row = list(numbers[at : at + count])
    if len(row) < count:
        return []
    for one, other in zip(row, row[1:], strict=False):
        between = words.norms[one.j : other.i]
        if not between or any(norm not in _JOINS for norm in between):
            return []
    return row


def _suits(words: Words, number: Number, kind: str) -> bool:
    """Whether a number can be what its label says."""
    if number.idle or (words.norm(number.j) in COUNTED and len(number.code) < _BARE):
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
    return _LEAST[kind] <= sum(c.isdigit() for c in number.code) <= _MOST


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
        if _suits(words, number, kind):
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
        and len(number.code) >= _BARE
        and words.norm(number.j) not in COUNTED
        and not _year(number.code)
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
    if _suits(words, number, kind):
        kinds[bare[0]] = kind


def _year(code: str) -> bool:
    return len(code) == 4 and code[:2] == "20"


def _as(words: Words, kind: str, code: str, number: Number, j: int, lead: int) -> Candidate | None:
    value: str | None = code
    rank, i = "labelled", number.i
    if kind == "phone":
        value = phone_value(code) or (f"{code[:3]}-{code[3:]}" if len(code) == 7 else None)
    elif kind == "zip":
        value = code if len(code) == 5 else f"{code[:5]}-{code[5:]}"
    elif kind == "ticket":
        ours = number.plain and damm_valid(code)
        kind, value = ("ticket_number", ticket_value(code)) if ours else ("psl_number", code)
    elif kind == "psl_number" and looks_like_phone(words, number) and sure_phone(code):
        kind, value = "phone", phone_value(code)
    elif kind == "error":
        rank = "error_said"
        if words.norm(i - 1) == "http":
            i, value = i - 1, f"HTTP {code}"
    return None if value is None else number_reading(words, kind, value, i, j, rank, lead)


def _unlabelled(words: Words, number: Number) -> Candidate | None:
    """A number that nothing explains: a phone or an error code by its shape, else just a number."""
    i, j, code = number.i, number.j, number.code
    if number.idle or number.label:
        return None
    if not number.plain:
        if is_error_code(words, number):
            return number_reading(words, "error", code, i, j, "error")
        letters = sum(c.isalpha() for c in code)
        if letters <= 3 and len(code) - letters >= 6:
            return number_reading(words, "number", code, i, j, "number")
        return None
    if looks_like_phone(words, number) or (len(code) >= 10 and sure_phone(code)):
        value = phone_value(code)
        if value is not None:
            return number_reading(words, "phone", value, i, j, "phone")
    if len(code) == 3 and is_http(words, number):
        return number_reading(words, "error", code, i, j, "error")
    if len(code) == 5 and words.norm(i - 1) in _KENTUCKY:
        return number_reading(words, "zip", code, i, j, "phone")
    alone = j - i == len(words)
    counted = words.norm(j) in COUNTED or words.norm(i - 1) == "$"
    if len(code) <= _BARE and words.norm(i - 1) == "/" and words.glued(i - 1):
        return None
    if code in _TAX_FORMS and not alone:
        return None
    if len(code) >= _BARE and not counted and (alone or not _year(code)):
        return number_reading(words, "number", code, i, j, "number")
    return None


def bare(words: Words, numbers: Sequence[Number], kind: str) -> Iterator[Candidate]:
    """A number without a label, read as the kind that was just asked for."""
    usable = [number for number in numbers if not (number.idle and kind != "error")]
    for at, number in enumerate(usable):
        code, j = number.code, number.j
        if number.plain:
            for group in usable[at + 1 :]:
                if not _continues(words, code, j, group, None):
                    break
                code, j = code + group.code, group.j
        value: str | None = code
        if kind == "zip":
            value = code if len(code) == 5 else f"{code[:5]}-{code[5:]}" if len(code) == 9 else None
        elif kind == "phone":
            value = phone_value(code) or (f"{code[:3]}-{code[3:]}" if len(code) == 7 else None)
        elif kind == "ticket_number":
            value = ticket_value(code) if damm_valid(code) else None
        elif kind == "npn" and not (number.plain and len(code) <= 10):
            value = None
        if value is not None and words.norm(j) not in COUNTED:
            yield number_reading(words, kind, value, number.i, j, "labelled")
            return
