"""Social Security numbers and ITINs, whole or last four, and the bare 9-digit number.

Rules (this product's, under 45 CFR 155.260): nine digits written 3-2-4, or near SSN words, are an
SSN. A bare 9-digit number is kept if a word beside it says that it is a case, application, DOI,
NPN, ticket ... number, or if the assistant has just asked for one (number formats are OPEN, so the
words decide, never the digits). Otherwise it goes, and the person is told how to send a case
number. Where two cues compete, the nearest wins; when in doubt, the number goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from presidio_analyzer import RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from psl.privacy import kinds
from psl.privacy.cues import COPULAS, GLUED_IDENTIFIERS, PREPOSITIONS, Family, words
from psl.privacy.folding import SEALED
from psl.privacy.reading import WORD, Cue, Reading
from psl.privacy.recognisers.base import Find, Recogniser
from psl.privacy.recognisers.spelt import runs

_D = "[0-9oil]"  # letters typed for 0 and 1
_SEPARATOR = r"(?: ?\b(?:dash|hyphen)\b ?|[ \n]{0,3}[-._/,:;*~|+\\][ \n]{0,3}|-{2,3}|[ \n]{1,3})"
_WRITTEN = re.compile(
    rf"(?<!\d)({_D}{{3}})({_SEPARATOR})({_D}{{2}})({_SEPARATOR})({_D}{{4}})(?!\d)"
)
_STARRED = re.compile(r"(?<![\w*#•])[x*#•]{3}[- ./]?[x*#•]{2}[- ./]?(\d{4})(?!\d)")

_NINE = re.compile(
    r"(?<!\d)\d{9}(?!\d)"
    r"|(?<![\d$])(?<!\d[-. ])\d{3}([-. /])\d{3}\1\d{3}(?![-. ]?\d)"
    r"|(?<![\d$])(?<!\d[-. ])\d(?: \d){8}(?! ?\d)"
    rf"|(?<!\w)(?=[0-9oil]*\d)(?=[0-9]*[oil]){_D}{{9}}(?!\w)"
)
_BESIDE_CUE = re.compile(
    r"[\s:=#.\-*x_,'\"()~>|]{0,12}"
    r"(?:(?:is|are|was|no|num|number|nbr|ending|ends|in|with|of|the|his|her|their|my|it's|its|like|"
    r"last|four|4|digits|xxx|xx)\b[\s:=#.\-*,]{0,6}){0,5}"
    r"(?<!\d)(\d(?:[ .\-/]{0,3}\d){3,11})(?!\d)"
)
_PHONE_SHAPE = re.compile(r"1?[-. /]*\d{3}[-. /]+\d{3}[-. /]+\d{4}")
_DATE_SHAPE = re.compile(
    r"\d{1,2}[-./ ]+\d{1,2}[-./ ]+(?:\d{4}|\d{2})|(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}"
)
_PERIOD = re.compile(r"\s*(?:/|per|a|an|each|every)?\s*(?:yr|year|mo|month|wk|week|monthly)")
_FOUR = re.compile(r"(?<![\d$])(?<!\d[-./:,])\d{4}(?![-/:,.]?\d)(?!%)")
_AND_FOUR = re.compile(
    r"\s?(?:and|&|,|/|;)(?: and)?(?: (?:the|his|her) )?(?: ?[^\W\d_]+(?:'s)? ){0,2}(?:is |: ?)?"
    r" ?(\d{4})(?![-/:,.]?\d)"
)
_YEAR = re.compile(r"(?:19[3-9]|20[0-4])\d")

_OTHER_SUBJECTS = frozenset(
    {
        Family.IDENTIFIER,
        Family.PHONE,
        Family.CARD,
        Family.CARD_SURE,
        Family.BANK,
        Family.BANK_WEAK,
        Family.ERROR,
        Family.TRACE,
        Family.PLACE,
        Family.LICENCE,
        Family.PASSPORT,
        Family.VERSION,
        Family.IMMIGRATION,
    }
)
_KEEPERS = {
    Family.IDENTIFIER: (4 * WORD, 4 * WORD),
    Family.TRACE: (3 * WORD, 2 * WORD),
    Family.ERROR: (3 * WORD, 2 * WORD),
    Family.PLACE: (WORD, WORD),
    Family.PHONE: (2 * WORD, WORD),
}


class SsnRecogniser(Recogniser):
    """Whole numbers written 3-2-4, fragments beside SSN words, last four digits."""

    kinds = (kinds.SSN,)

    def find(self, reading: Reading) -> Iterable[Find]:
        for start, end in [
            *_written(reading),
            *(match.span() for match in _STARRED.finditer(reading.text)),
            *_beside(reading),
            *_spelt(reading),
            *_last_four(reading),
        ]:
            yield Find(kinds.SSN, start, end)


class NineDigitRecogniser(Recogniser):
    """The bare 9-digit number; ``context`` carries what the assistant has just asked for."""

    kinds = (kinds.SSN, kinds.DOUBTFUL)

    def find(self, reading: Reading) -> Iterable[Find]:
        for start, end in _nine_digits(reading):
            verdict = _judge(reading, start, end)
            if verdict is not None:
                yield Find(verdict, start, end)

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        if not context:
            return raw_recognizer_results
        return [result for result in raw_recognizer_results if result.entity_type != kinds.DOUBTFUL]


# 3-2-4 --------------------------------------------------------------------------------------------


def _written(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    match = _WRITTEN.search(text)
    while match:
        if _is_ssn_shape(reading, match) and not _is_error_code(reading, *match.span()):
            yield match.span()
            match = _WRITTEN.search(text, match.end())
        else:
            match = _WRITTEN.search(text, match.start() + 1)


def _is_ssn_shape(reading: Reading, match: re.Match[str]) -> bool:
    groups = match.group(1, 3, 5)
    if sum(character.isdigit() for group in groups for character in group) < 7:
        return False
    start = match.start()
    text = reading.text
    if not groups[0][0].isdigit() and start and text[start - 1].isalnum():
        return False
    if not groups[2][-1].isdigit() and match.end() < len(text) and text[match.end()].isalnum():
        return False
    if start and text[start - 1] == "$":
        return False
    first, last = (match.group(group).strip() for group in (2, 4))
    if first == "." == last and (
        _directly(reading, start, Family.VERSION)
        or re.search(r"\d\.$", text[max(0, start - 2) : start])
    ):
        return False  # a version, an address
    return first == last or {first, last} <= {"", "-"} or _ssn_near(reading, start, 4 * WORD)


def _is_error_code(reading: Reading, start: int, end: int) -> bool:
    if _directly(reading, start, Family.ERROR) or _plain_code(reading, start):
        return True
    first, _ = reading.token_span(start, start + 1)
    for cue, _gap in reading.before(first, 4 * WORD):
        said = all(word in _SAYING for word in reading.between(cue.last, first))
        return said and Family.ERROR in cue.families  # "the error I get is ..."
    _, last = reading.token_span(start, end)
    for cue, gap in reading.after(last, WORD):
        if Family.ERROR in cue.families or cue.words == ("code",):
            linked = any(word in COPULAS for word in reading.between(last, cue.first))
            return linked and gap <= WORD and not _ssn_near(reading, start, 6 * WORD)
        break
    return False


_SAYING = words(
    "that says said saying reads is was it i we i'm they get gets getting got keep keeps shows "
    "showing shown see seeing gives gave me up as : = - # ( \" ' number code"
)


def _directly(reading: Reading, start: int, family: Family) -> bool:
    first, _ = reading.token_span(start, start + 1)
    return any(family in cue.families for cue, _ in reading.before(first, 2))


def _plain_code(reading: Reading, start: int) -> bool:
    first, _ = reading.token_span(start, start + 1)
    return any(cue.words in {("code",), ("codes",)} for cue, _ in reading.before(first, 2))


def _ssn_near(reading: Reading, start: int, reach: int) -> bool:
    first, _ = reading.token_span(start, start + 1)
    return any(Family.SSN in cue.families for cue, _ in reading.before(first, reach))


# Fragments directly beside an SSN word ------------------------------------------------------------


def _beside(reading: Reading) -> Iterator[tuple[int, int]]:
    """ "ssn 404-718263", "social 6938", "ss# is 40471826", "ssn ...1234"."""
    for cue in reading.cues:
        if Family.SSN not in cue.families:
            continue
        match = _BESIDE_CUE.match(reading.text, cue.end)
        if match is None:
            continue
        start, end = match.span(1)
        value = match.group(1)
        if _PHONE_SHAPE.match(value) or reading.is_reserved(start, end):
            continue
        if _count(value) > 9 and not value.isdigit():  # several numbers in a row: the first
            head = re.match(r"[\d\-./]+", value)
            value = head.group() if head else value
            end = start + len(value)
        digits = _count(value)
        linking = reading.text[cue.end : start]
        if not 4 <= digits <= 11 or _DATE_SHAPE.fullmatch(value):
            continue
        if digits >= 10 and cue.words[0] == "social" and not linking.strip():
            continue  # the Social Security office has a telephone
        if cue.words == ("social", "security"):
            if _PERIOD.match(reading.text, end):
                continue
            if _YEAR.fullmatch(value) and not re.search(r"is|was|[:=#]", linking):
                continue
        if _YEAR.fullmatch(value) and re.search(r"^\s*(?:in|of|with)\s*$|,", linking):
            continue
        if digits == 9 and value.isdigit():
            continue  # the bare 9-digit rule decides, with all its cues
        if "," in linking and _named_behind(reading, start, end):
            continue
        yield start, end


def _count(value: str) -> int:
    return sum(character.isdigit() for character in value)


def _named_behind(reading: Reading, start: int, end: int) -> bool:
    """ "20117745 is the app id"."""
    _, last = reading.token_span(start, end)
    for cue, _ in reading.after(last, 2):
        linked = any(word in COPULAS for word in reading.between(last, cue.first))
        return linked and Family.IDENTIFIER in cue.families
    return False


# Spelt out ----------------------------------------------------------------------------------------


def _spelt(reading: Reading) -> Iterator[tuple[int, int]]:
    for run in runs(reading):
        if run.words < 3 or not 4 <= run.digits <= 12 or run.scaled:
            continue
        start, end = reading.starts[run.first], reading.ends[run.last - 1]
        near = _ssn_near(reading, start, 8 * WORD) or any(
            Family.SSN in cue.families for cue, _ in reading.after(run.last, 4 * WORD)
        )
        last_four = any(
            Family.LAST_FOUR in cue.families for cue, _ in reading.before(run.first, 6 * WORD)
        )
        if near or (last_four and run.digits == 4 and not _other_subject(reading, run.first)):
            yield start, end


# The last four ------------------------------------------------------------------------------------


def _last_four(reading: Reading) -> Iterator[tuple[int, int]]:
    for match in _FOUR.finditer(reading.text):
        start, end = match.span()
        if reading.is_reserved(start, end):
            continue
        first, last = reading.token_span(start, end)
        for cue, gap in [*reading.before(first, 6 * WORD), *reading.after(last, 4 * WORD)]:
            if Family.LAST_FOUR not in cue.families:
                continue
            subject = _subject(reading, cue, first)
            if subject is Family.SSN:
                yield start, end
                if further := _AND_FOUR.match(reading.text, end):
                    yield further.span(1)
            elif (
                subject is None
                and cue.words[0] in {"last", "final"}
                and gap <= 2 * WORD
                and not _YEAR.fullmatch(match.group())
                and _only_links(reading, cue, first, last)
            ):
                yield start, end
            break
        else:
            # "6938 is her social"
            for cue, gap in reading.after(last, WORD):
                between = reading.between(last, cue.first)
                if (
                    Family.SSN in cue.families
                    and gap
                    and any(word in COPULAS for word in between)
                    and not _YEAR.fullmatch(match.group())
                    and not reading.starts_own_number(cue)
                ):
                    yield start, end
                break


def _subject(reading: Reading, cue: Cue, number: int) -> Family | None:
    """What "last four" is the last four of."""
    nearest: tuple[int, Family] | None = None
    for side, found in (
        (1, reading.before(cue.first, 6 * WORD)),
        (0, reading.after(cue.last, 6 * WORD)),
    ):
        for other, gap in found:
            family = (
                Family.SSN
                if Family.SSN in other.families or Family.SSN_WEAK in other.families
                else next((f for f in other.families if f in _OTHER_SUBJECTS), None)
            )
            if family is None:
                continue
            if other.first >= number > cue.first and reading.starts_own_number(other):
                break
            if nearest is None or gap + side < nearest[0]:
                nearest = (gap + side, family)
            break
    return nearest[1] if nearest else None


def _other_subject(reading: Reading, number: int) -> bool:
    for cue, _ in reading.before(number, 6 * WORD):
        if Family.LAST_FOUR in cue.families:
            return _subject(reading, cue, number) in _OTHER_SUBJECTS
    return False


_LAST_FOUR_LINKS = words(
    "digits numbers nums number digit is are was were : = # of his her their the my client "
    "client's clients husband wife husband's"
    " wife's son's daughter's customer's cust are - … .. ... ) ( , x "
    "xxxx only for him them they it's its"
)


def _only_links(reading: Reading, cue: Cue, first: int, last: int) -> bool:
    between = (
        reading.between(cue.last, first) if cue.last <= first else reading.between(last, cue.first)
    )
    if cue.first >= last and not any(word in COPULAS for word in between):
        return False
    return all(word in _LAST_FOUR_LINKS for word in between)


# Nine digits of which only the words can say what they are ----------------------------------------


def _nine_digits(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.text
    for match in _NINE.finditer(text):
        start, end = match.span()
        if sum(character.isdigit() for character in match.group()) < 7:
            continue
        if start and text[start - 1] == "$":
            continue
        if re.match(r"\.\d{1,2}(?!\d)", text[end : end + 4]) and len(match.group()) == 9:
            continue
        if reading.is_reserved(start, end):
            continue
        if _part_of_a_code(reading, start, end):
            continue
        yield start, end
    for run in runs(reading):
        if run.digits == 9 and run.words >= 5 and not run.scaled:
            yield reading.starts[run.first], reading.ends[run.last - 1]


def _part_of_a_code(reading: Reading, start: int, end: int) -> bool:
    """Letters glued to the digits make a code of them, unless they are words about an SSN."""
    text = reading.text
    first, last = reading.token_span(start, end)
    glued = bool(start) and text[start - 1].isalpha()
    joined = first > 1 and text[start - 1] in "-_" and text[start - 2].isalpha()
    if joined and reading.words[first - 2] in GLUED_IDENTIFIERS:
        return True
    if glued and any(cue.last == first for cue, _ in reading.before(first, 0)):
        glued = False
    if glued and _ssn_near(reading, start, 3 * WORD):
        glued = False
    behind = end < len(text) and text[end].isalpha()
    if behind and last < len(reading.words) and len(reading.words[last]) > 2:
        behind = False
    return glued or behind


def _judge(reading: Reading, start: int, end: int) -> str | None:
    """The kind to remove it as, or None if the number may stay."""
    first, last = reading.token_span(start, end)
    social = _social(reading, first, last)
    keeper = _keeper(reading, first, last)
    if social is None:
        return kinds.DOUBTFUL if keeper is None else None
    if keeper is None:
        return kinds.SSN
    return None if _identifier_wins(reading, first, last, *social, *keeper) else kinds.SSN


def _social(reading: Reading, first: int, last: int) -> tuple[Cue, int, bool] | None:
    """The SSN cue that could own the number: (cue, gap, whether it stands in front)."""
    for cue, gap in reading.before(first, 12 * WORD):
        weak = Family.SSN_WEAK in cue.families
        if Family.SSN in cue.families or (weak and gap <= 2 * WORD):
            return cue, gap, True
    for cue, gap in reading.after(last, 8 * WORD):
        if Family.SSN in cue.families and (gap <= 2 or not reading.starts_own_number(cue)):
            return cue, gap, False
    return None


def _keeper(reading: Reading, first: int, last: int) -> tuple[Cue, int, bool] | None:
    """The cue that makes an identifier of the number, if any."""
    for cue, gap in reading.before(first, 40 * WORD):
        family = next((f for f in _KEEPERS if f in cue.families), None)
        if family is None:
            continue
        spent = _spent(reading, cue, first, _KEEPERS[family][0])
        if spent == "list":
            return cue, 0, True
        if spent == "yes" or gap > _KEEPERS[family][0]:
            break
        return cue, gap, True
    for cue, gap in reading.after(last, 4 * WORD):
        family = next((f for f in _KEEPERS if f in cue.families), None)
        if family is None:
            continue
        if gap > _KEEPERS[family][1] or reading.starts_own_number(cue):
            break
        if "\n" in reading.between(last, cue.first):
            break
        return cue, gap, False
    return None


_LIST_WORDS = words(", and & / or ; - # + then") | {"\n"}


def _spent(reading: Reading, cue: Cue, first: int, reach: int) -> str:
    """Whether the cue has named another number already; "list" if a plural cue heads a list."""
    head: int | None = None
    for index in range(cue.last, first):
        word = reading.words[index]
        if word == SEALED:
            return "yes"
        if word[0].isdigit() and len(word) >= 5:
            head = index if head is None else head
        elif head is not None and word not in _LIST_WORDS:
            return "yes"
    if head is None:
        return "no"
    plural = cue.words[-1].endswith("s") or cue.words[0].endswith("s")
    return "list" if plural and reading.gap(cue.last, head) <= reach else "yes"


def _identifier_wins(
    reading: Reading,
    first: int,
    last: int,
    social: Cue,
    social_gap: int,
    social_before: bool,
    keeper: Cue,
    keeper_gap: int,
    keeper_before: bool,
) -> bool:
    words = reading.words
    if keeper_before and not social_before:
        # "case 118204377, social to follow"; "case ... 404718263 (ssn)"
        return keeper_gap <= social_gap or reading.starts_own_number(social)
    if keeper_before and social_before:
        if social.first > keeper.first:
            return False
        linking = reading.between(social.last, keeper.first)
        between = reading.between(keeper.last, first)
        if (
            all(word in _COORDINATION for word in linking)
            and any(word in _JOINING for word in linking)
            and (any(word in COPULAS for word in between) or _another_follows(reading, last))
        ):
            return False  # "ssn and case: ..."
        adjacent = not any(word in COPULAS - {":", "="} for word in between) and keeper_gap <= 2
        if adjacent:
            return True
        preposition = any(
            word in PREPOSITIONS for word in words[max(0, keeper.first - 3) : keeper.first]
        )
        unbroken = not any(word in {",", ".", ";", "and", "but", "\n"} for word in linking)
        return not (preposition and unbroken)
    if not keeper_before and social_before:
        copula = any(word in COPULAS | {"-", "("} for word in reading.between(last, keeper.first))
        broken = any(
            word in {",", ".", ";", "and", "but", "\n", "?", "!"} or word[0].isdigit()
            for word in reading.between(social.last, first)
        )
        return copula and broken and social_gap > 2
    if not keeper_before and not social_before:
        near, far = sorted((keeper, social), key=lambda cue: cue.first)
        if all(word in _COORDINATION for word in reading.between(near.last, far.first)):
            return False  # "118204377/404718263 case/ssn"
    return keeper_gap < social_gap


def _another_follows(reading: Reading, last: int) -> bool:
    return any(word[0].isdigit() for word in reading.words[last : last + 2])


_JOINING = words("and or & / +")
_COORDINATION = _JOINING | words(", the his her their # number no -")
