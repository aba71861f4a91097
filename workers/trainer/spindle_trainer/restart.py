"""Starts the interpreter once more with settings that the libraries below PyTorch read before anything else runs.

  1. glibc keeps freed memory in the process. By default it returns every large block to the system, and each step of a small
     network then pays for thousands of page faults.
  2. Threads that wait for each other sleep. By default they spin, and where other processes want the cores, one thread burns
     the time that the other waits for: seven times the CPU time for the same step, on two busy cores.
The process id stays the same, so whoever sends SIGTERM still reaches it.
"""

import os
import sys

SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
    "OMP_WAIT_POLICY": "PASSIVE",
}


def restart_with_settings(module: str, arguments: list[str]) -> None:
    """Replaces the process by `python -m module arguments` with the settings; what the environment has already stays as it is."""
    if not sys.platform.startswith("linux") or all(name in os.environ for name in SETTINGS):
        return
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], {**SETTINGS, **os.environ})
