"""Draws training patches as a traversal meets them.

The traversal goes from feet to head. While it searches, nothing is in memory; then, for each vertebra, the patch shows it
with everything below in memory, first from the position of the vertebra beneath, then centred; at the end everything is in
memory and nothing is left to find. Each of these is a kind of sample here. Label 1 is the lowest vertebra, so memory is every
smaller label (the published code counts the other way round).
"""

from dataclasses import dataclass

import numpy as np

from .augment import perturb_memory, placement, take, vary_intensity
from .cases import CANAL, DISC, VERTEBRAE, WorkingCase
from .presets import NetworkSpec

COMPLETE_SHARE = 0.98
# Shares of the kinds of samples that are not `empty`.
KINDS = {"near": 0.45, "from-below": 0.3, "search": 0.25}
EMPTY_EVERY = 4
CUT_PROBABILITY = 0.15


@dataclass(frozen=True)
class Sample:
    """Arrays (3, z, y, x): `patch` image and memories, `target` vertebra, disc, canal. Weights are 0 where nothing is known."""

    patch: np.ndarray
    target: np.ndarray
    class_weights: np.ndarray  # (3,)
    complete: float
    complete_weight: float


class Sampler:
    """Draws sample number n of a seed: the same n gives the same sample, so a resumed run continues as it would have."""

    def __init__(self, cases: list[WorkingCase], spec: NetworkSpec, seed: int, augmented: bool = True):
        self._cases, self._spec, self._seed, self._augmented = cases, spec, seed, augmented
        self._spacing = np.array(spec.spacing_mm[::-1])

    def sample(self, number: int) -> Sample:
        rng = np.random.default_rng([self._seed, number])
        case = choose_case(self._cases, rng)
        top = max(case.vertebrae)
        if number % EMPTY_EVERY == EMPTY_EVERY - 1:
            at_top = rng.random() < 0.6
            label = top if at_top else int(rng.choice(list(case.vertebrae)))
            return self._patch(case, case.vertebrae[label].centre + self._jitter(rng, 0.15), top + 1, rng)
        kind = rng.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "search":
            return self._patch(case, self._search_centre(case, rng), None, rng)
        label = int(rng.choice(list(case.vertebrae)))
        below = case.vertebrae.get(label - 1)
        if kind == "from-below" and below:
            return self._patch(case, below.centre + self._jitter(rng, 0.08), label, rng)
        spread = 0.06 if rng.random() < 0.6 else 0.3
        return self._patch(case, case.vertebrae[label].centre + self._jitter(rng, spread), label, rng)

    def _jitter(self, rng: np.random.Generator, spread: float) -> np.ndarray:
        return rng.normal(0, spread, 3) * self._spec.patch_zyx

    def _search_centre(self, case: WorkingCase, rng: np.random.Generator) -> np.ndarray:
        """A position of the sweep from the low corner up to just above the lowest vertebra."""
        lowest = case.vertebrae[min(case.vertebrae)]
        ceiling = lowest.high[0] + self._spec.patch_zyx[0] / 4
        return rng.uniform(0, 1, 3) * [ceiling, *(np.array(case.labels.shape[1:]) - 1)]

    def _patch(
        self, case: WorkingCase, centre: np.ndarray, label: int | None, rng: np.random.Generator
    ) -> Sample:
        """The patch around `centre` in which `label` is to be found; None: the lowest in view, with nothing in memory."""
        centre = np.clip(centre, 0, np.array(case.labels.shape) - 1)
        place = placement(centre, self._spec.patch_zyx, self._spacing, rng if self._augmented else None)
        image = take(case.image, place.index, 1, self._spec.outside_value)
        labels = take(case.labels, place.index, 0, 0)
        if self._augmented and rng.random() < CUT_PROBABILITY:
            cut_along_spine(image, labels, self._spec.outside_value, rng)
        # A search has found nothing yet: nothing is in memory, not even what a patch shows below the lowest vertebra.
        memories = np.zeros((2, *labels.shape), bool) if label is None else np.stack(memories_below(labels, label))
        if label is None:
            label = lowest_in_view(labels)
        vertebra = case.vertebrae.get(label)
        complete = vertebra is not None and is_complete(labels == label, image, vertebra, place.scale, self._spec)
        target = np.stack(target_of(labels, label)).astype(np.float32)
        if self._augmented:
            image = vary_intensity(image, image != self._spec.outside_value, rng)
            memories = np.stack([perturb_memory(memory, rng) for memory in memories])
        known = float(target[0].any())
        return Sample(
            np.concatenate([image[None], memories], dtype=np.float32), target, case.class_weights, float(complete), known
        )


def choose_case(cases: list[WorkingCase], rng: np.random.Generator) -> WorkingCase:
    """Draws a sequence, then a hospital that has it, then a patient, then a series, each evenly: no group drowns another."""
    for part in ("sequence", "hospital", "patient"):
        groups = sorted({getattr(each.case, part) for each in cases})
        group = groups[rng.integers(len(groups))]
        cases = [each for each in cases if getattr(each.case, part) == group]
    return cases[rng.integers(len(cases))]


def memories_below(labels: np.ndarray, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertebra and disc memory when `label` is next: every vertebra and disc of a smaller number."""
    return (labels >= 1) & (labels < min(label, VERTEBRAE.stop)), (labels > DISC) & (labels < DISC + label)


def target_of(labels: np.ndarray, label: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is to be found: the vertebra, the disc below it, and the canal (always)."""
    present = label in VERTEBRAE and bool((labels == label).any())
    disc = (labels == DISC + label) if present else np.zeros(labels.shape, bool)
    vertebra = (labels == label) if present else np.zeros(labels.shape, bool)
    return vertebra, disc, labels == CANAL


def lowest_in_view(labels: np.ndarray) -> int:
    """The smallest vertebra label in the patch; one above all where there is none."""
    vertebrae = labels[(labels >= 1) & (labels < VERTEBRAE.stop)]
    return int(vertebrae.min()) if vertebrae.size else VERTEBRAE.stop


def cut_along_spine(image: np.ndarray, labels: np.ndarray, outside: float, rng: np.random.Generator) -> None:
    """Ends the field of view inside the patch, above or below a random plane, in place."""
    plane = int(rng.integers(1, image.shape[0]))
    gone = slice(plane, None) if rng.random() < 0.7 else slice(None, plane)
    image[gone] = outside
    labels[gone] = 0


def is_complete(found: np.ndarray, image: np.ndarray, vertebra, scale: float, spec: NetworkSpec) -> bool:
    """Whether at least 98 % of a vertebra, itself completely imaged, is in the patch.

    A vertebra that touches neither the patch's border nor the end of the image is all there; counting voxels of a deformed
    patch would be off by more than the 2 %.
    """
    if not vertebra.complete or not found.any():
        return False
    where = np.argwhere(found)
    low, high = where.min(axis=0), where.max(axis=0)
    inner = (low > 0).all() and (high < np.array(found.shape) - 1).all()
    if inner and (image[low[0] - 1] != spec.outside_value).any() and (image[high[0] + 1] != spec.outside_value).any():
        return True
    return len(where) * scale >= COMPLETE_SHARE * vertebra.voxels
