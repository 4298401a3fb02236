"""Passwords and one-time codes.

"Forgot password", "password is not working", "error code 5021" and "zip code 40502" are how agents
describe a problem; they stay. What follows "is", ":" or "=", or looks like a password beside the
word, goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from psl.privacy import kinds
from psl.privacy.cues import Family, words
from psl.privacy.folding import SEALED
from psl.privacy.reading import WORD, Cue, Owner, Reading
from psl.privacy.recognisers.base import Find, Recogniser, chunks

# Passwords ----------------------------------------------------------------------------------------

_OPENING = "\"'`(<[{"
_CLOSING = "\"'`)>]},.;:"
_SYMBOL = re.compile(r"[!@$%^&*~+=<>|\\#?]")
_LINKS = words("is was = : := -> => are equals be becomes")
_SET_TO = words("to as")
_STOPS = words(
    "not reset resets resetting forgot forgotten expired expire expires expiring wrong incorrect "
    "invalid locked lock lockout unlocked working work works worked rejected reject denied error "
    "errors failing fails failed fail bad good correct right same old new temporary temp different "
    "case sensitive required requirement requirements needed need needs missing blank empty broken "
    "weak strong short long unknown lost gone stuck saved stored hidden visible shown changed "
    "change changes changing updated update link page screen field box prompt manager policy help "
    "issue issues problem problems trouble button option email mail text message question "
    "questions hint tips expiry expiration rules rule must should cannot can't won't doesn't isn't "
    "wasn't didn't don't aren't never always still already again today yesterday tomorrow asap "
    "please pls plz thanks thx help ok okay fine up down set unset used unavailable available "
    "accepted valid verified due rotated managed linked tied known unsecure secure insecure "
    "complicated hard easy simple something anything nothing everything whatever case-sensitive "
    "out about pending processing disabled enabled compromised shared leaked stolen exposed typed "
    "n/a na none tbd yes no maybe idk kog kynect doi portal account login log username user in-use "
    "attempts attempt tries try times recovery protected and or but then when after before because "
    "so if that this it what which who how why where there here help! ? reset? working? expired? "
    "dead toast trash garbage done finished busted bugged weird odd funny "
    "attached below above removed masked redacted ready sent asked asking"
)
_ORDINARY_ENDS = ("ing", "ed", "ly", "n't", "able", "tion")
_ORDINARY = re.compile(
    r"\d+(?:st|nd|rd|th|x|am|pm|a|p|mins?|hrs?|h|d|s|secs?|m|k|days?|weeks?|times?|yrs?|mos?)\W*"
    r"|\d{1,2}[:.]\d\d ?(?:am|pm|a|p)\W*"
    r"|[$#+(]?[\d.,:/()%-]+\W?"
    r"|[^\W\d_]+(?:[-/'&][^\W\d_]+)*\W*"
    r"|(?:https?://|www\.)\S+|\S+\.(?:com|gov|org|net|edu)(?:/\S*)?\W*"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+\W*"
    r"|[^\W\d_]{1,5}[-_]\d{3,6}[.,;:)?]*"  # KY-5021: an error code
    r"|(?:windows|win|chrome|edge|ios|android|safari|firefox|iphone|office|version|v|ie|galaxy|ipad|"
    r"mac|macos|pixel|mfa|h|w|i|ky|b|fa|q|qrg|sha|ssl|tls|covid|ver|ff|no|num|step|screen|page|case|"
    r"app|npn|doi|zip|ticket|ref|ssn|dob|error|err|code)[-_.:#]*\d+(?:[.-]\d+)*\w?\W*"
    r"|\d(?:fa|nd|rd|th|x|step|way)\W*"
)
_FOREIGN = frozenset(
    {
        Family.IDENTIFIER,
        Family.ERROR,
        Family.TRACE,
        Family.PHONE,
        Family.SSN,
        Family.BIRTH,
        Family.VERSION,
        Family.CODE,
        Family.PLACE,
    }
)
_ANSWERED = re.compile(
    r" ?(?:(?:is|was|were|are|as|for|=|being)(?: (?:my|the|his|her|their|our|a|kog|kynect|"
    r"new|old|temp|current|login|account|client's|portal)){0,4}|[(]"
    r"|an? (?:good|strong|valid|bad|weak|ok|fine|better|new|secure)) ?$"
)
_PHRASE = re.compile(r"[^\s.,;\n\ue000]+(?: [^\s.,;\n\ue000]+){0,7}")
_QUOTED = re.compile(r"[\"'`]([^\"'`\n]{3,60})[\"'`]")


class PasswordRecogniser(Recogniser):
    """Passwords behind or in front of the word."""

    kinds = (kinds.PASSWORD,)

    def find(self, reading: Reading) -> Iterable[Find]:
        for cue in reading.cues:
            sure = Family.PASSWORD in cue.families
            if not sure and Family.PASSWORD_WEAK not in cue.families:
                continue
            spans = [*_behind(reading, cue, sure=sure)]
            if sure and not spans:
                spans = [*_in_front(reading, cue)]
            for start, end in spans:
                yield Find(kinds.PASSWORD, start, end)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _OPENING:
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    return start, end


def _looks_secret(word: str) -> bool:
    """A digit among letters, or a symbol: not an ordinary word, time, date or error code."""
    if SEALED in word or _ORDINARY.fullmatch(word) or len(word) < 5:
        return False
    letters = any(character.isalpha() for character in word)
    digits = any(character.isdigit() for character in word)
    symbol = bool(_SYMBOL.search(word.rstrip("!?"))) or (digits and bool(_SYMBOL.search(word)))
    return (letters and (digits or symbol)) or (digits and symbol)


def _behind(reading: Reading, cue: Cue, *, sure: bool) -> Iterator[tuple[int, int]]:
    text = reading.text
    place = cue.end
    if place < len(text) and text[place] in "'s" and text[place : place + 2] == "'s":
        place += 2
    if place < len(text) and (text[place].isalnum() or text[place] == SEALED):
        return
    strong = linked = changed = aside = False
    while place < len(text) and text[place] in ":= \t-~>\"'`(":
        strong = strong or text[place] in ":="
        if text[place] in "\"'`" and (quoted := _QUOTED.match(text, place)) and (strong or sure):
            if strong or _looks_secret(quoted.group(1)):
                yield quoted.span(1)
            return
        place += 1
    linked = strong
    done = place
    for count, (begin, finish) in enumerate(chunks(text, place, 8)):
        chunk = text[begin:finish]
        start, end = _bare(text, begin, finish)
        word = text[start:end]
        if SEALED in chunk:
            return
        if linked and (quoted := _QUOTED.match(text, begin)):
            yield quoted.span(1)
            return
        if not word:
            if chunk in _LINKS or set(chunk) <= set(":=->"):
                linked = strong = True
                continue
            if "\n" in text[done:begin]:
                return
            continue
        if word in _LINKS or chunk in _LINKS:
            linked = True
            done = finish
            continue
        if linked and cue.words[-1] in {"passphrase", "phrase"}:
            phrase = _PHRASE.match(text, start)
            if phrase and word not in _STOPS:
                yield phrase.span()
                return
        if word in _SET_TO and changed:
            linked = True
            continue
        if "\n" in text[done:begin] and not linked:
            return
        foreign = _foreign(reading, begin, finish)
        reach = 8 if linked else 3 if sure or cue.words[0].startswith("cred") else 1
        if not foreign and count <= reach and _looks_secret(word):
            yield from _with_neighbours(text, start, end)
            return
        if (
            not foreign
            and not aside
            and _is_given(word, linked=linked, direct=count == 0, sure=sure)
        ):
            yield from _with_neighbours(text, start, end)
            return
        if foreign:  # "password for case 118204377 is ...", "creds jroe@example.com / ..."
            aside, linked, done = True, False, finish
            continue
        if linked and not sure:
            return
        if chunk[-1] in ".;!?" and not linked:
            return
        if "=" in chunk or chunk.endswith(":"):
            linked = True
            continue
        aside = aside or (not linked and word in _STOPS)  # "password reset link is dead"
        changed = changed or word in {"changed", "reset", "set", "updated", "back", "change"}
        known = word in STOP_WORDS or word in _STOPS
        linked = linked and known and (strong or word not in _STOPS)
        done = finish


def _is_given(word: str, *, linked: bool, direct: bool, sure: bool) -> bool:
    """A plain word or number in the place of the password: "password is bluegrass"."""
    if not sure:
        return False
    if word.isdigit():
        return len(word) >= 4 and (linked or direct)
    if not linked:
        return False
    plain = word.strip("!?")
    if plain in STOP_WORDS or plain in _STOPS or plain.endswith(_ORDINARY_ENDS) or len(plain) < 4:
        return False
    if re.match(r"(?:https?://|www\.)", plain):
        return False
    return not re.fullmatch(r"\d+(?:st|nd|rd|th|am|pm|min|mins|hrs|days)", plain)


def _foreign(reading: Reading, start: int, end: int) -> bool:
    """Whether a word at or directly before the place says that it is something else."""
    first, last = reading.token_span(start, end)
    for cue, gap in reading.before(last, 3):
        if cue.families & _FOREIGN and (cue.last > first or gap <= reading.gap(first, last) + 2):
            return True
    return reading.is_reserved(start, end)


def _with_neighbours(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The password, and others listed with it ("Derby2025! and Derby2026!")."""
    yield start, end
    for begin, finish in chunks(text, end, 6):
        word_start, word_end = _bare(text, begin, finish)
        word = text[word_start:word_end]
        if word in {"and", "or", "then", "also", "&", "/", "", "even", "to", "->", "into"}:
            continue
        if not _looks_secret(word):
            return
        yield word_start, word_end


