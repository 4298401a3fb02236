"""Screens: those listed, and any other "<one to four words> screen/page/tab"."""

from __future__ import annotations

from collections.abc import Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.words import Hit, Words

_NOUNS = {
    "screen": "screen",
    "screens": "screen",
    "page": "page",
    "pages": "page",
    "tab": "tab",
    "tabs": "tab",
    "section": "section",
    "window": "window",
    "step": "step",
    "popup": "popup",
    "webpage": "page",
}
# Only listed names make these a screen: "final step", "another window" are none.
_LOOSE_NOUNS = frozenset({"window", "step", "section"})
_PLACES = bag("at on in past to from under off")
_CLAUSE_ENDS = bag(
    """
    . , ; ! ? ) / - – & and or but with when for using in it i then so case app application
    error getting after before while because since says that which plus also on
    """
)
_CLAUSE_ENDS |= {"", "\n"}
_NAMING = frozenset({"called", "titled", "named", "labeled", "labelled", "name", ":", "="})
_QUOTES = frozenset({'"', "“", "”", "'"})
_LONGEST = 4

# Words that are no part of a screen's name.
_STOPS = bag(
    """
    states stated reports reported advised advises per a an the this that these those my your
    our his her their its same next previous last first second third another other new every
    each any some all whole entire one 1 2 3 4 both no what which wrong right and or but so then
    than when while where if because since after before until till once as also plus of to in on
    at from for with by into onto via per past over through under off out up down around using
    about without within between back across near like is are was were be been being am do does
    did done has have had having can can't could couldn't will won't would wouldn't should may
    might must not never don't doesn't didn't isn't wasn't hasn't haven't i i'm i've i'd we
    we're we've you you're he he's she she's it it's they them me us him who it'll there there's
    here get gets got getting see sees saw seen seeing go goes went going come comes came coming
    stuck freeze freezes froze frozen load loads loaded loading open opens opened opening click
    clicks clicked clicking press pressed hit hits select selects selected choose chose show
    shows showed shown showing say says said give gives gave giving throw throws threw crash
    crashes crashed crashing keep keeps kept kicks kicked kick sends sent takes took make makes
    made let lets find found reach reached leave left pass passed use used uses work works
    worked working try tried tries trying want need needs error errors issue issues problem
    problems trouble message code blank white black gray grey empty full only just still even
    really very again always maybe please now today yesterday web browser incognito private
    screen page tab section window old different correct client clients customer member members
    agent agents case app login loops hang hangs hung time times spins spinning spin refresh
    refreshed refreshing refreshes reload reloaded reloading close closed closing shut missing
    wont cant doesnt dont isnt lands land landed system portal kynect chrome edge firefox safari
    looking look on-screen dead broken down gone fill filled filling finish finished complete
    completes called titled named labeled happens happened happening yes yeah no nope ok okay hi
    hello hey well means whatever get's jumps jumped jump bounces bounced forces forced returns
    returned redirects redirected stays stay stayed either neither too most many few several
    couple lot bunch fails failed fail failing denied greyed grayed disabled restarted restart
    renders render rendered displays display displayed appears appear appeared turns turn turned
    becomes became updates accepts moves move moved points links link sometimes often monday
    tuesday wednesday thursday friday saturday sunday
    """
) - {"members", "member", "display"}
_ING_NAMES = bag(
    """
    proofing billing shopping pricing listing filing sharing training reporting rating signing
    housing onboarding marketing mailing pending processing spending matching scheduling
    """
)
_ED_NAMES = frozenset(
    {"saved", "related", "uploaded", "submitted", "completed", "enrolled", "need", "advanced"}
)
_ED_NAMES |= {
    "embedded",
    "authorized",
    "accepted",
    "required",
    "preferred",
    "assigned",
    "feed",
    "unsubmitted",
}
_SMALL = frozenset({"and", "or", "of", "to", "the", "a", "for", "in", "on"})
_GROUPS = ("screen", "screen?", "screen+")


def title(words: Words, i: int, j: int) -> str:
    """Words as a name: "coverage start" becomes "Coverage Start", "RIDP" stays."""
    return " ".join(_capital(part) for part in words.written(i, j).split())


def _capital(word: str) -> str:
    if word.isupper() and len(word) > 5:  # shouted, not an abbreviation
        word = word.lower()
    return word if word in _SMALL or word != word.lower() else word[:1].upper() + word[1:]


def stem(value: str) -> str:
    """A screen without "screen" or "page", so that two ways to name it compare equal."""
    parts = value.split()
    return " ".join(parts[:-1] if len(parts) > 1 and parts[-1] in _NOUNS else parts).casefold()


def read_screens(words: Words, asked: bool) -> Iterator[Candidate]:
    """Every screen named."""
    ending: dict[int, Hit] = {}
    for group in _GROUPS:
        for hit in words.hits.get(group, ()):
            known = ending.get(hit.j)
            if known is None or hit.i < known.i:
                ending[hit.j] = hit
    nouned: set[int] = set()
    for k, norm in enumerate(words.norms):
        if norm in _NOUNS:
            reading = _by_noun(words, k, ending)
            if reading is not None:
                nouned.update(range(reading.i, reading.j))
                yield reading
    for hit in words.longest("screen"):
        if hit.i not in nouned and hit.j - 1 not in nouned:
            yield candidate(words, "screen", hit.value, hit.i, hit.j)
    for hit in words.longest("screen?"):
        if hit.i not in nouned and (asked or _placed(words, hit)):
            yield candidate(words, "screen", hit.value, hit.i, hit.j)
    if asked:
        for hit in words.longest("screen+"):
            if hit.i not in nouned:
                yield candidate(words, "screen", hit.value, hit.i, hit.j)


