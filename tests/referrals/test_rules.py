"""The pure rules of referrals, by properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psl.referrals import rules
from psl.referrals.models import OfferKind
from psl.referrals.rules import Candidate
from psl.settings import Settings

DEFAULT = Settings(_env_file=None)
T = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)


def changed(**values: object) -> Settings:
    return DEFAULT.model_copy(update=values)


# General or Mass --------------------------------------------------------------------------------

lengths = st.integers(1, 3600)


@given(
    accept=lengths,
    margin=st.integers(0, 3600),
    promise=lengths,
    after=st.timedeltas(timedelta(0), timedelta(hours=3)),
)
def test_general_only_while_its_window_and_the_call_fit(
    accept: int, margin: int, promise: int, after: timedelta
) -> None:
    settings = changed(accept_seconds=accept, call_margin_seconds=margin, promise_seconds=promise)
    spare = timedelta(seconds=promise - accept - margin)
    kind = rules.type_of_offer(T + after, T + timedelta(seconds=promise), settings)
    assert kind == (OfferKind.GENERAL if after <= spare else OfferKind.MASS)
    if spare >= timedelta(0):
        # Exactly at the limit, and the smallest step beyond.
        at = T + spare
        promised = T + timedelta(seconds=promise)
        assert rules.type_of_offer(at, promised, settings) == OfferKind.GENERAL
        assert rules.type_of_offer(at + MICRO, promised, settings) == OfferKind.MASS


@pytest.mark.parametrize(
    ("seconds", "kind"), [(0, "General"), (600, "General"), (600.000001, "Mass"), (900, "Mass")]
)
def test_the_default_limit_is_ten_minutes_after_the_request(seconds: float, kind: str) -> None:
    """OPEN: 15 minutes to accept and 5 to call must fit into the 30."""
    promised = T + timedelta(minutes=30)
    assert rules.type_of_offer(T + timedelta(seconds=seconds), promised, DEFAULT) == kind


@given(after=st.timedeltas(timedelta(days=-1), timedelta(days=1)))
def test_one_way_only_whatever_the_time(after: timedelta) -> None:
    for dispatch, kind in (("mass only", OfferKind.MASS), ("general only", OfferKind.GENERAL)):
        assert rules.type_of_offer(T + after, T, changed(dispatch=dispatch)) == kind


# Ranking ----------------------------------------------------------------------------------------

candidates = st.builds(
    Candidate,
    agent_id=st.integers(1, 10_000),
    doi_number=st.just("700001"),
    miles=st.floats(0, 500),
    same_county=st.booleans(),
    misses=st.integers(0, 5),
    recent=st.integers(0, 30),
    in_hand=st.integers(0, 5),
    waited=st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
)
different = st.lists(candidates, max_size=12, unique_by=lambda each: each.agent_id)
weights = st.builds(
    lambda *w: changed(
        **dict(
            zip(
                (
                    "weight_proximity",
                    "weight_county",
                    "weight_misses",
                    "weight_load",
                    "weight_waiting",
                ),
                w,
                strict=True,
            )
        )
    ),
    *[st.floats(0, 1)] * 5,
)


def score(candidate: Candidate, settings: Settings) -> float:
    (ranked,) = rules.rank([candidate], settings, "seed")
    return ranked.score


@given(one=candidates, settings=weights, data=st.data())
def test_better_in_one_factor_is_never_worse(
    one: Candidate, settings: Settings, data: st.DataObject
) -> None:
    waited = one.waited or timedelta(0)
    better = {
        "miles": st.floats(0, one.miles),
        "same_county": st.just(True),
        "misses": st.integers(0, one.misses),
        "recent": st.integers(0, one.recent),
        "in_hand": st.integers(0, one.in_hand),
        "waited": (
            st.none()
            if one.waited is None
            else st.none() | st.timedeltas(waited, waited + timedelta(days=9))
        ),
    }
    for name, values in better.items():
        other = replace(one, **{name: data.draw(values, name)})
        assert score(other, settings) >= score(one, settings), name


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"miles": 60.0}, {"miles": 5.0}),
        ({"same_county": False}, {"same_county": True}),
        ({"misses": 2}, {"misses": 0}),
        ({"recent": 4}, {"recent": 0}),
        ({"in_hand": 2}, {"in_hand": 0}),
        ({"waited": timedelta(minutes=5)}, {"waited": timedelta(hours=20)}),
        ({"waited": timedelta(hours=71)}, {"waited": None}),
    ],
)
def test_each_factor_counts(worse: dict[str, object], better: dict[str, object]) -> None:
    base = Candidate(1, "700001", 30.0, False, 1, 1, 1, timedelta(hours=2))
    assert score(replace(base, **better), DEFAULT) > score(replace(base, **worse), DEFAULT)  # type: ignore[arg-type]


@given(one=candidates, settings=weights)
def test_the_terms_are_shown_in_full(one: Candidate, settings: Settings) -> None:
    (ranked,) = rules.rank([one], settings, "seed")
    assert set(ranked.terms) == {"proximity", "same county", "misses", "load", "waiting"}
    assert ranked.score == pytest.approx(sum(ranked.terms.values()), abs=1e-5)
    assert all(0 <= term <= 1 for term in ranked.terms.values())
    stored = ranked.as_stored()
    assert (stored["agent_id"], stored["score"]) == (one.agent_id, ranked.score)


@given(some=different, seed=st.text(max_size=8), data=st.data())
def test_the_order_given_does_not_matter(
    some: list[Candidate], seed: str, data: st.DataObject
) -> None:
    ranked = rules.rank(some, DEFAULT, seed)
    again = rules.rank(data.draw(st.permutations(some)), DEFAULT, seed)
    assert [r.candidate for r in ranked] == [r.candidate for r in again]
    assert {r.candidate for r in ranked} == set(some)
    scores = [r.score for r in ranked]
    assert scores == sorted(scores, reverse=True)


@given(some=different, seeds=st.lists(st.text(max_size=8), min_size=2, max_size=2))
def test_a_seed_decides_ties_and_nothing_else(some: list[Candidate], seeds: list[str]) -> None:
    first, second = (rules.rank(some, DEFAULT, seed) for seed in seeds)
    # Those of one score keep their places as a group, whatever the seed.
    assert [r.score for r in first] == [r.score for r in second]
    for value in {r.score for r in first}:
        assert {r.candidate.agent_id for r in first if r.score == value} == {
            r.candidate.agent_id for r in second if r.score == value
        }


def test_every_one_of_equals_is_first_for_some_seed() -> None:
    equal = [Candidate(n, "700001", 5.0, True, 0, 0, 0, None) for n in range(1, 5)]
    first = [rules.rank(equal, DEFAULT, str(seed))[0].candidate.agent_id for seed in range(400)]
    assert all(first.count(n) > 50 for n in range(1, 5))


@given(ids=st.lists(st.integers(1, 10_000), unique=True), seed=st.text(max_size=8), data=st.data())
def test_a_mass_order_is_a_permutation_that_its_seed_tells(
    ids: list[int], seed: str, data: st.DataObject
) -> None:
    order = rules.shuffled(ids, seed)
    assert sorted(order) == sorted(ids)
    assert rules.shuffled(data.draw(st.permutations(ids)), seed) == order


def test_a_mass_order_favours_nobody() -> None:
    first = [rules.shuffled([1, 2, 3, 4], str(seed))[0] for seed in range(400)]
    assert all(first.count(n) > 50 for n in range(1, 5))


# Misses -----------------------------------------------------------------------------------------

MISS, YES, NO = rules.MISSED, rules.ACCEPTED, rules.REJECTED
NEUTRAL = [rules.LAPSED, rules.DEREGISTERED, "chat linked", "hours saved", "left On Demand"]
logs = st.lists(
    st.sampled_from([MISS, MISS, YES, NO, rules.REGISTERED, rules.REREGISTERED, *NEUTRAL])
)


@given(log=logs)
def test_the_run_is_the_misses_since_the_last_acceptance_or_registration(log: list[str]) -> None:
    since = log
    for n, action in enumerate(log):
        if action in {YES, rules.REGISTERED, rules.REREGISTERED}:
            since = log[n + 1 :]
    assert rules.consecutive_misses(log, DEFAULT) == since.count(MISS)


@given(log=logs)
def test_rejections_that_break_the_run_are_as_acceptances(log: list[str]) -> None:
    as_accepted = [YES if action == NO else action for action in log]
    assert rules.consecutive_misses(
        log, changed(reject_breaks_run=True)
    ) == rules.consecutive_misses(as_accepted, DEFAULT)


@given(log=logs)
def test_rejections_that_count_are_as_misses(log: list[str]) -> None:
    as_missed = [MISS if action == NO else action for action in log]
    assert rules.consecutive_misses(log, changed(reject_counts=True)) == rules.consecutive_misses(
        as_missed, DEFAULT
    )


@given(log=logs, noise=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(NEUTRAL))))
def test_what_is_neither_changes_nothing(log: list[str], noise: list[tuple[int, str]]) -> None:
    with_noise = list(log)
    for place, action in noise:
        with_noise.insert(place, action)
    assert rules.consecutive_misses(with_noise, DEFAULT) == rules.consecutive_misses(log, DEFAULT)


@given(before=logs, after=logs)
def test_the_run_can_be_kept_event_by_event(before: list[str], after: list[str]) -> None:
    misses = rules.consecutive_misses(before, DEFAULT)
    for action in after:
        misses = rules.after_event(misses, action, DEFAULT)
    assert misses == rules.consecutive_misses(before + after, DEFAULT)