def _in_front(reading: Reading, cue: Cue) -> Iterator[tuple[int, int]]:
    """ "Derby2025! is my password", "used Derby2025!! for pw"."""
    text = reading.text
    answered = _ANSWERED.search(text, max(0, cue.start - 60), cue.start)
    limit = answered.start() if answered else cue.start
    finish = limit
    while finish and text[finish - 1] == " ":
        finish -= 1
    begin = finish
    while begin and not text[begin - 1].isspace() and finish - begin < 80:
        begin -= 1
    start, end = _bare(text, begin, finish)
    word = text[start:end]
    if not _looks_secret(word) or _foreign(reading, start, end):
        return
    if answered or re.search(r"[!@$%^&*]", word.rstrip("!?") or word):
        yield start, end


# One-time codes -----------------------------------------------------------------------------------

_CODE = re.compile(
    r"(?<![\w$%])(?<!\d[-./:,])(?<!\w-)(?:(?:g ?- ?)\d{4,8}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{4,8})"
    r"(?![\w%]|[-./:,]\d| ?(?:am|pm)\b)"
)
_SPACED = re.compile(r"(?<![\w$%])(?<!\d[-./:, ])\d(?:[ -]\d){3,7}(?![\w%]|[-./:, ]\d)")
_PAIRS = re.compile(r"(?<![\w$%])(?<!\d[-./:, ])\d\d \d\d \d\d(?![\w%]|[-./:, ]\d)")
_LETTERED = re.compile(
    r"(?<![\w$%@.-])(?=(?:\d*[a-z]){2})(?=(?:[a-z]*\d){2})[a-z\d]{6,8}(?![\w%@-])"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_CODE_RIVALS = {
    Family.IDENTIFIER: (4 * WORD, 3 * WORD),
    Family.AGENT: (WORD, WORD),
    Family.ERROR: (4 * WORD, 2 * WORD),
    Family.TRACE: (3 * WORD, 2 * WORD),
    Family.PLACE: (2 * WORD, 2 * WORD),
    Family.PHONE: (2 * WORD, WORD),
    Family.BANK: (3 * WORD, 2),
    Family.BANK_WEAK: (WORD, 2),
    Family.LICENCE: (3 * WORD, 2 * WORD),
    Family.LICENCE_WEAK: (2 * WORD, WORD),
    Family.INCOME: (4 * WORD, 2 * WORD),
    Family.INCOME_WEAK: (2 * WORD, 2),
    Family.COST: (3 * WORD, 2 * WORD),
    Family.BIRTH: (3 * WORD, 2),
    Family.VERSION: (2 * WORD, 0),
    Family.LAST_FOUR: (2 * WORD, WORD),
    Family.SSN: (3 * WORD, 2),
    Family.PASSPORT: (3 * WORD, 2),
    Family.IMMIGRATION: (3 * WORD, 2),
    Family.CARD_EXTRA: (2 * WORD, 2),
}
_CODE_REACH = {
    Family.CODE: (6 * WORD, 5 * WORD),
    Family.CODE_WEAK: (5 * WORD, 4 * WORD),
    **_CODE_RIVALS,
}


class OneTimeCodeRecogniser(Recogniser):
    """The four to eight digits that a system texted, or a PIN."""

    kinds = (kinds.ONE_TIME_CODE,)

    def find(self, reading: Reading) -> Iterable[Find]:
        for pattern in (_CODE, _SPACED, _PAIRS, _LETTERED):
            for match in pattern.finditer(reading.text):
                start, end = match.span()
                if reading.is_reserved(start, end):
                    continue
                owner = reading.owner(start, end, _CODE_REACH)
                if pattern in {_PAIRS, _LETTERED} and not (
                    owner
                    and (owner.family is Family.CODE or owner.cue.words == ("code",))
                    and owner.gap <= 2
                    and owner.cue.words != ("code", "is")
                ):
                    continue
                if owner and _is_code(reading, match.group(), start, end, owner):
                    yield Find(kinds.ONE_TIME_CODE, start, end)


def _is_code(reading: Reading, value: str, start: int, end: int, owner: Owner) -> bool:
    if owner.family not in {Family.CODE, Family.CODE_WEAK}:
        return False
    if _YEAR.fullmatch(value) and (owner.gap > 2 or not owner.before):
        return False
    if owner.family is Family.CODE:
        return True
    if owner.cue.words[0] in {"code", "codes"} and sum(c.isdigit() for c in value) != 6:
        # A code on a screen beside an error is what the ticket needs.
        first, last = reading.token_span(start, end)
        near = [*reading.before(first, 8 * WORD), *reading.after(last, 6 * WORD)]
        if any(Family.CODE in cue.families for cue, _ in near):
            return True
        screen = {
            "screen",
            "popup",
            "pop",
            "getting",
            "shows",
            "showing",
            "throws",
            "says",
            "saying",
        }
        words = reading.words[max(0, first - 8) : last + 6]
        return not any(Family.ERROR in cue.families for cue, _ in near) and not (
            screen & set(words)
        )
    return True
