"""ZIP codes: counties, zones, corrections of the library, distances."""

from __future__ import annotations

from collections import Counter, defaultdict
from zoneinfo import available_timezones

import pytest
import zipcodes
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from psl.guide.loader import load_guide
from psl.places import (
    CORRECTIONS,
    Place,
    counties_by_distance,
    kentucky_counties,
    miles,
    place_of,
)
from psl.settings import PROJECT_ROOT, Settings

KENTUCKY = sorted(record["zip_code"] for record in zipcodes.filter_by_state("KY"))

any_zip = st.sampled_from(KENTUCKY)


def known(zip_code: str) -> Place:
    place = place_of(zip_code)
    assert place is not None, zip_code
    return place


@pytest.mark.parametrize(
    "zip_code,county,words,zone",
    [
        ("40202", "KY:Jefferson", "Jefferson County, KY", "America/Kentucky/Louisville"),
        ("40507", "KY:Fayette", "Fayette County, KY", "America/New_York"),
        ("42001", "KY:McCracken", "McCracken County, KY", "America/Chicago"),
        ("42633", "KY:Wayne", "Wayne County, KY", "America/Kentucky/Monticello"),
        ("42101", "KY:Warren", "Warren County, KY", "America/Chicago"),
        ("42701", "KY:Hardin", "Hardin County, KY", "America/New_York"),
        # On either side of the line between the zones.
        ("42754", "KY:Grayson", "Grayson County, KY", "America/Chicago"),
        ("42718", "KY:Taylor", "Taylor County, KY", "America/New_York"),
        ("42728", "KY:Adair", "Adair County, KY", "America/Chicago"),
        ("42539", "KY:Casey", "Casey County, KY", "America/New_York"),
        # Elsewhere.
        ("45202", "OH:Hamilton", "Hamilton County, OH", "America/New_York"),
        ("37040", "TN:Montgomery", "Montgomery County, TN", "America/Chicago"),
        ("70112", "LA:Orleans Parish", "Orleans Parish, LA", "America/Chicago"),
        ("63101", "MO:St. Louis City", "St. Louis City, MO", "America/Chicago"),
        ("23185", "VA:James City", "James City County, VA", "America/New_York"),
        ("20001", "DC:District of Columbia", "District of Columbia, DC", "America/New_York"),
        ("99501", "AK:Anchorage Municipality", "Anchorage Municipality, AK", "America/Anchorage"),
    ],
)
def test_where_zips_are(zip_code: str, county: str, words: str, zone: str) -> None:
    place = known(zip_code)
    assert (place.zip, place.county, place.county_words, place.zone) == (
        zip_code,
        county,
        words,
        zone,
    )


def test_plus_four_is_the_same_place() -> None:
    assert place_of("40202-1234") == place_of(" 40202 ") == place_of("40202")


@pytest.mark.parametrize(
    "zip_code",
    ["", "0", "4020", "402020", "40202-12", "40202 1234", "4O202", "٤٠٢٠٢", "00000", "99999"],
)
def test_what_is_no_zip(zip_code: str) -> None:
    assert place_of(zip_code) is None
    assert counties_by_distance(zip_code) == ()


def test_military_mail_is_of_no_place() -> None:
    assert zipcodes.is_real("09001")
    assert place_of("09001") is None


@pytest.mark.parametrize(
    "zip_code,county,zone",
    [
        ("42603", "KY:Clinton", "America/Chicago"),
        ("42757", "KY:Larue", "America/New_York"),
        ("42002", "KY:McCracken", "America/Chicago"),
        ("40166", "KY:Bullitt", "America/New_York"),
        ("40750", "KY:Laurel", "America/New_York"),
        ("41021", "KY:Boone", "America/New_York"),
        ("41025", "KY:Kenton", "America/New_York"),
        ("99634", "AK:Bethel Census Area", "America/Anchorage"),
    ],
)
def test_the_library_is_corrected(zip_code: str, county: str, zone: str) -> None:
    place = known(zip_code)
    assert (place.county, place.zone) == (county, zone)


def test_corrections_are_needed_and_sourced(settings: Settings) -> None:
    data = YAML(typ="safe").load(CORRECTIONS)
    assert data["source"] in load_guide(settings.guide_dir, settings).sources
    assert data["last_checked"]
    for zip_code, correction in data["zips"].items():
        record = zipcodes.matching(zip_code)[0]
        facts = {key: value for key, value in correction.items() if key != "why"}
        assert correction["why"] and facts and set(facts) <= {"county", "timezone"}
        assert all(record[key] != value for key, value in facts.items()), zip_code


def test_kentucky_has_120_counties_in_two_zones() -> None:
    zones = defaultdict(set)
    for zip_code in KENTUCKY:
        place = known(zip_code)
        assert place.county.startswith("KY:") and place.county_words.endswith(" County, KY")
        zones[place.county].add(place.zone)
    assert zones.keys() == kentucky_counties() and len(zones) == 120
    assert all(len(of_county) == 1 for of_county in zones.values())
    # 49 CFR 71.5 leaves 41 counties west of the line, not the 40 one often reads.
    assert Counter(zone for of_county in zones.values() for zone in of_county) == {
        "America/New_York": 77,
        "America/Kentucky/Louisville": 1,
        "America/Kentucky/Monticello": 1,
        "America/Chicago": 41,
    }


def test_every_zone_of_the_library_exists_or_is_corrected() -> None:
    one_of_each = {record["timezone"]: record["zip_code"] for record in zipcodes.filter_by()}
    places = [place_of(zip_code) for zip_code in one_of_each.values()]
    assert len(places) > 30
    assert {place.zone for place in places if place} <= available_timezones()


@pytest.mark.parametrize(
    "one,other,least,most",
    [
        ("40202", "40507", 65, 75),  # Louisville to Lexington
        ("40202", "42001", 170, 190),  # to Paducah
        ("40202", "40202", 0, 0),
        ("42001", "41501", 330, 350),  # from end to end
    ],
)
def test_distances_one_knows(one: str, other: str, least: float, most: float) -> None:
    assert least <= miles(known(one), known(other)) <= most


@given(any_zip, any_zip, any_zip)
def test_distance_is_one(a: str, b: str, c: str) -> None:
    here, there, elsewhere = known(a), known(b), known(c)
    assert miles(here, there) == miles(there, here) >= 0
    assert miles(here, here) == 0
    assert miles(here, there) <= miles(here, elsewhere) + miles(elsewhere, there) + 1e-6


@given(any_zip)
def test_own_county_comes_first_then_the_nearest(zip_code: str) -> None:
    ranking = counties_by_distance(zip_code)
    assert ranking[0] == (known(zip_code).county, 0.0)
    assert {county for county, _ in ranking} == kentucky_counties() and len(ranking) == 120
    distances = [distance for _, distance in ranking]
    assert distances == sorted(distances) and distances[1] > 0


def test_neighbours_come_before_the_far_end() -> None:
    ranking = [county for county, _ in counties_by_distance("40202")]
    assert {"KY:Oldham", "KY:Bullitt", "KY:Shelby"} <= set(ranking[1:5])
    assert ranking[-1] in {"KY:Pike", "KY:Fulton"}


def test_from_across_the_river_the_nearest_county_comes_first() -> None:
    county, distance = counties_by_distance("45202")[0]
    assert county in {"KY:Kenton", "KY:Campbell"} and 0 < distance < 15


def test_demo_agents_live_somewhere() -> None:
    lines = (PROJECT_ROOT / "data/demo/agents.csv").read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("zip")
    assert all(known(line.split(",")[column]).state == "KY" for line in lines[1:])
