"""Makes glibc keep freed memory in the process.

By default it returns every large block to the system, and each step of a small network then pays for thousands of page
faults. The variables are read before main(), so they are set by starting the interpreter once more: same process id, so
whoever sends SIGTERM still reaches it.
"""

import os
import sys

SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}


def keep_freed_memory(module: str, arguments: list[str]) -> None:
    """Replaces the process by `python -m module arguments` with the settings, unless any of them is set already."""
    if not sys.platform.startswith("linux") or any(name in os.environ for name in SETTINGS):
        return
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], {**os.environ, **SETTINGS})
