"""Who: the members affected, the agent's role and agency, and whether the agent is on the case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psl.details.candidate import Candidate, candidate
from psl.details.numbers import Number
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

# group "association"
ASSOCIATION_PATTERNS: dict[str, tuple[str, ...]] = {
    "yes": (
        "{im} already|now|currently|still|definitely? on {a} client's? case",
        "{im} already|now|currently|still|definitely? associated|linked|attached",
        "{im} the agent on {a}? case",
        "{im} already? the? agent of record",
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
_ASKING = frozenset(
    """am if whether check confirm verify verifying checking know sure see how does should who what ask
    being get be become to why when unless until are is""".split()
)
_NOT_CASES = frozenset({"agency", "agencies", "company", "carrier", "firm"})

_PERSONS = frozenset(
    """her him she he me mom mother dad father wife husband spouse daughter son child kid baby newborn
    client applicant primary member person grandmother grandfather grandma grandpa widow widower
    stepfather stepmother stepson stepdaughter partner dependent brother sister infant teen teenager
    girl boy man woman lady guy mum fiance fiancee grandson granddaughter nephew niece insured
    subscriber""".split()
)
_PEOPLE = frozenset(
    """members people persons individuals kids children adults dependents applicants enrollees boys
    girls sons daughters teenagers teens parents spouses siblings twins insureds lives folks brothers
    sisters stepsons stepdaughters grandchildren grandkids babies minors""".split()
)
_MEMBER = frozenset({"member", "person", "individual", "adult", "people", "members"})
_GROUPS = frozenset({"household", "family", "group", "hh"})
_BETWEEN = frozenset(
    """household family affected other more different of the minor adult young younger older whole
    case covered insured enrolled extra new total small little her his their my these those
    active tax eligible""".split()
)
_DETERMINERS = frozenset("the a an her his their my our one 1 this".split())
_AFFECTED = frozenset({"affected"})
_MOST = 30


def read_members(words: Words, numbers: Sequence[Number], asked: bool) -> Iterator[Candidate]:
    """How many members are affected."""
    idle = {number.i for number in numbers if number.j - number.i > 1 or not number.plain}
    lists = list(_lists(words, idle, asked))
    yield from lists
    taken = {i for reading in lists for i in range(reading.i, reading.j)}
    counts: list[Candidate] = []
    sizes: list[Candidate] = []
    for i, norm in enumerate(words.norms):
        if i in taken:
            continue
        if norm in ("just", "only"):
            counts += _just(words, i)
        elif norm == "both":
            counts += _both(words, i, asked)
        elif norm in ("everyone", "everybody"):
            counts.append(candidate(words, "members", "all", i, i + 1))
        elif norm in ("all", "whole", "entire", "every", "each"):
            counts += _all(words, i, idle)
        elif norm in _GROUPS and words.norm(i + 1) == "of" and _count(words, i + 2, idle):
            whole = words.norm(i - 1) in ("whole", "entire")
            j = i + 3 + (words.norm(i + 3) in ("people", "members"))
            (counts if whole else sizes).append(
                candidate(words, "members", words.norm(i + 2), i - whole, j)
            )
        elif norm in ("members", "member", "people") and not _count(words, i - 1, idle):
            counts += _labelled(words, i, idle)
        elif _count(words, i, idle):
            counts += _counted(words, i, asked)
    yield from counts
    if not counts and not lists:
        yield from sizes


def _count(words: Words, i: int, idle: set[int]) -> bool:
    norm = words.norm(i)
    return norm.isdecimal() and len(norm) <= 2 and 0 < int(norm) <= _MOST and i not in idle


def _counted(words: Words, i: int, asked: bool) -> Iterator[Candidate]:
    """ "3 household members", "two of them", "1 of 3 members", "2 affected"."""
    k = i + 1
    number = words.norm(i)
    if words.norm(k) == "of" and words.norm(k + 1).isdecimal() and len(words.norm(k + 1)) <= 2:
        k += 2
    if words.norm(k) == "of" and words.norm(k + 1) in ("them", "us", "those"):
        yield candidate(words, "members", number, i, k + 2)
        return
    while words.norm(k) in _BETWEEN and k - i < 5:
        if words.norm(k) in _AFFECTED and words.norm(k + 1) not in (_PEOPLE | _MEMBER):
            yield candidate(words, "members", number, i, k + 1)
            return
        if words.norm(k) == "of" and words.norm(k + 1).isdecimal():
            k += 1
        k += 1
    noun = words.norm(k)
    affected = words.norm(k + 1) in _AFFECTED
    fits = noun in _PEOPLE or noun in _MEMBER or (noun in ("client", "clients") and (affected or asked))
    fits = fits or (number == "1" and noun in ("applicant", "dependent", "kid", "child", "client") and affected)
    if fits:
        if words.norm(k + 1) in ("screen", "page", "tab"):
            return
        yield candidate(words, "members", number, i, k + 1 + affected)


def _just(words: Words, i: int) -> Iterator[Candidate]:
    """ "just her", "only the husband", "only one"; "just her and her son" is a list."""
    k = i + 1
    while words.norm(k) in _DETERMINERS and words.norm(k + 1) in (_PERSONS | _MEMBER | {"primary"}):
        k += 1
    if words.norm(k) == "primary" and words.norm(k + 1) in ("applicant", "member", "person"):
        k += 1
    norm = words.norm(k)
    possessive = norm in ("her", "him") and words.is_word(k + 1) and words.norm(k + 1) not in _AFTER_PERSON
    # "just her app is stuck", "only client I have", "just me and my delegate"
    if norm in _PERSONS and not possessive and norm not in ("she", "he"):
        yield candidate(words, "members", "1", i, k + 1)


_AFTER_PERSON = frozenset(
    """is was and on in affected but with that has having can't not no who this gets got shows so for case
    app application at , . ; when while too though because if it since alone then getting rn please""".split()
)


def _both(words: Words, i: int, asked: bool) -> Iterator[Candidate]:
    k = i + 1
    if words.norm(k) == "of":
        j = k + 2
        if words.norm(k + 1) in ("them", "us"):
            yield candidate(words, "members", "2", i, j)
        return
    while words.norm(k) in ("the", "her", "his", "their", "my", "household", "family"):
        k += 1
    if words.norm(k) in _PEOPLE:
        yield candidate(words, "members", "2", i, k + 1)
    elif asked and k == i + 1:
        yield candidate(words, "members", "2", i, i + 1)


def _all(words: Words, i: int, idle: set[int]) -> Iterator[Candidate]:
    k = i + 1
    while words.norm(k) in ("of", "the", "her", "his", "their", "my"):
        k += 1
    if words.norm(i) == "all" and k == i + 2 and words.norm(k) in ("them", "us"):
        yield candidate(words, "members", "all", i, k + 1)
        return
    if words.norm(i) == "all" and words.norm(i + 1) == "of" and words.norm(k) in ("them", "us"):
        yield candidate(words, "members", "all", i, k + 1)
        return
    if words.norm(i) == "all" and _count(words, k, idle):
        m = k + 1
        while words.norm(m) in (*_BETWEEN, "are"):
            m += 1
        if words.norm(m) in _PEOPLE or words.norm(m) in _MEMBER:
            yield candidate(words, "members", words.norm(k), i, m + 1)
        elif words.norm(k + 1) in ("affected", "", ".", ",") or words.norm(k + 1) == "of":
            yield candidate(words, "members", words.norm(k), i, k + 1)
        return
    m = k
    while words.norm(m) in ("household", "family") and words.norm(m + 1) in (_PEOPLE | _MEMBER):
        m += 1
    norm = words.norm(m)
    if norm in _GROUPS and words.norm(i) != "each":
        if words.norm(m + 1) == "of" and _count(words, m + 2, idle):
            return  # "whole household of 4" is read with its number
        if words.norm(m + 1) in ("screen", "page", "tab", "summary"):
            return
        j = m + 1
        if _count(words, j, idle) and words.norm(j + 1) in (_PEOPLE | _MEMBER):
            yield candidate(words, "members", words.norm(j), i, j + 2)
        else:
            yield candidate(words, "members", "all", i, j)
    elif norm in _PEOPLE or (norm in ("member", "person", "individual") and words.norm(i) in ("every", "each")):
        if norm not in ("people", "persons", "folks") or words.norm(m + 1) in _AFFECTED:
            yield candidate(words, "members", "all", i, m + 1)


def _labelled(words: Words, i: int, idle: set[int]) -> Iterator[Candidate]:
    """ "members affected: 2", "members = all", "members to 5"."""
    k = i + 1
    seen = False
    while words.norm(k) in ("affected", ":", "=", "is", "are", "-", "to", "(") and k - i < 5:
        seen = True
        k += 1
    if not seen:
        if _count(words, k, idle) and words.norm(i) == "members" and words.norm(k + 1) not in _PEOPLE:
            j, value = k + 1, words.norm(k)
            while words.norm(j) in ("and", "&", ",") and _count(words, j + 1, idle):
                j, value = j + 2, f"{value} and {words.norm(j + 1)}"
            yield candidate(words, "members", value, k, j, lead=i)
        return
    if _count(words, k, idle):
        yield candidate(words, "members", words.norm(k), k, k + 1, lead=i)
    elif words.norm(k) in ("all", "everyone", "everybody"):
        yield candidate(words, "members", "all", k, k + 1, lead=i)


def _lists(words: Words, idle: set[int], asked: bool) -> Iterator[Candidate]:
    """People told one by one: "mother and three kids" is 4, "just her and her son" is 2."""
    i = 0
    while i < len(words):
        total, counted, j, items = 0, False, i, 0
        while True:
            item = _item(words, j, idle)
            if item is None:
                break
            total, j, items = total + item[0], item[1], items + 1
            counted = counted or item[2]
            joint = j
            while words.norm(joint) in (",", "and", "&", "+", "plus", "with") and joint - j < 2:
                joint += 1
            if joint == j or _item(words, joint, idle) is None:
                break
            if words.norm(joint - 1) == "," and not asked:
                break
            j = joint
        just = words.norm(i - 1) in ("just", "only")
        if items > 1 and (asked or counted or just):
            yield candidate(words, "members", str(total), i - just, j)
            i = j
        else:
            i += 1


def _item(words: Words, i: int, idle: set[int]) -> tuple[int, int, bool] | None:
    """How many people the words at ``i`` are, where they end, and whether they were counted."""
    k = i
    if words.norm(k) in ("her", "his", "their", "the", "my") and _count(words, k + 1, idle):
        k += 1
    if words.norm(k) == "both" or (_count(words, k, idle) and words.norm(k) != "1"):
        number = 2 if words.norm(k) == "both" else int(words.norm(k))
        k += 1
        while words.norm(k) in _BETWEEN and words.norm(k) != "of":
            k += 1
        return (number, k + 1, True) if words.norm(k) in _PEOPLE else None
    while words.norm(k) in _DETERMINERS and k - i < 2:
        if words.norm(k) == "her" and words.norm(k + 1) in (*_AFTER_PERSON, ""):
            break
        k += 1
    if words.norm(k) in ("middle", "oldest", "youngest", "older", "younger", "adult", "minor"):
        k += 1
    if words.norm(k) not in _PERSONS:
        return None
    j = k + 1
    if words.norm(k) == "primary" and words.norm(j) in ("applicant", "member", "person"):
        j += 1
    return 1, j, False


def read_roles(words: Words, asked: bool) -> Iterator[Candidate]:
    """Agent or Delegate, as the agent says of themselves."""
    for hit in words.longest("role"):
        if words.norm(hit.i - 1) in ("if", "whether") or words.norm(hit.j) in ("portal", "access"):
            continue
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
        if right is not None:
            yield candidate(words, "role", _ROLES[norm], i, i + 1, negated=True)
            yield candidate(words, "role", _ROLES[words.norm(right)], right, right + 1)
        elif norm in _ROLES and other is not None and _ROLES[words.norm(other)] != _ROLES[norm]:
            if i == 0 or words.norm(i - 1) in ("a", "an", "the", "it's", ",", "is", "i'm", "am", "\n", "."):
                yield candidate(words, "role", _ROLES[norm], i, i + 1)
                yield from _contrast(words, i, _ROLES[norm])
        elif norm in _ROLES and i == 0 and words.norm(1) in (",", "/", ";"):
            if {"label", "agency"} & set(words.hits) and words.norm(2) not in ("please", "help"):
                yield candidate(words, "role", _ROLES[norm], i, i + 1)
        elif norm in _ROLES and asked and words.norm(i + 1) != "please" and "please" != words.norm(i - 1):
            if words.norm(i - 1) not in ("another", "human", "live", "to", "real", "not", "aren't"):
                yield candidate(words, "role", _ROLES[norm], i, i + 1)


def _other_role(words: Words, i: int) -> int | None:
    """Where the role stands that "agent, not a delegate" sets aside."""
    k = i + 1
    if words.norm(k) == ",":
        k += 1
    if words.norm(k) in _NOT or (words.norm(k), words.norm(k + 1)) in (("rather", "than"), ("instead", "of")):
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
    while words.norm(k) in (",", "but", "it's", "i'm", "i", "am", "a", "an", "the", ".", ";") and k < i + 5:
        k += 1
    return k if k > i + 1 and words.norm(k) in _ROLES and words.norm(k) != words.norm(i) else None


def _contrast(words: Words, i: int, value: str) -> Iterator[Candidate]:
    other = _other_role(words, i)
    if other is not None and _ROLES[words.norm(other)] != value:
        yield candidate(words, "role", _ROLES[words.norm(other)], other, other + 1, negated=True)


def read_association(words: Words) -> Iterator[Candidate]:
    """Whether the agent is associated with the case, where they state it and do not ask."""
    for hit in words.longest("association"):
        before = {words.norm(hit.i - step) for step in (1, 2)}
        if before & _ASKING or (hit.i and words.norm(hit.i - 1) in _NOT):
            continue
        if words.norms[hit.i] in ("i", "we") and words.norm(hit.i - 1) in ("am", "are"):
            continue
        if "?" in words.norms[hit.j : hit.j + 8] and words.norm(0) in ("do", "does", "is", "can", "what"):
            continue
        if any(words.norm(hit.j + step) in _NOT_CASES for step in range(4)):
            continue
        if any(words.norm(hit.j - 1 + step) == "another" for step in range(3)):
            continue
        yield candidate(words, "association", hit.value, hit.i, hit.j)


# --- agency ---------------------------------------------------------------------------------

_AGENCY_WORDS = frozenset({"agency", "brokerage", "firm"})
_SUFFIXES = frozenset(
    """insurance agency group benefits brokerage advisors advisers llc inc assurance financial partners
    associates solutions services agencies insurers underwriters advisory consulting co company""".split()
)
_TELLING = frozenset({"insurance", "agency", "benefits", "brokerage", "assurance", "financial", "llc", "inc"})
_TELLING |= {"advisors", "advisers"}
_NOT_A_NAME = frozenset(
    """having not getting missing wrong greyed grayed showing still unable closed closing the same asking
    in a an going being now on no only also listed correct incorrect right different what which who old
    new changed locked waiting calling saying telling trying blank empty gone down up here there ready
    unknown none isn't isnt it that this my is was down associated fixed under with for and or but to
    from at as of by i we you they he she set stuck linked page screen tab code number numbers info
    information name field list address license all both too very just never always owner manager""".split()
)
_NAME_ENDS = frozenset(
    """, ; . ! ? \n ( ) : = / - – — doi npn my i i'm role phone email but as so because who which where that
    is was has and's am case app application agent delegate we they please thanks though when while
    number or""".split()
)
_AFTER_AND = frozenset(
    "my doi i i'm npn role the a an phone agent delegate case app we our am it number email this".split()
)
_LONGEST_NAME = 8


def read_agencies(words: Words) -> Iterator[Candidate]:
    """The agent's agency, up to the end of its clause."""
    for i, norm in enumerate(words.norms):
        if norm in _AGENCY_WORDS:
            yield from _after_agency(words, i)
            yield from _before_agency(words, i)
        elif norm in ("work", "works", "working", "am", "i'm", "we're", "are", "write") and words.norm(
            i + 1
        ) in ("for", "at", "with", "from", "under"):
            yield from _works_for(words, i, i + 2)
    yield from _by_suffix(words)


