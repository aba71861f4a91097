"""`python -m spindle_trainer <job directory>`."""

import sys

from .allocator import keep_freed_memory

if __name__ == "__main__":
    keep_freed_memory("spindle_trainer", sys.argv[1:])
    from .run import main  # imports PyTorch, so only after the restart

    sys.exit(main(sys.argv[1:]))
