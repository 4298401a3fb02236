"""Times, dates and numbers as they are written in figures."""

from __future__ import annotations

import re
from dataclasses import dataclass

from psl.agents.times.clocks import Clock
from psl.agents.times.lexicon import MONTHS

_COUNTED = (
    r"(?:referrals?|calls?|clients?|people|persons?|customers?|families|residents?|members?|apps?"
    r"|applications?|enrollments?|enrolments?|leads?|years?|miles?|times|policies|appointments?)\b"
)
# Numbers that are never times: what was masked, money, shares, references, phones, long numbers.
_NEVER = re.compile(
    r"\[[^\]]*\]|\S+@\S+\.\w+|https?://\S+|\bR-?\d{4}[ -]?\d{4}\b|[$#] ?\d[\d,.-]*|\d[\d.]* ?%"
    r"|\(?\b\d{3}\)?[-. ]\d{3}[-. ]?\d{4}\b|\b\d{3}-\d{4}\b|\d{5,}(?:-\d+)?"
    rf"|\b\d+(?: ?(?:-|–|to|or) ?\d+)? {_COUNTED}"
    r"|\b(?:case|zip|zipcode|ticket|ref|reference|ext|extension|room|rm|apt|suite|ste|npn|doi"
    r"|referral|number|member|highway|hwy|error|code)"
    r"(?: (?:id|no|num|number|code|is))*[ .:#-]*\d[\d-]*\b(?! ?[ap]\.?m\b)",
    re.IGNORECASE,
)
_HALF = r" ?[ap]\. ?m\b\.?(?!\w)| ?[ap] ?m\b|[ap]\b"
_TIME = re.compile(
    r"(?:(?P<joined>\d{3,4})(?!\d)"
    r"|(?P<spaced>\d{1,2}) (?P<after>[0-5]\d)(?= ?[ap]\.?m\b)"
    r"|(?P<hour>\d{1,2})(?:[:.;](?P<minute>\d\d)(?![\d:])|h(?P<french>[0-5]\d)?\b)?(?!\d))"
    rf"(?P<half>{_HALF})?(?:-?ish\b| ?o['’]? ?clock\b|hrs\b)*(?P<late>{_HALF})?",
    re.IGNORECASE,
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:,? (?P<year>20\d\d))?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>20\d\d)-(?P<number>\d{1,2})-(?P<day>\d{1,2})(?![\w/-])",
        r"(?P<number>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\w/])",
        r"(?P<number>\d{1,2})-(?P<day>\d{1,2})-(?P<year>20\d\d|\d\d)(?![\w/-])",
        rf"{_MONTH}\.? ?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_YEAR}(?![\w:])",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? ?(?:of )?{_MONTH}\b{_YEAR}(?![\w-])",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?: of (?:the|this) month\b)?",
    )
)


@dataclass(frozen=True, slots=True)
class Figures:
    """A time, date or number in a text: where it ends, and what it is.

    ``kind`` is "date" (``value`` is year-month-day, 0 for what was not said), "time", "bad" for a
    time that does not exist, or "number" for one that can be no time.
    """

    kind: str
    end: int
    value: str = ""
    clock: Clock | None = None
    count: int = 0


def without_other_numbers(text: str) -> str:
    """The text with numbers that are no times blanked out; places stay the same."""
    return _NEVER.sub(lambda found: " " * len(found.group()), text)


def figures(text: str, at: int) -> Figures | None:
    """What is written at a place that begins with a figure or with the name of a month."""
    for pattern in _DATES:
        found = pattern.match(text, at)
        if found and (value := _date(found)):
            return Figures("date", found.end(), value)
    found = _TIME.match(text, at)
    if not found:
        return None
    written = found["joined"] or found["hour"] or found["spaced"]
    clock = _clock(found)
    kind = "time" if clock else "bad" if found["minute"] else "number"
    return Figures(kind, found.end(), clock=clock, count=int(written) if len(written) < 4 else 0)


def _date(found: re.Match[str]) -> str:
    """Year, month and day; empty if there is no such date."""
    said = found.groupdict()
    month = int(said.get("number") or 0)
    if said.get("month"):
        month = MONTHS.index(said["month"][:3].lower()) + 1
    elif said.get("number") and not 1 <= month <= 12:
        return ""
    day = int(said["day"])
    if not month and not 1 <= day <= 31:
        return ""
    year = int(said.get("year") or 0)
    return f"{year + 2000 if 0 < year < 100 else year}-{month}-{day}"


def _clock(found: re.Match[str]) -> Clock | None:
    half = (found["half"] or found["late"] or "").strip().lower()[:1]
    if found["joined"]:
        written, minute = found["joined"][:-2], int(found["joined"][-2:])
    else:
        written = found["hour"] or found["spaced"]
        minute = int(found["minute"] or found["french"] or found["after"] or 0)
    hour = int(written)
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return None
    bare = not (half or found["minute"] or found["joined"] or found["french"])
    if hour > 12 or hour == 0:  # "17:00 pm" is five in the afternoon as well
        return Clock(hour % 24, minute, exact=True, bare=bare)
    if half:
        return Clock(hour, minute, half)
    return Clock(hour, minute, exact=len(written) == 2 and written.startswith("0"), bare=bare)
