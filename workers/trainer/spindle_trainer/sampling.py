"""Draws training samples as a traversal meets them: what a patch shows and how it is changed, as numbers; patches.py makes it.

The traversal goes from feet to head. While it searches, nothing is in memory; then, for each vertebra, the patch shows it
with everything below in memory, first from the position of the vertebra beneath, then centred; at the end everything is in
memory and nothing is left to find. Each of these is a kind of sample here. Label 1 is the lowest vertebra, so memory is every
smaller label (the published code counts the other way round).
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .augment import deformation, intensity, perturbation
from .cases import WorkingCase
from .presets import NetworkSpec

# Shares of the kinds of samples that are not `empty`.
KINDS = {"near": 0.45, "from-below": 0.3, "search": 0.25}
EMPTY_EVERY = 4
CUT_PROBABILITY = 0.15
# The label of a search: the lowest vertebra in view, with nothing in memory.
LOWEST = 0


class Draws(NamedTuple):
    """A batch of samples as numbers, all on the CPU, with the batch as first axis; augment.py has what the changes are."""

    case: Tensor  # where in the sampler's cases
    label: Tensor  # to find in the patch; LOWEST: the lowest in view
    matrix: Tensor
    middle: Tensor
    nodes: Tensor
    scale: Tensor
    view: Tensor  # (b, 2): the slices, from and to below, that the field of view reaches
    intensity: Tensor  # (b, 6): all of Intensity but the bias field
    bias: Tensor
    shift: Tensor
    bites: Tensor
    class_weights: Tensor  # (b, 3): 0 where a class was not annotated
    noise_seed: Tensor


class Sampler:
    """Draws sample number n of a seed: the same n gives the same sample, so a resumed run continues as it would have."""

    def __init__(self, cases: list[WorkingCase], spec: NetworkSpec, seed: int, augmented: bool = True):
        self.cases, self.spec = cases, spec
        self._seed, self._augmented = seed, augmented
        self._spacing = np.array(spec.spacing_mm[::-1])
        self._numbers = {id(each): number for number, each in enumerate(cases)}

    def draw(self, numbers: range) -> Draws:
        """Samples of these numbers."""
        columns = zip(*(self._one(number) for number in numbers), strict=True)
        return Draws(*(torch.from_numpy(np.stack(column)) for column in columns))

    def _one(self, number: int) -> tuple[np.ndarray, ...]:
        rng = np.random.default_rng([self._seed, number])
        case = choose_case(self.cases, rng)
        centre, label = self._aim(case, number, rng)
        centre = np.clip(centre, 0, np.array(case.labels.shape) - 1)
        changes = rng if self._augmented else None
        placed = deformation(centre, self.spec.patch_zyx, self._spacing, changes)
        view = field_of_view(self.spec.patch_zyx[0], changes)
        look, worn = intensity(changes), perturbation(self.spec.patch_zyx, changes)
        single = np.float32
        return (
            np.int64(self._numbers[id(case)]), np.int64(label),
            placed.matrix.astype(single), placed.middle.astype(single), placed.nodes.astype(single), single(placed.scale),
            np.array(view), np.array(look[:-1], single), look.bias.astype(single),
            worn.shift, worn.bites, case.class_weights, rng.integers(2**62),
        )  # fmt: skip

    def _aim(self, case: WorkingCase, number: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
        """Where the patch is and which label is to be found in it."""
        top = max(case.vertebrae)
        if number % EMPTY_EVERY == EMPTY_EVERY - 1:
            at_top = rng.random() < 0.6
            label = top if at_top else int(rng.choice(list(case.vertebrae)))
            return case.vertebrae[label].centre + self._jitter(rng, 0.15), top + 1
        kind = rng.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "search":
            return self._search_centre(case, rng), LOWEST
        label = int(rng.choice(list(case.vertebrae)))
        below = case.vertebrae.get(label - 1)
        if kind == "from-below" and below:
            return below.centre + self._jitter(rng, 0.08), label
        spread = 0.06 if rng.random() < 0.6 else 0.3
        return case.vertebrae[label].centre + self._jitter(rng, spread), label

    def _jitter(self, rng: np.random.Generator, spread: float) -> np.ndarray:
        return rng.normal(0, spread, 3) * self.spec.patch_zyx

    def _search_centre(self, case: WorkingCase, rng: np.random.Generator) -> np.ndarray:
        """A position of the sweep from the low corner up to just above the lowest vertebra."""
        lowest = case.vertebrae[min(case.vertebrae)]
        ceiling = lowest.high[0] + self.spec.patch_zyx[0] / 4
        return rng.uniform(0, 1, 3) * [ceiling, *(np.array(case.labels.shape[1:]) - 1)]


def choose_case(cases: list[WorkingCase], rng: np.random.Generator) -> WorkingCase:
    """Draws a sequence, then a hospital that has it, then a patient, then a series, each evenly: no group drowns another."""
    for part in ("sequence", "hospital", "patient"):
        groups = sorted({getattr(each.case, part) for each in cases})
        group = groups[rng.integers(len(groups))]
        cases = [each for each in cases if getattr(each.case, part) == group]
    return cases[rng.integers(len(cases))]


def field_of_view(slices: int, rng: np.random.Generator | None) -> tuple[int, int]:
    """Which slices of a patch are imaged: all, or now and then those below or above a random plane."""
    if rng is None or rng.random() >= CUT_PROBABILITY:
        return 0, slices
    plane = int(rng.integers(1, slices))
    return (0, plane) if rng.random() < 0.7 else (plane, slices)
