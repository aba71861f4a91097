"""Helpers of the other trainer's tests (spines of blocks, job directories) are on the path; see pyproject.toml."""
