"""nnU-Net behind Spindle's trainer contract; run as `python -m spindle_nnunet <job directory>`."""

__version__ = "0.1.0"
