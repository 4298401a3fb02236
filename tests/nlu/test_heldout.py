"""Understanding, examined on wording that is in no training file (see docs/contributors.md)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from psl.settings import PROJECT_ROOT
from tests.stack import Stack

HERE = Path(__file__).parent


def examples(path: Path) -> list[tuple[str, str]]:
    """(text, intent) of a Rasa NLU file."""
    return [
        (line.removeprefix("- ").strip(), entry["intent"])
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in entry["examples"].splitlines()
        if line.startswith("- ")
    ]


@pytest.fixture(scope="module")
def unseen() -> list[tuple[str, str]]:
    trained = {
        text.lower()
        for path in (PROJECT_ROOT / "data" / "nlu").glob("*.yml")
        for text, _ in examples(path)
    }
    held_out = [pair for pair in examples(HERE / "heldout.yml") if pair[0].lower() not in trained]
    assert len(held_out) > 1000, "the held-out set must not leak into the training data"
    return held_out


async def test_unseen_wording_is_understood(stack: Stack, unseen: list[tuple[str, str]]) -> None:
    outcomes: Counter[str] = Counter()
    wrong = []
    for text, intent in unseen:
        parsed = await stack.brain.parse(text)
        best = parsed["intent_ranking"][0]["name"]
        decided = parsed["intent"]["name"]
        outcomes["first"] += best == intent
        outcomes["among three"] += intent in [r["name"] for r in parsed["intent_ranking"][:3]]
        if decided not in {intent, "nlu_fallback"}:
            outcomes["sure and wrong"] += 1
            wrong.append(f"{text!r} is {intent}, not {decided}")
    share = {name: count / len(unseen) for name, count in outcomes.items()}
    told = f"{share}\n" + "\n".join(wrong)
    assert share["first"] >= 0.90, told
    assert share["among three"] >= 0.96, told
    assert share["sure and wrong"] <= 0.06, told
