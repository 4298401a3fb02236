"""One reader for all tests of the folder, and the short form in which they write details."""

from __future__ import annotations

from pathlib import Path

import pytest

from psl.details import Reader

GUIDE = Path(__file__).parents[2] / "data" / "guide"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(GUIDE)


@pytest.fixture(scope="session")
def told(reader: Reader):
    """The details of a message, "browser=Chrome" each, "!browser=Edge" for one set aside."""

    def read(text: str, asked: str | None = None) -> list[str]:
        return [
            f"{'!' if d.negated else ''}{d.kind}={d.value}" for d in reader.read(text, asked=asked)
        ]

    return read
