"""Every invented example: what must go goes, alone; what must stay stays."""

from __future__ import annotations

import re

import pytest

from psl.privacy import Masker
from psl.privacy.kinds import MARKS

from .tables import CAUGHT, DOUBTFUL, KEPT

_SECRET = re.compile("«([^»]*)»")


def _plain(example: str) -> str:
    return example.replace("«", "").replace("»", "")


@pytest.mark.parametrize(
    ("kind", "example"),
    [(kind, example) for kind, examples in CAUGHT.items() for example in examples],
)
def test_goes(masker: Masker, kind: str, example: str) -> None:
    masked = masker.mask(_plain(example))
    assert masked.text == _SECRET.sub("\0", example).replace("\0", MARKS[kind])
    assert masked.removed == (kind,)
    assert not masked.doubtful_number


@pytest.mark.parametrize("example", DOUBTFUL)
def test_doubtful(masker: Masker, example: str) -> None:
    masked = masker.mask(_plain(example))
    assert masked.text == _SECRET.sub(MARKS["doubtful"], example)
    assert masked.doubtful_number
    assert masked.removed == ()


@pytest.mark.parametrize("example", KEPT)
def test_stays(masker: Masker, example: str) -> None:
    masked = masker.mask(example)
    assert masked.text == example
    assert not masked.changed