def _name_end(words: Words, i: int) -> int:
    j = i
    while j < len(words) and j - i < _LONGEST_NAME:
        norm = words.norm(j)
        if norm == "." and words.norm(j - 1) in ("st", "inc", "co", "ins", "mt", "dr") and words.is_word(j + 1):
            j += 1
            continue
        if norm == "and" and (words.norm(j + 1) in _AFTER_AND or not words.is_word(j + 1)):
            break
        if norm in _NAME_ENDS or norm.isdecimal() or norm in ("’", '"', "“", "”"):
            break
        j += 1
    while j > i and words.norm(j - 1) in ("and", "&", "the", "with", "for", "in"):
        j -= 1
    return j


def agency_name(words: Words, i: int, j: int) -> str:
    """An agency's name as shown: as written, or with capitals where none were typed."""
    written = words.written(i, j)
    if written != written.lower():
        return written
    return " ".join(
        part.upper() if part in ("llc",) else part if part in ("and", "of", "the") else part[:1].upper() + part[1:]
        for part in written.split()
    )


def _agency(words: Words, i: int, j: int, lead: int) -> Iterator[Candidate]:
    while i < j and words.norm(i) in ("the", "a", "an", "called", "named", "it's"):
        i += 1
    if i < j and any(words.is_word(k) for k in range(i, j)):
        yield candidate(words, "agency", agency_name(words, i, j), i, j, lead=lead)


