"""What an agent's words tell of agreement, contact, languages and services: pure reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from psl.details import Detail

_AGREES = re.compile(
    r"\b(?:i(?:'?m| am| do| will|'?d)?\s+(?:\w+ly\s+)?agree[ds]?|agreed|agree to (?:register|it|that|this|the)|"
    r"(?:yes|yep|yeah|ok|sure|and)\W+agree|count me in|i accept (?:the|it|that|this)|i'?m in(?: for)?)\b|"
    r"^\W*agree\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:(?:do|did|can|could|will|would)(?: not|n'?t)|cannot|never|not)\s+(?:\w+\s+)?agree\b|\bdisagree\b",
    re.IGNORECASE,
)
_METHODS = {
    "text": re.compile(r"\b(?:texts?|txts?|text(?:ing|ed)?|sms|texxt|tex)\b", re.IGNORECASE),
    "email": re.compile(r"\b(?:e-?mails?|e-?mailing|emial|mail)\b", re.IGNORECASE),
    "phone": re.compile(
        r"\b(?:calls?|cal(?= me)|calling|phone|phones|phone ?calls?|ring|telephone|voice|cell|mobile|landline)\b",
        re.IGNORECASE,
    ),
}
# "Text my cell" is text: these name the device as well as a way to be reached.
_DEVICE = re.compile(
    r"\b(?:my|the|this|another|office|work|home|a|new|other|on demand)\s+"
    r"(?:(?:work|office|home|personal|other|new)\s+)?(?:cell|mobile|phone|telephone|landline)\b|"
    r"\b(?:cell|mobile|phone|telephone)\s*(?:number|no\b|#|is\b|:)",
    re.IGNORECASE,
)
# "Call" here names something else than a way to be reached.
_NO_METHOD = re.compile(
    r"\bcall(?:ed)? (?:upon|it|that|psl|me (?:at|on) (?:this|that|the))\b|\bon call\b|"
    r"\bphone (?:or|and|/) (?:e-?mail|text)\?|\bcall-?backs?\b",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"\b(?:not|no|don'?t|do not|dont|never|stop|instead of|rather than|over|hate|without|quit|drop|from|but no)"
    r"\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)
_DOI_NUMBER = re.compile(
    r"\b(?:doi'?s?|the|my) (?:own |regular |old |normal |usual )?(?:doi |phone )?number "
    r"(?:again|from doi|on file|at doi)|"
    r"\b(?:use|back to|keep) (?:my |the )?"
    r"(?:number (?:from|at|on) doi|doi'?s?|old number|number on file)(?: number| phone| one)?\b|"
    r"\b(?:remove|drop|delete|forget|clear) (?:the |my |that )?(?:other |on demand |extra )?"
    r"(?:phone )?number\b",
    re.IGNORECASE,
)
# "A little French is not enough, drop it".
_DROP_IT = re.compile(
    r"\b(?:drop|remove|delete|scratch|forget|take) (?:it|that|this)(?: (?:off|out|again|please|pls))*\W*$",
    re.IGNORECASE,
)
_SEVERAL_NUMBERS = re.compile(
    r"\b(?:two|2|both|several|more than one|multiple)\b.{0,20}\bnumbers\b", re.IGNORECASE
)
_ZONE_ASKED = re.compile(
    r"^\W*(?:so |and |wait |but )*(?:is|are|was|were) (?:that|it|this|these|those|they|(?:my|the) (?:hours|times?))"
    r"(?: (?:hours|times?|all|in|on|then|still))* (?:eastern|central|est|cst|et|ct|edt|cdt)\b(?! or\b)|"
    r"\b(?:what|which) (?:time ?)?zone\b|\b(?:eastern|est|et) or (?:central|cst|ct)\b.*\?|"
    r"\b(?:central|cst|ct) or (?:eastern|est|et)\b.*\?",
    re.IGNORECASE,
)
_SERVICE = {
    "ASL": re.compile(
        r"\bA\.?S\.?L\b|\b(?:american )?sign(?:ing)? ?lang(?:uage|auge|uge)?\b", re.I
    ),
    "TTY": re.compile(r"\bTTY\b", re.IGNORECASE),
    "KyRelay": re.compile(r"\bky[ -]?relay\b|\brelay\b|\bkentucky relay\b", re.IGNORECASE),
}
# Which way the languages after a word go, until the next such word.
_AWAY = re.compile(
    r"\b(?:drop|remove|delete|take(?=.{0,40}\b(?:off|out|away)\b)|no more|no longer|not|never|don'?t|dont|"
    r"doesn'?t|do not|cannot|can'?t|cant|without|minus|except|stop|forgot(?:ten)?|forget|lose|instead of|"
    r"rather than|replace|switch from|change|scratch|get rid of|quit|un-?check|rusty)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:add|adding|also|plus|include|including|put|to|with|now|can|i speak|too|but|learned|fluent|know|"
    r"set|turn on|enable|have|offer|do(?! not|n'?t))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|just|nothing but|solely)\b", re.IGNORECASE)
_ONLY_AFTER = re.compile(r"^\W*(?:only|alone)\b", re.IGNORECASE)
_OFF_AFTER = re.compile(
    r"^\W*(?:off|out|away|no more|is (?:gone|off)|any ?more|anymore)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Wish:
    """What to add and what to take away; ``only`` means that nothing else stays."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    only: bool = False

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)


