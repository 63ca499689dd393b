"""Keeps what a process has in memory out of files that the system would write of it. Any thread."""

import os
import sys

_PR_SET_DUMPABLE = 4
_NO_HEAP = 1
_NO_FAULT_WINDOW = 0x8003


def keep_memory_private() -> None:
    """No core dump of this process, not even one that the system hands to a collector, and no other program of the same
    user may read its memory (Linux). On Windows no heap goes into an error report. For the whole process, first of all;
    children that run another program begin anew. What a system does not offer is left out."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - each system loads its own

        kernel = ctypes.WinDLL("kernel32")
        kernel.SetErrorMode(_NO_FAULT_WINDOW)
        kernel.WerSetFlags(_NO_HEAP)
    elif os.name == "posix":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            # A dump that is piped to a collector ignores the limit.
            import ctypes  # noqa: PLC0415

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