def _after_agency(words: Words, i: int) -> Iterator[Candidate]:
    """ "agency is Bluegrass Benefits", "agency name: X", "agency X" where X has a capital."""
    k = i + 1
    sure = marked = False
    if words.norm(k) == "name":
        k += 1
        sure = True
    negated = False
    while words.norm(k) in ("is", ":", "=", "called", "named", "-", "was", "it's", "isn't", "not", "to"):
        sure = sure or words.norm(k) not in ("is", "was", "-", "isn't", "not", "to")
        negated = negated or words.norm(k) in ("isn't", "not")
        marked, k = True, k + 1
    capital = words.raw(k)[:1].isupper()
    first = words.norm(k)
    if not marked and not (capital and words.norm(k) not in _NAME_ENDS | _NOT_A_NAME):
        return
    if not words.is_word(k) and not first.isdecimal():
        return
    if not sure and not capital and (first in _NOT_A_NAME or (first.endswith("ing") and len(first) > 4)):
        return
    if first in _NAME_ENDS and not (capital and marked):
        return
    j = _name_end(words, k)
    if j > k:
        yield from (reading._replace(negated=negated) for reading in _agency(words, k, j, i))
        if negated:  # "isn't Smith Insurance, it's Smith & Daughter"
            k = j
            while words.norm(k) in (",", "it's", "its", "but", ".", ";"):
                k += 1
            if k > j and words.raw(k)[:1].isupper():
                yield from _agency(words, k, _name_end(words, k), k)


