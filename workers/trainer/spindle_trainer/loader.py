"""Batches in their order, drawn ahead by worker processes where a GPU would otherwise wait for them."""

import os
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from .errors import InvalidSettingError
from .sampling import Sample, Sampler

LAST_STEP = 2**40
AHEAD = 4
MOST_BY_DEFAULT = 15


class Batches(Dataset):
    """Batch number n of a training: the same n gives the same batch, in whichever process it is drawn."""

    def __init__(self, sampler: Sampler, size: int):
        self._sampler, self._size = sampler, size

    def __getitem__(self, number: int) -> tuple[torch.Tensor, ...]:
        return batch_of([self._sampler.sample(number * self._size + at) for at in range(self._size)])


def batches_from(step: int, batches: Batches, device: torch.device, workers: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """Batches `step`, `step + 1`, … on `device`, without end. With 0 workers each is drawn when it is asked for."""
    loader = DataLoader(
        batches,
        batch_size=None,
        sampler=range(step, LAST_STEP),
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        # They hold no GPU: the arrays are mapped, so that a fork shares them.
        multiprocessing_context="fork" if workers else None,
        pin_memory=device.type == "cuda",
    )
    for batch in loader:
        yield tuple(each.to(device, non_blocking=True) for each in batch)


def loader_workers(device: torch.device) -> int:
    """SPINDLE_TRAINER_LOADERS; by default one a CPU but one, up to 15, beside a GPU, and none where the CPU trains itself."""
    given = os.environ.get("SPINDLE_TRAINER_LOADERS", "")
    if not given:
        return min(len(os.sched_getaffinity(0)) - 1, MOST_BY_DEFAULT) if device.type == "cuda" else 0
    if not given.isdecimal():
        raise InvalidSettingError("SPINDLE_TRAINER_LOADERS", "a whole number from 0", given)
    return int(given)


def batch_of(samples: list[Sample]) -> tuple[torch.Tensor, ...]:
    """Patches and targets (b, 3, z, y, x), class weights (b, 3), completeness and whether it is known (b,)."""
    patch, target = (torch.stack([torch.from_numpy(getattr(s, name)) for s in samples]) for name in ("patch", "target"))
    classes = torch.stack([torch.from_numpy(s.class_weights) for s in samples])
    complete = torch.tensor([s.complete for s in samples])
    known = torch.tensor([s.complete_weight for s in samples])
    return patch.contiguous(memory_format=torch.channels_last_3d), target, classes, complete, known
