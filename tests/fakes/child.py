"""A process of its own for one piece of work, so that a test can let it die anywhere."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

FAILED = 1


def run_in_child(work: Callable[[], object]) -> int:
    """Fork, run `work` in the child, and return the child's exit status: 0 done, 1 an exception, else what it chose."""
    with warnings.catch_warnings():
        # Python 3.12 warns when other threads exist; pytest-xdist has some, and the child touches none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = FAILED
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
