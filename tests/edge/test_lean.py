"""What serving leaves out is left out only while Rasa is loaded, and says so when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot import lean
from psl.settings import PROJECT_ROOT


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_left_out_module_is_empty_within_and_real_afterwards() -> None:
    printed = run(
        "from bot import lean\n"
        "with lean.imports():\n"
        "    import sklearn.base as within\n"
        "    print(type(within).__name__, isinstance(within.Anything, type))\n"
        "import sklearn.base as after\n"
        "print(type(after).__name__, hasattr(after, 'BaseEstimator'), hasattr(after, 'Anything'))"
    )
    assert printed.splitlines() == ["_Empty True", "module True False"]


def test_using_one_says_what_it_was() -> None:
    with lean.imports():
        from boto3.dynamodb.conditions import Key
    with pytest.raises(lean.NotLoaded, match=r"boto3\.dynamodb\.conditions\.Key is left out"):
        Key("x")


def test_serving_loads_no_training_library() -> None:
    printed = run(
        "import sys\n"
        "import bot.app\n"
        "print(sorted(lean for lean in ('sklearn', 'boto3', 'twilio', 'matplotlib', 'tensorflow') "
        "if getattr(sys.modules.get(lean), '__file__', None)))"
    )
    assert printed == "[]"
