"""Numbers: which of them are case, application, DOI, NPN, PSL or ticket numbers, and error codes.

No identifier has a public format (OPEN), so it is the words around a number that say what it is:
a label before it ("case # 118-204-377", "doi number and npn are 774120 and 18845521"), one after
it ("118204377 is the case"), or the only label in its sentence. Our own ticket numbers carry a
check digit (see ``psl.tickets.numbers``), which tells them from those that PSL gives out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stdnum import damm

from psl.details.candidate import RANKS, Candidate, lead_of
from psl.details.contact import PHONE, phone_value, sure_phone, urls
from psl.details.words import Hit, Words

# group "label" of the pipeline: the words that say what a number is
LABEL_PATTERNS: dict[str, tuple[str, ...]] = {
    "case_number": ("case|cases|cs|casenumber|caseno|cse|case's",),
    "application_number": ("app|apps|application|applications|appid|app's|application's",),
    "doi_number": ("doi", "doi agent", "agentid|doinumber", "agent id", "doi agent? id", "doi agentid"),
    "npn": ("npn|npns", "national producer",),
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
# The norm of a label's single word -> its kind, for what is written together ("app20117745").
_GLUED_LABELS = {
    "case": "case_number",
    "cs": "case_number",
    "caseno": "case_number",
    "app": "application_number",
    "appid": "application_number",
    "application": "application_number",
    "doi": "doi_number",
    "npn": "npn",
    "zip": "zip",
    "ref": "psl_number",
    "reference": "psl_number",
    "psl": "psl_number",
    "ticket": "ticket",
    "error": "error",
    "err": "error",
    "code": "error",
    "http": "error",
}

_FILLERS = frozenset(
    """number numbers no num id ids # is are was were be : = - – ( " ' “ ” the my her his their its
    it's it i'm client's clients this that which , . & to ends""".split()
)
_STRONG = frozenset({"number", "numbers", "no", "id", "ids", "#"})
_PSL_FILLERS = frozenset(
    """gave give given me us said told assigned a as new rep representative read to ticket case
    reference number has have today today's call from they for it from would psl it's named opened
    created issued made""".split()
)
_OPENED = frozenset("gave give me us opened created made assigned issued has a new our".split())
_JOINS = frozenset({",", "and", "&", "/", "or", "+", ";", "not", "then", "but", "it's", "instead"})
_STOPS = frozenset({".", "!", "?", "\n"})
# What is counted, timed or dated is no identifier.
_COUNTED = frozenset(
    """members member people person persons kids kid children child adults adult dependents dependent
    clients client applicants applicant times time x browsers browser days day weeks week months month
    years year yrs yo hours hour hrs hr minutes minute mins min seconds sec secs am pm tabs plans plan
    tries attempts agents referrals boys girls boy girl teens teenagers percent % st nd rd th k of
    issues problems things errors computers devices phones screens pages tickets cases apps""".split()
)
_UNITS = frozenset("am pm st nd rd th x k min mins hr hrs sec secs days day yo yr yrs mos mo wks".split())
_JOINERS = "-_"
_PREFIX_WORDS = frozenset(
    """of to in on at the and for is by or as w with x about my no a an i it jan feb mar apr may jun jul
    aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun win windows mac ios chrome edge
    firefox safari ie opera brave version v ver line step section page screen level room suite ste apt
    ext unit box form covid formula plan member members client agent sep oe aged age""".split()
)
_NO_CODE_WORDS = frozenset(
    """on in at for when with the to my and of after over since all both only a an is it says said case app
    page when where then from by as or so but if this that each every me us her his our we i you he she
    was are be not no yes ok about like some any via per also plus with first last next again
    both two three got get gets""".split()
)
_HTTP_WORDS = frozenset(
    """error errors page forbidden not internal bad service gateway unauthorized unavailable timeout
    server code""".split()
)
_HTTP_BEFORE = frozenset(
    """getting get gets got gives gave giving throws threw shows showing showed shown a an with returns
    returned says said an see seeing sees saw error""".split()
)
_TAX_FORMS = frozenset({"1095", "8962", "1040", "1099"})
_KENTUCKY = frozenset({"ky", "kentucky"})
# After these labels, letters glued to a number are part of it: "error APP-5110".
_CODED = frozenset({"psl_number", "ticket", "error"})
_REACH_STRONG, _REACH_LIST = 4, 3
_LEAST = {"case_number": 3, "application_number": 3, "doi_number": 2, "npn": 3, "psl_number": 3, "ticket": 3}
_MOST = 14
_TICKET_DIGITS = 8
_BARE = 4


@dataclass(frozen=True, slots=True)
class Number:
    """Words ``i`` up to ``j`` that make one number or code.

    ``code`` is the normalised form; ``plain`` says that it is digits only; ``label`` is the kind
    that a word glued to its front, at ``front``, gives it; an ``idle`` one is a quantity, a price
    or the like.
    """

    i: int
    j: int
    code: str
    plain: bool
    label: str | None = None
    idle: bool = False
    front: int | None = None


