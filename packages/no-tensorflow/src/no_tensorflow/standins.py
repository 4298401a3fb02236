"""The stand-ins: modules whose every public attribute is an empty placeholder class."""

from __future__ import annotations

import importlib
import sys
from abc import ABCMeta
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

from no_tensorflow import MODULES

# A placeholder keeps its full name here. A class that inherits from a placeholder does not
# have it in its own namespace: that is how the two are told apart.
_NAME = "__stand_in_for__"


class TensorFlowNotInstalled(ModuleNotFoundError):
    """Something really needs TensorFlow, and only its stand-in is here."""

    def __init__(self, needed: str) -> None:
        super().__init__(
            f"{needed} needs TensorFlow, which is not installed. Either install it "
            "(`uv sync --extra diet`), or take out of config.yml the component that uses it "
            "(DIETClassifier, ResponseSelector, TEDPolicy and UnexpecTEDIntentPolicy do).",
            name="tensorflow",
        )
        self.needed = needed

    def __reduce__(self) -> tuple[type[TensorFlowNotInstalled], tuple[str]]:
        return TensorFlowNotInstalled, (self.needed,)


def _refuse(needed: str) -> NoReturn:
    rasa_exceptions = sys.modules.get("rasa.shared.exceptions")
    if rasa_exceptions is None:
        raise TensorFlowNotInstalled(needed)
    # Rasa's command line prints its own kind of exception as one line, and buries any other
    # under the traceback of the graph runner.
    bases = (TensorFlowNotInstalled, rasa_exceptions.RasaException)
    raise type("TensorFlowNotInstalled", bases, {"__module__": __name__})(needed)


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """Do what was asked, of nothing."""


def _no_devices(*_args: Any, **_kwargs: Any) -> list[Any]:
    return []


def _decorate(function: Callable[..., Any] | None = None, **_options: Any) -> Any:
    return function if function is not None else lambda decorated: decorated


# The only calls that are answered: those made while modules are imported or a command starts,
# whatever the pipeline, and whose honest answer without TensorFlow is known.
ALLOWED_CALLS: dict[str, Callable[..., Any]] = {
    # Every `rasa` command sets TensorFlow's thread counts if TF_INTER_OP_PARALLELISM_THREADS or
    # TF_INTRA_OP_PARALLELISM_THREADS is set: there are no threads to count.
    "tensorflow.config.threading.set_inter_op_parallelism_threads": _nothing,
    "tensorflow.config.threading.set_intra_op_parallelism_threads": _nothing,
    # Every `rasa` command asks for GPUs if TF_GPU_MEMORY_ALLOC is set, and warns if there are none.
    "tensorflow.config.list_physical_devices": _no_devices,
    # A `random_seed` seeds every random generator there is: this one is not there.
    "tensorflow.random.set_seed": _nothing,
    # Decorating happens at import; the decorated function is refused once it calls an operation.
    "tensorflow.function": _decorate,
}


class Placeholder(ABCMeta):
    """Metaclass of the placeholders and of the classes that inherit from them.

    It derives from ABCMeta because a class may mix a TensorFlow base with an abstract one.
    """

    def __getattr__(cls, name: str) -> Any:
        # copy, pickle, inspect, doctest and mocks probe objects for underscore names, and take
        # any answer but AttributeError for the real thing. A class that inherits from a
        # placeholder has the attributes it was given and no others.
        if name.startswith("_") or _NAME not in cls.__dict__:
            raise AttributeError(f"type object {cls.__qualname__!r} has no attribute {name!r}")
        return _member(cls.__dict__[_NAME], name)

    def __call__(cls, *_args: Any, **_kwargs: Any) -> NoReturn:
        original = next(base.__dict__[_NAME] for base in cls.__mro__ if _NAME in base.__dict__)
        if _NAME in cls.__dict__:
            _refuse(f"`{original}`")
        _refuse(f"`{cls.__module__}.{cls.__qualname__}` (a `{original}`)")

    def __repr__(cls) -> str:
        if _NAME in cls.__dict__:
            return f"<stand-in for {cls.__dict__[_NAME]}>"
        return super().__repr__()


class StandInModule(ModuleType):
    """A module of the family that makes up its public attributes on demand."""

    # Read for display and comparison; no requirement matches it by accident.
    __version__ = "0+not.installed"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        full_name = f"{self.__name__}.{name}"
        if full_name in MODULES:
            return importlib.import_module(full_name)
        return _member(self.__name__, name)


# One object per name, so that `is`, pickling by name and `except` work as they do for classes.
_members: dict[str, Any] = {}


def _member(parent: str, name: str) -> Any:
    full_name = f"{parent}.{name}"
    if full_name in ALLOWED_CALLS:
        return ALLOWED_CALLS[full_name]
    if full_name not in _members:
        module = parent
        while module not in MODULES:
            module = module.rpartition(".")[0]
        namespace = {
            _NAME: full_name,
            "__module__": module,
            "__qualname__": full_name[len(module) + 1 :],
        }
        # `except tf.errors.NotFoundError` is an error itself unless it names an exception.
        base = Exception if parent.endswith(".errors") else object
        _members.setdefault(full_name, Placeholder(name, (base,), namespace))
    return _members[full_name]


class _Loader:
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandInModule(spec.name, "Stand-in: TensorFlow is not installed.")

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: attributes are made when they are asked for."""


def find_spec(full_name: str) -> ModuleSpec | None:
    """Return the spec of a stand-in, unless it would mix with a real package."""
    root = full_name.partition(".")[0]
    if root != full_name:
        # A real package that lacks a module must say so itself.
        if not isinstance(sys.modules.get(root), StandInModule):
            return None
    elif root != "tensorflow" and PathFinder.find_spec("tensorflow") is not None:
        # Beside the real TensorFlow, a missing companion is simply missing.
        return None
    return ModuleSpec(full_name, _Loader(), is_package=True)  # type: ignore[arg-type]
