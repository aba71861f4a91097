"""`python -m spindle_trainer <job directory>`."""

import sys

from .restart import restart_with_settings

if __name__ == "__main__":
    restart_with_settings("spindle_trainer", sys.argv[1:])
    from .run import main  # imports PyTorch, so only after the restart

    sys.exit(main(sys.argv[1:]))