def find_numbers(words: Words) -> list[Number]:
    """All numbers and codes of the message; ``idle`` ones are quantities, prices, parts of dates."""
    phones = {words.at(m.start()): words.at(m.end()) for m in PHONE.finditer(words.text)}
    web = urls(words.text)
    found: list[Number] = []
    at = 0
    while at < len(words):
        if at in phones:
            i, j = at, phones[at]
            digits = "".join(c for c in words.text[words.starts[i] : words.ends[j - 1]] if c.isdigit())
            found.append(Number(i, j, digits, True))
            at = j
        elif words.is_digits(at):
            number = _number_at(words, at, found[-1].j if found else 0)
            while web and web[0][1] <= words.starts[number.i]:
                web.pop(0)
            if not (web and web[0][0] <= words.starts[number.i]):
                found.append(number)
            at = number.j
        else:
            at += 1
    return found


def _number_at(words: Words, at: int, free: int) -> Number:
    i, j, plain, idle = at, at + 1, True, False
    label: str | None = None
    label_at: int | None = None
    # what is glued to the front: a label, or the letters of a code
    front = at - 1
    if front >= free and words.glued(front) and words.norm(front) in ("-", "_", "#"):
        joined = front - 1 >= free and words.glued(front - 1) and words.norm(front) in _JOINERS
        front = front - 1 if joined else -1
    elif not (front >= free and words.glued(front)):
        front = -1
    if front >= 0 and words.is_word(front):
        prefix = words.raw(front).lower()
        joined = front < at - 1
        if prefix in _GLUED_LABELS and not (joined and _GLUED_LABELS[prefix] == "error"):
            label, label_at = _GLUED_LABELS[prefix], front
        elif prefix in _PREFIX_WORDS and joined:
            label_at = front
        elif prefix not in _PREFIX_WORDS and len(prefix) <= 8 and prefix.isascii():
            i, plain = front, False
            # "ERR_TMO_12": the words before belong to the code as well
            while i - 2 >= free and words.norm(i - 1) == "_" and words.glued(i - 2):
                i -= 2
    while words.glued(j - 1) and j < len(words):
        mark = words.norm(j)
        if mark in _JOINERS and j + 1 < len(words) and words.glued(j):
            after = words.norm(j + 1)
            if words.is_digits(j + 1) or (not plain and len(after) <= 8 and words.is_word(j + 1)):
                j += 2
                continue
            if words.is_word(j + 1) and len(after) == 1:
                j, plain = j + 2, False
                continue
            idle = idle or words.is_word(j + 1)
            break
        if words.is_digits(j):
            j += 1
        elif words.is_word(j):
            digit_follows = words.glued(j) and words.is_digits(j + 1)
            if mark in _UNITS and not digit_follows:
                idle = idle or plain
                break
            if len(mark) > 3 and plain:
                break
            j, plain = j + 1, False
        elif mark in ".," and words.glued(j) and words.is_digits(j + 1):
            short = len(words.norm(j + 1)) <= 3 and len(words.norm(j - 1)) <= 3
            if not short:
                break
            j, idle = j + 2, True
        else:
            break
    before = words.norm(i - 1) if i else ""
    if before == "$" or words.norm(j) in ("%", "$"):
        idle = True
    written = words.text[words.starts[i] : words.ends[j - 1]]
    code = "".join(c for c in written if c.isdigit()) if plain else _code(written)
    return Number(i, j, code, plain, label, idle, label_at)


def _code(written: str) -> str:
    return written if written.lower().startswith("0x") else written.upper()


def damm_valid(digits: str) -> bool:
    """Whether eight digits are a ticket number of ours."""
    return len(digits) == _TICKET_DIGITS and digits.isascii() and damm.is_valid(digits)


def ticket_value(digits: str) -> str:
    """Our ticket number as people see it, T-1234-5678."""
    return f"T-{digits[:4]}-{digits[4:]}"


def read_tickets(words: Words, numbers: Sequence[Number]) -> Iterator[Candidate]:
    """Our ticket numbers in the form with the letter T, however it was typed."""
    for place, number in enumerate(numbers):
        i, digits, j = number.i, "", number.j
        if number.plain and words.norm(i - 1) == "t" and not words.glued(i - 2):
            digits, i = number.code, i - 1
        elif number.plain and words.norm(i - 1) == "-" and words.norm(i - 2) == "t":
            digits, i = number.code, i - 2
        elif not number.plain and number.code[0] == "T":
            digits = number.code[1:].replace("-", "").replace("_", "")
        if len(digits) == 4 and place + 1 < len(numbers):
            after = numbers[place + 1]
            if after.plain and after.i - j <= 1 and words.norm(j) in ("-", words.norm(after.i)):
                digits, j = digits + after.code, after.j
        if len(digits) == _TICKET_DIGITS and digits.isdecimal():
            yield _reading(words, "ticket_number", ticket_value(digits), i, j, "ticket_number")


def _reading(
    words: Words, kind: str, value: str, i: int, j: int, rank: str, lead: int | None = None
) -> Candidate:
    start, end = words.span(i, j)
    lead = lead_of(words, i if lead is None else lead)
    return Candidate(kind, value, i, j, start, end, RANKS[rank], lead)


