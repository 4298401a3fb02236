"""What residents read, in English and Spanish: ``texts/en.yml`` and ``es.yml``."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

FOLDER: Final = Path(__file__).parent / "texts"
LANGUAGES: Final = ("en", "es")

_SPANISH_DAYS: Final = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
_SPANISH_MONTHS: Final = (
    *("ene", "feb", "mar", "abr", "may", "jun"),
    *("jul", "ago", "sep", "oct", "nov", "dic"),
)


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        """``language`` is one of ``LANGUAGES``."""
        self.language = language
        self.all: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{language}.yml")

    def say(self, group: str, key: str, **values: object) -> str:
        """A sentence, filled in.

        Raises:
            KeyError: there is none of this name, or it needs a value that was not given.
        """
        return str(self.all[group][key]).format(**values)

    def error(self, code: str, **values: object) -> str:
        """What is wrong and what to do."""
        return self.say("errors", code, **values)

    def span(self, seconds: int) -> str:
        """A stretch of time: "20 minutes", "45 seconds"."""
        if seconds % 60 or seconds < 120:
            return self.say("spans", "seconds", number=seconds)
        return self.say("spans", "minutes", number=seconds // 60)

    def when(self, at: datetime, zone: str, now: datetime) -> str:
        """An instant on the clock of ``zone``, with the day unless it is the day of ``now``.

        "10:30 AM Eastern" or "Mon, Nov 23, 8:00 AM Eastern"; in Spanish "las 10:30 a. m. (hora
        del Este)", "el lun 23 de nov a las 8:00 a. m. (hora del Este)".
        """
        local = at.astimezone(ZoneInfo(zone))
        is_today = local.date() == now.astimezone(ZoneInfo(zone)).date()
        hour = f"{local.hour % 12 or 12}:{local.minute:02}"
        short = local.tzname() or ""
        name = self.all["zones"].get(short[:1], short) if len(short) == 3 else short
        if self.language == "es":
            half = "p. m." if local.hour >= 12 else "a. m."
            day = f"el {_SPANISH_DAYS[local.weekday()]} {local.day} de {_SPANISH_MONTHS[local.month - 1]}"
            article = "la" if local.hour % 12 == 1 else "las"
            clock = f"{article} {hour} {half} ({name})"
            return f"a {clock}" if is_today else f"{day} a {clock}"
        clock = f"{hour} {'PM' if local.hour >= 12 else 'AM'} {name}"
        return clock if is_today else f"{local:%a, %b} {local.day}, {clock}"


@cache
def texts(language: str) -> Texts:
    """The texts of a language, read once."""
    return Texts(language)


def preferred(accept_language: str | None) -> str:
    """The first of our languages that an Accept-Language header prefers; else English."""
    ranked = []
    for place, part in enumerate((accept_language or "")[:500].split(",")):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        try:
            quality = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            quality = 0.0
        if language in LANGUAGES and quality > 0:
            ranked.append((-quality, place, language))
    return min(ranked)[2] if ranked else LANGUAGES[0]
