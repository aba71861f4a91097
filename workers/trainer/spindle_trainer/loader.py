"""Batches in their order: processes draw their numbers ahead where a GPU would wait; patches are made where they train."""

import os
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from .errors import InvalidSettingError
from .patches import Batch, make_patches
from .sampling import Draws, Sampler
from .volumes import Volumes

LAST_STEP = 2**40
AHEAD = 8
MOST_BY_DEFAULT = 4


class BatchDraws(Dataset):
    """What batch number n of a training shows: the same n gives the same, in whichever process it is drawn."""

    def __init__(self, sampler: Sampler, size: int):
        self._sampler, self._size = sampler, size

    def __getitem__(self, number: int) -> Draws:
        return self._sampler.draw(range(number * self._size, (number + 1) * self._size))


def batches_from(step: int, sampler: Sampler, size: int, volumes: Volumes, workers: int) -> Iterator[Batch]:
    """Batches `step`, `step + 1`, … of `size` samples, without end. With 0 workers each is drawn when it is asked for."""
    loader = DataLoader(
        BatchDraws(sampler, size),
        batch_size=None,
        sampler=range(step, LAST_STEP),
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        # They hold no GPU: the arrays are mapped, so that a fork shares them.
        multiprocessing_context="fork" if workers else None,
        pin_memory=volumes.device.type == "cuda",
    )
    for draws in loader:
        yield make_patches(draws, volumes, sampler.spec)


def loader_workers(device: torch.device) -> int:
    """SPINDLE_TRAINER_LOADERS; by default one a CPU but one, up to 4, beside a GPU, and none where the CPU trains itself."""
    given = os.environ.get("SPINDLE_TRAINER_LOADERS", "")
    if not given:
        return min(len(os.sched_getaffinity(0)) - 1, MOST_BY_DEFAULT) if device.type == "cuda" else 0
    if not given.isdecimal():
        raise InvalidSettingError("SPINDLE_TRAINER_LOADERS", "a whole number from 0", given)
    return int(given)
