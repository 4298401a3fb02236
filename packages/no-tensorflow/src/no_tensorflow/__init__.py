"""Lets Rasa start where TensorFlow is not installed.

Rasa 3.6 imports TensorFlow at start, even for a bot none of whose components uses it.
`install()` registers a finder that serves empty stand-ins for the modules Rasa imports.
They are good enough to be named (base classes, annotations, `isinstance`, `except`) and for
nothing more: whatever tries to compute with them gets `TensorFlowNotInstalled`.

This file runs at the start of every interpreter of the environment (`no_tensorflow.pth`),
so it imports next to nothing; the stand-ins are loaded when somebody asks for one.
"""

from __future__ import annotations

import sys

# `typing` costs more than all the rest of this file; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from no_tensorflow.standins import TensorFlowNotInstalled

__all__ = ["MODULES", "StandInFinder", "TensorFlowNotInstalled", "install"]

# Every module of the TensorFlow family that Rasa 3.6.21 imports, and their parents.
# The list is closed on purpose: a library that merely probes for TensorFlow (thinc asks for
# `tensorflow.experimental.dlpack`) must go on finding that it is not there.
MODULES = frozenset(
    {
        "keras",
        "keras.utils",
        "keras.utils.control_flow_util",
        "tensorflow",
        "tensorflow.keras",
        "tensorflow.keras.backend",
        "tensorflow.keras.callbacks",
        "tensorflow.keras.utils",
        "tensorflow.python",
        "tensorflow.python.eager",
        "tensorflow.python.eager.wrap_function",
        "tensorflow.python.types",
        "tensorflow.python.types.core",
        "tensorflow.types",
        "tensorflow.types.experimental",
        "tensorflow_hub",
        "tensorflow_hub.module_v2",
        "tensorflow_text",
    }
)


class StandInFinder:
    """Finds stand-ins for `MODULES`; meant to be asked after every other finder."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a stand-in, or None to let the import fail as usual."""
        if fullname not in MODULES:
            return None
        from no_tensorflow import standins

        return standins.find_spec(fullname)


def install() -> None:
    """Register the finder, last in line so that real modules always win. Idempotent."""
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        sys.meta_path.append(StandInFinder())


def __getattr__(name: str) -> object:
    # Callers write `no_tensorflow.TensorFlowNotInstalled`; start-up does not pay for it.
    if name == "TensorFlowNotInstalled":
        from no_tensorflow.standins import TensorFlowNotInstalled

        return TensorFlowNotInstalled
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
