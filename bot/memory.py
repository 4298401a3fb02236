"""Memory that loading needed and running does not."""

from __future__ import annotations

import ctypes
import ctypes.util
import gc


def give_back() -> None:
    """Return freed memory to the system; without glibc nothing happens.

    Loading the encoder leaves some 60 MB of freed pages in the allocator (its weights are
    unpacked once), which would otherwise stay with the process.
    """
    gc.collect()
    library = ctypes.util.find_library("c")
    trim = getattr(ctypes.CDLL(library), "malloc_trim", None) if library else None
    if trim is not None:
        trim(0)