@dataclass(frozen=True)
class Contact:
    """How an agent wants to be reached.

    ``methods`` has more than one entry when the words name several without choosing. ``phone`` is
    a number as typed, "" for DOI's own again, None when none was named.
    """

    methods: tuple[str, ...] = ()
    phone: str | None = None
    email: str | None = None


def agrees(text: str) -> bool:
    """Whether the words agree to register, whatever else they say."""
    return bool(_AGREES.search(text)) and not _REFUSES.search(text)


def refuses(text: str) -> bool:
    """Whether the words say that the agent does not agree."""
    return bool(_REFUSES.search(text))


def asks_zone(text: str) -> bool:
    """Whether the words ask in which zone the hours are: "is that eastern?"."""
    return bool(_ZONE_ASKED.search(text))


def asks_for_numbers(text: str) -> bool:
    """Whether the words ask for more than one number to be reached at."""
    return bool(_SEVERAL_NUMBERS.search(text))


def contact(text: str, details: Iterable[Detail]) -> Contact:
    """The way to be reached, and a number for On Demand."""
    details = [found for found in details if not found.negated]
    phone = next((found.value for found in details if found.kind == "phone"), None)
    email = next((found.value for found in details if found.kind == "email"), None)
    if phone is None and _DOI_NUMBER.search(text):
        phone = ""
    plain = text
    for found in details:
        if found.kind == "email":
            plain = plain.replace(found.text, " ")
    plain = _NO_METHOD.sub(" ", plain)
    named = {name for name, pattern in _METHODS.items() if _meant(pattern, plain)}
    bare = _DEVICE.sub(" ", plain)
    if (len(named) > 1 or phone is not None) and not _meant(_METHODS["phone"], bare):
        named.discard("phone")
    return Contact(tuple(name for name in _METHODS if name in named), phone, email)


def _meant(pattern: re.Pattern[str], text: str) -> bool:
    return any(not _NOT_BEFORE.search(text[: found.start()]) for found in pattern.finditer(text))


def languages(text: str, details: Iterable[Detail]) -> Wish:
    """Languages to add and to drop. ASL is no spoken language but a service."""
    found = [d for d in details if d.kind == "language" and not _SERVICE["ASL"].search(d.text)]
    return _wish(text, ((d.value, d.start, d.end) for d in found))


def services(text: str) -> Wish:
    """ASL, TTY and KyRelay to add and to drop."""
    return _wish(text, _services(text))


def _services(text: str) -> Iterator[tuple[str, int, int]]:
    for name, pattern in _SERVICE.items():
        if found := pattern.search(text):
            yield name, found.start(), found.end()


def _wish(text: str, named: Iterable[tuple[str, int, int]]) -> Wish:
    add, remove, only = [], [], False
    for name, start, end in named:
        before = text[:start]
        away = max((m.start() for m in _AWAY.finditer(before)), default=-1)
        more = max((m.start() for m in _MORE.finditer(before)), default=-1)
        # "I can't do french": the "do" belongs to the "can't".
        gone = away > more or (away >= 0 and _near(before[away:]))
        if gone or _OFF_AFTER.match(text[end:]) or _DROP_IT.search(text[end:]):
            remove.append(name)
            continue
        add.append(name)
        only = only or bool(_ONLY.search(before) or _ONLY_AFTER.match(text[end:]))
    return Wish(tuple(add), tuple(remove), only)


def _near(tail: str) -> bool:
    """Whether nothing but a few helping words stands between "not" and the language."""
    return bool(
        re.match(
            r"^\w+(?:'t)?(?:\s+(?:i|more|longer|speak|do|know|have|the|my|off|of|put|really|add|to))*\s*$",
            tail,
            re.IGNORECASE,
        )
    )