def _before_agency(words: Words, i: int) -> Iterator[Candidate]:
    """ "with Bluegrass Benefits agency", "Smith Agency"."""
    k = i
    capital = words.raw(i)[:1].isupper()
    while k > 0 and i - k < _LONGEST_NAME and words.is_word(k - 1):
        norm = words.norm(k - 1)
        if norm in ("with", "for", "from", "at"):
            if k < i and words.norm(k) not in ("my", "the", "an", "a", "our", "another", "which", "her"):
                yield from _agency(words, k, i + (capital or words.norm(i - 1) not in _SUFFIXES), k - 1)
            return
        if norm in ("my", "the", "our", "an", "a", "your", "i", "their", "on", "in"):
            return
        k -= 1


def _works_for(words: Words, i: int, k: int) -> Iterator[Candidate]:
    first, last = words.norm(i), words.norm(i - 1)
    if first in ("am", "are") and last not in ("i", "we"):
        return
    if first in ("work", "write") and last not in ("i", "we"):
        return
    j = _name_end(words, k)
    if j <= k:
        return
    named = any(words.norm(m) in _SUFFIXES for m in range(k, j))
    capital = words.raw(k)[:1].isupper() and words.norm(k) not in ("kentucky", "kynect", "psl", "khbe", "doi")
    client = words.norm(k) in ("a", "an", "my", "her", "his", "the", "this", "client") and not named
    place = words.norm(k - 1) in ("at", "from", "under") and not named
    if (named or (capital and j - k >= 2)) and not client and not place:
        end = next((m + 1 for m in range(j - 1, k - 1, -1) if words.norm(m) in _SUFFIXES), j)
        yield from _agency(words, k, end if not capital else j, i)


def _by_suffix(words: Words) -> Iterator[Candidate]:
    """ "Laurel Insurance Partners", by its capitals and what agencies are called."""
    i = 0
    while i < len(words):
        j = i
        while j < len(words) and words.is_word(j) and (
            words.raw(j)[:1].isupper() or (j > i and words.norm(j) in ("&", "and", "of"))
        ):
            j += 1
            if words.norm(j) == "&" and words.raw(j + 1)[:1].isupper():
                j += 1
        while j > i and words.norm(j - 1) in ("and", "of", "&"):
            j -= 1
        if j == i:
            i += 1
            continue
        names = [words.norm(m) for m in range(i, j)]
        start = i
        while start < j and words.norm(start) in ("i'm", "my", "agency", "agent", "delegate", "the", "i", "insurance"):
            start += 1
        telling = _TELLING & set(names[start - i :])
        enough = j - start >= 3 or (j - start == 2 and names[-1] in _SUFFIXES)
        known = {"kynect", "department", "kentucky", "anthem", "self", "screen", "page"} & set(names)
        if telling and enough and names[-1] in _SUFFIXES and not known:
            yield candidate(words, "agency", agency_name(words, start, j), start, j, rank="members")
        i = j
