"""Settings of the Python interpreter for a server."""

import gc
import sys

_GC_THRESHOLD = 2_000
"""New objects before the garbage collector looks for cycles: a request leaves a few dozen. Python's default is 700.

With ten thousand, what was left filled the processor's cache, and requests took longer than with 700.
"""
_SWITCH_SECONDS = 0.0005
"""How long a thread that works on a snapshot may keep the others waiting; Python's default is 5 ms."""


def tune_interpreter() -> None:
    """Tune thread switching and garbage collection, once what stays is imported and built."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()  # what exists now stays, and need not be scanned again
    gc.enable()
    gc.set_threshold(_GC_THRESHOLD)