def _placed(words: Words, hit: Hit) -> bool:
    """Whether a weak name stands where a place stands: "stuck at signature"."""
    before = hit.i - 1
    if words.norm(before) in ("the", "my", "her", "his"):
        before -= 1
    after = words.norm(hit.j)
    return words.norm(before) in _PLACES and (after in _CLAUSE_ENDS or after.isdecimal())


def _by_noun(words: Words, k: int, ending: dict[int, Hit]) -> Candidate | None:
    noun = _NOUNS[words.norm(k)]
    listed = ending.get(k)
    i = _words_before(words, k)
    if listed is not None and (listed.group == "screen" or i >= listed.i):
        return candidate(words, "screen", _named(listed.value, noun), listed.i, k + 1)
    quoted = _quoted_before(words, k)
    if quoted is not None and noun not in _LOOSE_NOUNS:
        value = _named(title(words, quoted + 1, k - 1), noun)
        return candidate(words, "screen", value, quoted, k + 1)
    if (
        i < k
        and (listed is not None or noun not in _LOOSE_NOUNS)
        and not _starts_name_after(words, k, i)
    ):
        return candidate(words, "screen", _named(title(words, i, k), noun), i, k + 1)
    return _named_after(words, k, noun) if noun not in _LOOSE_NOUNS else None


def _named(name: str, noun: str) -> str:
    return name if name.casefold().endswith(noun) else f"{name} {noun}"


def _quoted_before(words: Words, k: int) -> int | None:
    if words.norm(k - 1) not in _QUOTES:
        return None
    for i in range(k - 2, max(-1, k - 8), -1):
        if words.norm(i) in _QUOTES:
            return i if i < k - 2 else None
    return None


def _words_before(words: Words, k: int) -> int:
    """The first of up to four words before ``k`` that make a screen's name."""
    i = k
    while i > 0 and k - i < _LONGEST:
        norm = words.norm(i - 1)
        small = (
            norm in ("and", "of", "&")
            and i < k
            and words.is_word(i - 2)
            and words.norm(i - 2) not in _STOPS
        )
        if not small and (not words.is_word(i - 1) or norm in _STOPS or _is_verb(norm)):
            break
        i -= 1
    while i < k and words.norm(i) in _SMALL:
        i += 1
    return k if words.norms[i:k] == ["current"] else i


def _is_verb(norm: str) -> bool:
    """Whether a word looks like a verb or an adverb, which no screen is named by."""
    if norm.endswith("ly") and norm not in ("family", "monthly", "yearly", "quarterly"):
        return True
    return (norm.endswith("ing") and norm not in _ING_NAMES and len(norm) > 4) or (
        norm.endswith("ed") and norm not in _ED_NAMES and len(norm) > 3
    )


def _starts_name_after(words: Words, k: int, i: int) -> bool:
    """Whether the name follows the noun rather than standing before it ("..., screen: Income")."""
    return words.norm(k + 1) in (":", "=") and i < k and words.norm(i) in ("affected", "name")


def _named_after(words: Words, k: int, noun: str) -> Candidate | None:
    """ "screen: plan selection", "the screen is Request Case Access", "page titled Tax Filer"."""
    i = k + 1
    sure = False
    while words.norm(i) in _NAMING or words.norm(i) in ("is", "was", "the", "affected"):
        sure = sure or words.norm(i) in _NAMING
        i += 1
    if i > k + 4 or i >= len(words):
        return None
    if sure and words.norm(i) in _QUOTES:
        j = i + 1
        while words.is_word(j) and j - i <= _LONGEST + 1:
            j += 1
        return _labelled(words, title(words, i + 1, j), i + 1, j, k) if j > i + 1 else None
    for group in _GROUPS:
        hit = words.beginning(group, i)
        adjacent = i == k + 1
        capital = words.raw(i)[:1].isupper()
        if hit is not None and (sure or not adjacent or group != "screen+" or capital):
            if group == "screen+" and not sure and not capital:
                continue
            if words.raw(hit.j)[:1].isupper() and words.norm(hit.j) not in _STOPS:
                break  # "screen Household Relationships" is not "Household"
            return _labelled(words, hit.value, hit.i, hit.j, k)
    j = i
    while j < len(words) and j - i < _LONGEST and words.is_word(j):
        capital = words.raw(j)[:1].isupper()
        small = words.norm(j) in ("and", "of", "&") and j > i
        if not (capital or small) and (
            not sure or words.norm(j) in _STOPS or _is_verb(words.norm(j))
        ):
            break
        if words.norm(j) in ("error", "errors", "case", "app", "and") and not small:
            break
        j += 1
    while j > i and words.norm(j - 1) in _SMALL:
        j -= 1
    if j == i or (j - i == 1 and not sure):
        return None
    return _labelled(words, title(words, i, j), i, j, k)


def _labelled(words: Words, value: str, i: int, j: int, k: int) -> Candidate:
    return candidate(words, "screen", value, i, j, rank="screen_said", lead=k)
