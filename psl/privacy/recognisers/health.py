"""Health details: a condition from ``conditions.txt`` told of a person.

The condition alone goes. "Does the plan cover diabetes?" is a question about a plan and stays, and
so does a product ("cancer policy"). Pregnancy decides eligibility and stays; its complications are
in the list.
"""

from __future__ import annotations

from collections.abc import Iterable

from psl.privacy import kinds
from psl.privacy.cues import Family, words
from psl.privacy.reading import Reading
from psl.privacy.recognisers.base import Find, Recogniser

_PRODUCTS = words(
    "policy policies plan plans insurance coverage rider riders product products supplement "
    "supplements screening screenings program programs awareness benefit benefits class classes "
    "center drug drugs formulary tier specialist month walk protection"
)
_PEOPLE = words(
    "he she they him her his them their hers who whose someone somebody person client clients "
    "client's clt cust customer customer's customers applicant applicant's applicants member "
    "member's resident resident's patient patients husband husband's hubby wife wife's spouse "
    "spouse's son son's daughter daughter's kid kid's kids child child's children mom mom's mother "
    "mother's dad dad's father father's brother sister grandma grandpa baby baby's guy lady man "
    "woman i i'm me my myself consumer insured enrollee primary dependent household hh mr mrs ms "
    "boyfriend girlfriend partner fiance uncle aunt nephew niece grandson granddaughter"
)
_TOLD = words(
    "diagnosed diagnosis diagnoses dx dx'd has have had having got gets battling battles battle "
    "suffers suffering suffered history treated treatment treating survivor positive disabled "
    "condition conditions meds medication medications medicine sick ill fighting beat due "
    "because undergoing receiving needs taking takes recovering hospitalized died health "
    "disability on starting started since"
)
_WINDOW = 8


class HealthRecogniser(Recogniser):
    """Conditions and treatments of somebody, not of a plan."""

    kinds = (kinds.DIAGNOSIS,)

    def find(self, reading: Reading) -> Iterable[Find]:
        words = reading.words
        for cue in reading.cues:
            if Family.CONDITION not in cue.families:
                continue
            if cue.last < len(words) and words[cue.last] in _PRODUCTS:
                continue
            around = [
                *words[max(0, cue.first - _WINDOW) : cue.first],
                *words[cue.last : cue.last + _WINDOW],
            ]
            if any(
                word in _TOLD or word in _PEOPLE or word.partition("'")[0] in _PEOPLE
                for word in around
            ):
                yield Find(kinds.DIAGNOSIS, cue.start, cue.end)
