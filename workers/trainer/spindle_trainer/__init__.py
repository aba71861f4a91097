"""Trains the iterative instance segmentation (IIS) network; run as `python -m spindle_trainer <job directory>`."""

__version__ = "0.1.0"