def read_numbers(words: Words, found: Sequence[Number], asked: str | None) -> Iterator[Candidate]:
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
            else _unlabelled(words, number, asked)
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
        and words.norm(group.j) not in _COUNTED
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
    if number.idle or (words.norm(number.j) in _COUNTED and len(number.code) < _BARE):
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
        if words.norm(number.j) in _COUNTED and len(number.code) < _TICKET_DIGITS:
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
        and words.norm(number.j) not in _COUNTED
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
    elif kind == "psl_number" and _looks_like_phone(words, number) and sure_phone(code):
        kind, value = "phone", phone_value(code)
    elif kind == "error":
        rank = "error_said"
        if words.norm(i - 1) == "http":
            i, value = i - 1, f"HTTP {code}"
    return None if value is None else _reading(words, kind, value, i, j, rank, lead)


def _looks_like_phone(words: Words, number: Number) -> bool:
    written = words.text[words.starts[number.i] : words.ends[number.j - 1]]
    return bool(PHONE.fullmatch(written))


def _unlabelled(words: Words, number: Number, asked: str | None) -> Candidate | None:
    """A number that nothing explains: a phone or an error code by its shape, else just a number."""
    i, j, code = number.i, number.j, number.code
    if number.idle or number.label:
        return None
    if not number.plain:
        if _is_error_code(words, number):
            return _reading(words, "error", code, i, j, "error")
        letters = sum(c.isalpha() for c in code)
        if letters <= 3 and len(code) - letters >= 6:
            return _reading(words, "number", code, i, j, "number")
        return None
    if _looks_like_phone(words, number) or (len(code) >= 10 and sure_phone(code)):
        value = phone_value(code)
        if value is not None:
            return _reading(words, "phone", value, i, j, "phone")
    if len(code) == 3 and _is_http(words, number):
        return _reading(words, "error", code, i, j, "error")
    if len(code) == 5 and words.norm(i - 1) in _KENTUCKY:
        return _reading(words, "zip", code, i, j, "phone")
    alone = j - i == len(words)
    counted = words.norm(j) in _COUNTED or words.norm(i - 1) == "$"
    if len(code) <= _BARE and words.norm(i - 1) == "/" and words.glued(i - 1):
        return None
    if code in _TAX_FORMS and not alone:
        return None
    if len(code) >= _BARE and not counted and (alone or not _year(code)):
        return _reading(words, "number", code, i, j, "number")
    return None


def _is_http(words: Words, number: Number) -> bool:
    if number.code[0] not in "45" or words.norm(number.j) in _COUNTED - {"errors"}:
        return False
    if words.norm(number.j) == "not":
        return words.norm(number.j + 1) == "found"
    return words.norm(number.j) in _HTTP_WORDS or words.norm(number.i - 1) in _HTTP_BEFORE


def _is_error_code(words: Words, number: Number) -> bool:
    """KY-5021, ERR_2041, ky5021, E-1077; but not T-1234-5678, W-2, 1095-A, I-551."""
    code = number.code
    head = code.split("-")[0].split("_")[0]
    letters = "".join(c for c in head if c.isalpha())
    digits = "".join(c for c in code[len(letters) :] if c.isdigit())
    if code.startswith("0X") or code.startswith("0x"):
        return True
    if not letters or not head.startswith(letters) or not digits:
        return False
    joined = "-" in code or "_" in code
    if len(letters) == 1:
        return joined and letters not in "TI" and 3 <= len(digits) <= 5
    if joined:
        return len(digits) <= 6
    return len(letters) <= 5 and 2 <= len(digits) <= 5


def read_spaced_codes(words: Words, numbers: Sequence[Number]) -> Iterator[Candidate]:
    """Error codes written with a space, "error ridp 102", and those without digits, ERR_TIMEOUT."""
    for number in numbers:
        i = number.i
        if number.plain and not number.idle and words.norm(i - 2) in ("error", "code"):
            letters = words.raw(i - 1)
            fits = letters.isascii() and letters.isalpha() and 2 <= len(letters) <= 6
            named = words.norm(i - 1) in _NO_CODE_WORDS or words.norm(i - 1) in (
                "number",
                "code",
                "message",
                "id",
                "num",
            )
            counted = words.norm(number.j) in _COUNTED
            if fits and not named and not counted and 2 <= len(number.code) <= 6:
                value = f"{letters.upper()} {number.code}"
                yield _reading(words, "error", value, i - 1, number.j, "error_said", i - 2)
    i = 0
    while i < len(words) - 2:
        j = i + 1
        while words.glued(j - 1) and words.norm(j) == "_" and words.glued(j) and words.is_word(j + 1):
            j += 2
        if j > i + 1 and words.text[words.starts[i] : words.ends[j - 1]].isupper():
            value = words.text[words.starts[i] : words.ends[j - 1]]
            if not value[0].isdigit() and not words.norm(j).isdecimal():
                yield _reading(words, "error", value, i, j, "error")
        i = j


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
        if value is not None and words.norm(j) not in _COUNTED:
            yield _reading(words, kind, value, number.i, j, "labelled")
            return
