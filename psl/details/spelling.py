"""Careless spelling: what agents type on a phone, put back to the words the lists know.

Three slips are undone for long words: a missing letter, a doubled letter, two swapped neighbours.
The first letter is taken as right, and a slip that is a word of its own is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psl.details.bags import bag

# Shorter words have too many neighbours that are words themselves.
_LONG = 6
_SHORTEST = 5

# Slips of listed words that are ordinary words.
_WORDS_OF_THEIR_OWN = bag(
    """
    forth coupe brothers brother bother mother mothers others other fathers farther father singed sign
    signed planned planed planning planing tired trial trail form from untied united expect
    except exect diary daily dairy quiet quite angle angel message massage relay reply casual
    causal loosing losing singing signing hopping hoping filling filing barred bared staring
    starring striped stripped later latter desert dessert coma comma chose choose lose loose
    advice advise compete denis denise eased field fields fling gabled greed liked lined locke
    mater medial noting posed prof rests retired reused revered section selling sings stared
    staring stars stated states stating tracing tuned tying widow widows freeing clint could
    would should unite untied heath wager tires entries bored border boarder causes closes
    closet loses poses reals relays replays signs sings salves slaves solves striping trails
    trials unties waits wired weird writes marred married parties pirates patients payments
    agenda agents accept except affect effect cares carries caries carers coverage converge
    passed parsed paused posted portal portals mortal screed screened scream steam team spinning
    sinning pinning planning panning applying appling singling signaling tabled tables table
    """
)

_CONTRACTIONS = {
    "im": "i'm",
    "ive": "i've",
    "dont": "don't",
    "doesnt": "doesn't",
    "dosent": "doesn't",
    "doesent": "doesn't",
    "didnt": "didn't",
    "isnt": "isn't",
    "wasnt": "wasn't",
    "arent": "aren't",
    "werent": "weren't",
    "wont": "won't",
    "cant": "can't",
    "cannot": "can't",
    "couldnt": "couldn't",
    "wouldnt": "wouldn't",
    "shouldnt": "shouldn't",
    "hasnt": "hasn't",
    "havent": "haven't",
    "havnt": "haven't",
    "hadnt": "hadn't",
    "aint": "ain't",
    "thats": "that's",
    "whats": "what's",
    "theres": "there's",
    "hes": "he's",
    "shes": "she's",
    "theyre": "they're",
    "youre": "you're",
    "weve": "we've",
    "theyve": "they've",
    "lets": "let's",
}

_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
    if value
}

_NORMS: Mapping[str, str] = {**_CONTRACTIONS, **_NUMBER_WORDS}


def _slips(word: str) -> set[str]:
    """The forms of ``word`` that one slip of the thumb makes."""
    found: set[str] = set()
    for at in range(1, len(word)):
        twin = word[at] == word[at - 1]
        # (a missing last letter is mostly another form of the word: "throw" for "throws")
        if at < len(word) - 1 and (len(word) >= _LONG or twin):
            found.add(word[:at] + word[at + 1 :])
        if at + 1 < len(word):
            found.add(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
        if len(word) >= _LONG:
            found.add(word[:at] + word[at] + word[at:])
    return found - {word}


class Spelling:
    """Turns a word into the form by which everything is looked up."""

    def __init__(self, vocabulary: Iterable[str], misspelt: Mapping[str, str]) -> None:
        """Args:
        vocabulary: the words that slips are put back to.
        misspelt: further misspellings and abbreviations, each with the word it stands for.
        """
        words = {word for word in vocabulary if word.isalpha()}
        known = words | set(misspelt) | set(_NORMS) | _WORDS_OF_THEIR_OWN
        claimed: dict[str, str | None] = {}
        for word in sorted(words):
            if len(word) >= _SHORTEST:
                for slip in _slips(word):
                    # A slip of two words belongs to neither.
                    claimed[slip] = word if slip not in claimed else None
        self._norms = {
            slip: word for slip, word in claimed.items() if word is not None and slip not in known
        }
        self._norms.update(_NORMS)
        self._norms.update(misspelt)

    def norm(self, word: str) -> str:
        """The lower-case form of ``word``, spelt right and with digits for number words."""
        lower = word.lower().replace("’", "'")
        return self._norms.get(lower, lower)

    def slips(self) -> Mapping[str, str]:
        """All forms that are put right; for tests that look for ordinary words among them."""
        return dict(self._norms)
