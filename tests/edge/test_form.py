"""A question how something is done, and the command that does it; the fit behind the classifier."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.classifier import by_form, fit, softmax
from bot.nlu.features import Matrix
from bot.nlu.form import DONE_BY
from bot.nlu.ngrams import ngrams
from psl.settings import PROJECT_ROOT


def ranked(*named: tuple[str, float]) -> list[dict[str, object]]:
    return [{"name": name, "confidence": share} for name, share in named]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("how do i put in evenings", "ask_set_hours"),
        ("can i have evenings only", "ask_set_hours"),
        ("evenings only please", "set_hours"),
        ("dont want any in the evening", "set_hours"),
    ],
)
@pytest.mark.parametrize("order", [("ask_set_hours", "set_hours"), ("set_hours", "ask_set_hours")])
def test_form_decides_between_a_question_and_its_command(
    text: str, first: str, order: tuple[str, str]
) -> None:
    found = by_form(ranked((order[0], 0.5), (order[1], 0.3), ("deny", 0.1)), text, 0.4)
    assert found[0]["name"] == first
    assert {found[0]["name"], found[1]["name"]} == set(order)
    assert [entry["confidence"] for entry in found] == [0.5, 0.3, 0.1]


def test_form_is_silent_when_the_words_are_clear_or_the_intents_are_no_pair() -> None:
    clear = ranked(("ask_set_hours", 0.8), ("set_hours", 0.1), ("deny", 0.05))
    assert by_form(clear, "evenings only", 0.4) == clear
    strangers = ranked(("ask_set_hours", 0.4), ("set_language", 0.39), ("deny", 0.05))
    assert by_form(strangers, "evenings only", 0.4) == strangers


def test_every_pair_is_made_of_intents() -> None:
    domain = (PROJECT_ROOT / "domain.yml").read_text(encoding="utf-8")
    for intent in {*DONE_BY, *DONE_BY.values()}:
        assert f"- {intent}\n" in domain


def test_the_beginning_of_a_message_counts() -> None:
    assert {"^how", "^how do"} <= set(ngrams("How do I set it"))
    assert "^how" not in ngrams("tell me how")
    assert not any(gram.startswith("^") for gram in ngrams("?!"))


def test_the_fit_is_the_least_loss() -> None:
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), [40, 20, 30, 10])
    centres = random.normal(size=(4, 6)) + 5
    vectors = (centres[labels] + 0.6 * random.normal(size=(100, 6))).astype(np.float32)
    strength = 2.0
    weights, bias = fit(vectors, labels, strength, 300)
    assert weights.shape == (4, 6) and weights.dtype == np.float32

    counts = np.bincount(labels)
    shares = ((counts.mean() / counts) ** 0.5)[labels]

    def loss(w: Matrix, b: Matrix) -> float:
        given = softmax((vectors @ w.T + b).astype(np.float64))[np.arange(100), labels]
        return float(
            -(shares * np.log(given)).sum() + 0.5 / strength * (w.astype(float) ** 2).sum()
        )

    least = loss(weights, bias)
    for _ in range(30):
        aside, above = random.normal(size=(4, 6)) * 0.05, random.normal(size=4) * 0.05
        assert loss(weights + aside, bias + above) > least
