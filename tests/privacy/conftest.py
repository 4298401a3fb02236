from __future__ import annotations

import pytest

from psl.privacy import Masker


@pytest.fixture(scope="session")
def masker() -> Masker:
    return Masker()
