"""Rasa without what serving never uses: SDKs of channels and stores that are off, and training.

Rasa imports the software kits of all its built-in channels and tracker stores, and scikit-learn,
at start. Serving uses none of them: our channels are our own, and prediction needs numpy alone.
While Rasa is imported and a model is loaded, these modules are stood in for by empty ones, which
saves about 60 MB and half a second; afterwards they can be imported as ever.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

# Only what is neither used by our pipeline, policies and stores, nor by spaCy or Presidio.
UNUSED = frozenset(
    {
        "aiogram",
        "boto3",
        "botocore",
        "fbmessenger",
        "matplotlib",
        "mattermostwrapper",
        "pymongo",
        "rocketchat_API",
        "sklearn",
        "slack_sdk",
        "twilio",
        "webexteamssdk",
    }
)


class NotLoaded(RuntimeError):
    """Something used a module that is left out while serving."""


def _placeholder(name: str) -> type:
    def refuse(self: object, *_: Any, **__: Any) -> NoReturn:
        raise NotLoaded(f"{name} is left out while serving; see bot/lean.py.")

    return type(name.rpartition(".")[2], (), {"__init__": refuse})


class _Empty(ModuleType):
    """A module in which every public name is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _placeholder(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] in UNUSED:
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


@contextmanager
def imports() -> Iterator[None]:
    """Within it the unused modules are empty; what was imported before stays as it is."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        # Rasa 3.6 uses much that is deprecated; whoever starts the assistant cannot mend it.
        # Recorded and dropped, because sanic and SQLAlchemy set filters of their own on import.
        with warnings.catch_warnings(record=True):
            yield
    finally:
        sys.meta_path.remove(finder)
        for name in [n for n, module in sys.modules.items() if isinstance(module, _Empty)]:
            del sys.modules[name]
