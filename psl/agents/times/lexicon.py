"""The words by which times are told, in the pattern language of ``psl.details.words``."""

from __future__ import annotations

from collections.abc import Mapping

from psl.details.when import DAY_PATTERNS, DAYS

Patterns = Mapping[tuple[str, str], tuple[str, ...]]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _days(value: str) -> str:
    """The numbers of the days that a value of ``DAY_PATTERNS`` names: "01234"."""
    value = value.removeprefix("?")
    if " to " in value:
        first, last = (DAYS.index(day) for day in value.split(" to "))
        return "".join(str(day) for day in range(first, last + 1))
    return "".join(str(DAYS.index(day)) for day in value.split(" and "))


_MORE_DAYS: Patterns = {
    ("day", "0"): ("monday's|mon's|munday|mo.",),
    ("day", "1"): ("tuesday's|tusday|teusday|tuesdy|tu.|tue's|tues's",),
    ("day", "2"): ("wednesday's|wednes|wends|wedneday|wednsday|wendesday|weds's",),
    ("day", "3"): ("thursday's|thirsday|thursdy|thr|thrs|thurday|thursady",),
    ("day", "4"): ("friday's|frieday|firday|fridy|fris",),
    ("day", "5"): ("saturday's|saterday|satuday|satruday|satureday",),
    ("day", "6"): ("sunday's|sundy|sundey",),
    ("day", "01234"): (
        "week days|day",
        "weeknight|weeknights|weekday|weekdy|wkdays|wkday|wkdys",
        "work|working|business days|week",
        "during the week",
        "each|all weekday|weekdays",
        "m thru f",
    ),
    ("day", "56"): ("weekend|wkend|wkends|wknd|wknds", "week end|ends", "the weekend|weekends"),
    ("day", "0123456"): (
        "any|each|every day",
        "all days",
        "daily|everday|evryday|eveyday",
        "7|seven days",
        "all seven|7 days",
        "whole week",
        "any|all day of the week",
        "all week long?",
        "7|seven days a|per week",
    ),
}

SHARED: Patterns = {
    **{("day", _days(value)): () for value in DAY_PATTERNS},
    **{
        ("day", numbers): tuple(
            line
            for value, lines in DAY_PATTERNS.items()
            if _days(value) == numbers
            for line in lines
        )
        + _MORE_DAYS.get(("day", numbers), ())
        for numbers in dict.fromkeys(map(_days, DAY_PATTERNS))
    },
    ("to", "to"): ("to|-|–|—|~", "all? the way to", "up to"),
    ("til", "til"): (
        "til|till|until|untill|unitl|'til|til'",
        "up? until|til",
        "all? the way til|until",
    ),
    ("through", "through"): ("up? through|throught|thru|thorugh", "to|thru and including"),
    ("and", "and"): ("and|&|+|plus|also|n|then|with|w", "and then|also", "as well as"),
    ("sep", "strong"): (";", ".", "!"),
    ("sep", "weak"): (",", "but", "/", "or"),
    ("word", "colon"): (":",),
    ("word", "frequency"): ("1|2|3|4|5|6|two|three|four|five|six days a|per week",),
    ("word", "greeting"): ("good morning|afternoon|evening|day",),
    ("past", "30"): ("half past|after", "1 / 2 past"),
    ("past", "15"): ("a? quarter past|after",),
    ("past", "-15"): ("a? quarter to|till|til|of|before",),
    ("half", "a"): ("in the morning|mornings|mornin", "of the morning"),
    ("half", "p"): ("in the afternoon|evening|afternoons|evenings|aft|eve", "at night|nite"),
    ("clock", "noon"): ("noon|midday|noontime", "12|twelve noon", "mid day"),
    ("clock", "midnight"): ("midnight|midnite|midnt", "12|twelve midnight", "mid night"),
    ("nextday", "nextday"): ("( next day )", "the? next day|morning", "the following day|morning"),
    ("at", "at"): ("at|@|around|about|approx|roughly|round|bout",),
    ("part", "morning"): ("mornings|morning|mornin only?",),
    ("part", "afternoon"): ("afternoons|afternoon|aft|afternoons only?",),
    ("part", "evening"): (
        "evenings|evening|eve|eves",
        "after|afterwork hours|work",
        "after business hours",
    ),
    ("part", "night"): ("night|nights|nite|nites|overnight|overnights", "graveyard shift?"),
    ("minute", "15"): ("fifteen",),
    ("minute", "30"): ("thirty|thirdy",),
    ("minute", "45"): ("forty five", "fourty five"),
    ("duration", "30"): (
        "half an|a? hour|hr",
        "a half hour|hr|an hour",
        "1 / 2 an? hour|hr",
        "thirty min|mins|minutes",
    ),
    ("duration", "15"): ("a? quarter of? an? hour", "fifteen min|mins|minutes"),
    ("duration", "45"): ("three quarters of an hour", "forty five min|mins|minutes"),
    ("duration", "60"): ("an|a|one|full hour|hr", "one|a full hour"),
    ("duration", "90"): (
        "hour|hr and a half",
        "an|one|a hour|hr and a half",
        "1 1 / 2 hours|hour|hrs|hr",
    ),
    ("unit", "1"): ("min|mins|minute|minutes|minuets|mns",),
    ("unit", "60"): ("hr|hrs|hour|hours|hrs.|hous",),
}
