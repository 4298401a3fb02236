"""ZIP codes: county, point on the map, time zone, and how far apart two of them are.

The ``zipcodes`` library knows them (PUBLIC); ``data/guide/counties.yml`` puts right what it has wrong.
Its list is read at the first look-up, which takes a third of a second, and stays in memory.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import fmean
from typing import Any

import zipcodes
from ruamel.yaml import YAML

from psl.settings import PROJECT_ROOT

CORRECTIONS = PROJECT_ROOT / "data" / "guide" / "counties.yml"

_ZIP = re.compile(r"([0-9]{5})(?:-[0-9]{4})?")
_COUNTY = " County"


@dataclass(frozen=True)
class Place:
    """Where a ZIP code is.

    Attributes:
        zip: five digits.
        county: a key that is the same for all ZIPs of a county: "KY:Jefferson".
        state: two letters.
        latitude: of the ZIP's middle, in degrees.
        longitude: of the ZIP's middle, in degrees.
        zone: IANA name of the time zone.
        kind: what follows the county's name; empty where the name says it ("Orleans Parish").
    """

    zip: str
    county: str
    state: str
    latitude: float
    longitude: float
    zone: str
    kind: str = _COUNTY

    @property
    def county_words(self) -> str:
        """The county as people write it: "Jefferson County, KY"."""
        return f"{self.county.partition(':')[2]}{self.kind}, {self.state}"


@lru_cache(maxsize=1 << 14)
def place_of(zip_code: str) -> Place | None:
    """Where a ZIP or ZIP+4 is; None if it is none, or of no fixed place (military mail)."""
    match = _ZIP.fullmatch(zip_code.strip())
    found = zipcodes.matching(match[1]) if match else []  # type: ignore[no-untyped-call]
    return _place(found[0]) if found else None


def towns_of(zip_code: str) -> tuple[str, ...]:
    """The names of the towns a ZIP belongs to, the usual one first; none for an unknown ZIP."""
    match = _ZIP.fullmatch(zip_code.strip())
    found = zipcodes.matching(match[1]) if match else []  # type: ignore[no-untyped-call]
    return (found[0]["city"], *found[0]["acceptable_cities"]) if found else ()


def _place(record: dict[str, Any]) -> Place | None:
    record = record | _corrections().get(record["zip_code"], {})
    latitude, longitude = float(record["lat"]), float(record["long"])
    if not record["timezone"] or (latitude, longitude) == (0, 0):
        return None
    # Some ZIPs have no county, as a few in Washington, DC. Cities that are a county of their own,
    # as in Virginia, end in "City" or "city".
    name = re.sub(" city$", " City", record["county"] or record["city"])
    return Place(
        zip=record["zip_code"],
        county=f"{record['state']}:{name.removesuffix(_COUNTY)}",
        state=record["state"],
        latitude=latitude,
        longitude=longitude,
        zone=record["timezone"],
        kind=_COUNTY if name.endswith(_COUNTY) else "",
    )


@cache
def _corrections() -> dict[str, dict[str, str]]:
    zips: dict[str, dict[str, str]] = YAML(typ="safe").load(CORRECTIONS)["zips"]
    return zips


def miles(a: Place, b: Place) -> float:
    """The distance between the middles of two ZIPs, as the crow flies."""
    return _miles((a.latitude, a.longitude), (b.latitude, b.longitude))


def _miles(a: tuple[float, float], b: tuple[float, float]) -> float:
    distance: float = zipcodes.haversine(a[1], a[0], b[1], b[0])  # type: ignore[no-untyped-call]
    return distance


@cache
def _centres() -> dict[str, tuple[float, float]]:
    """Kentucky's counties, each with the mean of its ZIPs' points."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for record in zipcodes.filter_by_state("KY"):  # type: ignore[no-untyped-call]
        if place := _place(record):
            points[place.county].append((place.latitude, place.longitude))
    return {
        county: (fmean(point[0] for point in of_county), fmean(point[1] for point in of_county))
        for county, of_county in points.items()
    }


def kentucky_counties() -> frozenset[str]:
    """The keys of Kentucky's 120 counties (PUBLIC)."""
    return frozenset(_centres())


@lru_cache(maxsize=256)
def counties_by_distance(zip_code: str) -> tuple[tuple[str, float], ...]:
    """Every county of Kentucky with its miles from a ZIP, nearest first; none for an unknown ZIP.

    The distance is to the county's middle, but the ZIP's own county is first, at 0 miles.
    """
    place = place_of(zip_code)
    if place is None:
        return ()
    here = (place.latitude, place.longitude)
    distances = (
        (county, 0.0 if county == place.county else _miles(here, centre))
        for county, centre in _centres().items()
    )
    return tuple(sorted(distances, key=lambda pair: (pair[1], pair[0])))
