"""The reference traversal: segments a whole image vertebra by vertebra, on the working grid.

Slow and plain: it judges a network by what it is for, and checks the segmenter that serves (adapters/segmenter).
  1. Search: the patch centre starts at the low corner (0, 0, 0) and steps half a patch, x fastest, then y, then z, until a
     patch shows at least `start_mm3` of vertebra.
  2. Move: the centre goes to the middle of the bounding box of the cleaned vertebra, until it moves by at most 2 voxels on
     every axis (after `settle_passes` it goes half the way, against swinging).
  3. Accept: vertebra, the disc below it and the canal of that patch are taken; vertebra and disc enter the memories.
  4. The same patch again with the new memory; with at least `continue_mm3` of new vertebra go to 2, otherwise end.
It ends as well after 25 vertebrae and after `max_passes` network runs in all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects, label

from .presets import NetworkSpec

MAX_VERTEBRAE = 25
SETTLED_VOXELS = 2
THRESHOLD = 0.5
CANAL, DISC, PARTIAL = 100, 200, 100
FULL_CONNECTIVITY = np.ones((3, 3, 3), int)

# (3, z, y, x) patch to (3, z, y, x) probabilities and completeness.
Network = Callable[[np.ndarray], tuple[np.ndarray, float]]


@dataclass(frozen=True)
class Limits:
    """When to start, to go on and to stop; volumes in mm3."""

    start_mm3: float = 3000.0
    continue_mm3: float = 2000.0
    fragment_mm3: float = 300.0
    settle_passes: int = 6
    passes_per_vertebra: int = 10
    max_passes: int = 400


@dataclass(frozen=True)
class Traversal:
    """`labels` uint8 (z, y, x) in SPIDER's convention, vertebrae thought incomplete as 101-125; network runs made."""

    labels: np.ndarray
    passes: int


def traverse(image: np.ndarray, network: Network, spec: NetworkSpec, limits: Limits = Limits()) -> Traversal:
    """Segments a normalised working image (z, y, x)."""
    walk = Walk(image, network, spec, limits)
    for centre in search_positions(image.shape, spec.patch_zyx):
        found = walk.look(centre)
        if found.volume_mm3 >= limits.start_mm3:
            walk.climb(centre, found)
            break
        if walk.passes >= limits.max_passes:
            break
    return Traversal(walk.result(), walk.passes)


def search_positions(shape: tuple[int, ...], patch_zyx: tuple[int, int, int]):
    """Patch centres from the low corner in half-patch steps, x fastest, then y, then z."""
    for z in range(0, shape[0], patch_zyx[0] // 2):
        for y in range(0, shape[1], patch_zyx[1] // 2):
            for x in range(0, shape[2], patch_zyx[2] // 2):
                yield np.array([z, y, x])


@dataclass(frozen=True)
class Found:
    """What one patch shows: masks (z, y, x) of the patch, the cleaned vertebra's box centre in the volume, or None."""

    vertebra: np.ndarray
    disc: np.ndarray
    canal: np.ndarray
    completeness: float
    volume_mm3: float
    centre: np.ndarray | None


class Walk:
    """One image's traversal: memories, labels so far, and how often the network ran."""

    def __init__(self, image: np.ndarray, network: Network, spec: NetworkSpec, limits: Limits):
        self._image, self._network, self._spec, self._limits = image, network, spec, limits
        self._voxel_mm3 = float(np.prod(spec.spacing_mm))
        self._vertebrae = np.zeros(image.shape, np.uint8)
        self._discs = np.zeros(image.shape, np.uint8)
        self._canal = np.zeros(image.shape, bool)
        self._partial: set[int] = set()
        self.passes = 0

    def climb(self, centre: np.ndarray, found: Found) -> None:
        """From the first vertebra up to the last."""
        for number in range(1, MAX_VERTEBRAE + 1):
            centre, found = self._settle(centre, found)
            if found.volume_mm3 < self._limits.continue_mm3:
                return
            self._accept(number, centre, found)
            if self.passes >= self._limits.max_passes:
                return
            found = self.look(centre)
            if found.volume_mm3 < self._limits.continue_mm3:
                return

    def _settle(self, centre: np.ndarray, found: Found) -> tuple[np.ndarray, Found]:
        """Moves to the vertebra's middle until the patch rests; at least one more look."""
        for turn in range(self._limits.passes_per_vertebra):
            if found.centre is None:
                break
            move = found.centre - centre
            if turn >= self._limits.settle_passes:
                move = move / 2
            if turn > 0 and np.abs(move).max() <= SETTLED_VOXELS:
                break
            centre = np.floor(centre + move + 0.5).astype(int)
            found = self.look(centre)
        return centre, found

    def look(self, centre: np.ndarray) -> Found:
        """Runs the network on the patch around `centre`."""
        self.passes += 1
        image = self._cut(self._image, centre, self._spec.outside_value)
        memories = [self._cut(memory > 0, centre, 0) for memory in (self._vertebrae, self._discs)]
        probability, completeness = self._network(np.stack([image, *memories]).astype(np.float32))
        vertebra, disc, canal = probability > THRESHOLD
        vertebra = without_fragments(vertebra, self._limits.fragment_mm3 / self._voxel_mm3)
        box = find_objects(vertebra.astype(int))
        middle = None
        if box:
            start = centre - np.array(self._spec.patch_zyx) // 2
            middle = np.array([(side.start + side.stop - 1) / 2 for side in box[0]]) + start
            middle = np.clip(middle, 0, np.array(self._image.shape) - 1)
        return Found(vertebra, largest(disc), canal, completeness, vertebra.sum() * self._voxel_mm3, middle)

    def _accept(self, number: int, centre: np.ndarray, found: Found) -> None:
        inside, part = self._overlap(centre)
        new = found.vertebra[part] & (self._vertebrae[inside] == 0)
        self._vertebrae[inside][new] = number
        self._discs[inside][found.disc[part] & (self._discs[inside] == 0)] = number
        self._canal[inside] |= found.canal[part]
        if found.completeness <= THRESHOLD:
            self._partial.add(number)

    def result(self) -> np.ndarray:
        """Vertebra over disc over canal."""
        labels = np.where(largest(self._canal), CANAL, 0).astype(np.uint8)
        labels = np.where(self._discs > 0, DISC + self._discs, labels)
        labels = np.where(self._vertebrae > 0, self._vertebrae, labels)
        for number in self._partial:
            labels[self._vertebrae == number] = PARTIAL + number
        return labels.astype(np.uint8)

    def _overlap(self, centre: np.ndarray) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Where the patch and the image share voxels: slices of the image and of the patch."""
        start = centre - np.array(self._spec.patch_zyx) // 2
        low = np.maximum(start, 0)
        high = np.maximum(np.minimum(start + self._spec.patch_zyx, self._image.shape), low)
        return (
            tuple(slice(a, b) for a, b in zip(low, high, strict=True)),
            tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True)),
        )

    def _cut(self, volume: np.ndarray, centre: np.ndarray, outside: float) -> np.ndarray:
        inside, part = self._overlap(centre)
        patch = np.full(self._spec.patch_zyx, outside, np.float32)
        patch[part] = volume[inside]
        return patch


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest 26-connected component; all false when empty."""
    components, count = label(mask, FULL_CONNECTIVITY)
    if count <= 1:
        return mask
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return components == sizes.argmax()


def without_fragments(mask: np.ndarray, least_voxels: float) -> np.ndarray:
    """The mask without 26-connected components smaller than `least_voxels`."""
    components, count = label(mask, FULL_CONNECTIVITY)
    if count == 0:
        return mask
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return (sizes >= least_voxels)[components]


def dice_by_structure(found: np.ndarray, truth: np.ndarray) -> dict[int, float]:
    """Dice of every true structure with the found structure of its class that overlaps it most; 0 where none does."""
    scores = {}
    for wanted in np.unique(truth[truth > 0]):
        mine = truth == wanted
        candidates = [each for each in np.unique(found[mine]) if each > 0 and same_class(each, wanted)]
        dice = [2 * (mine & (found == each)).sum() / (mine.sum() + (found == each).sum()) for each in candidates]
        scores[int(wanted)] = float(max(dice, default=0.0))
    return scores


def same_class(a: int, b: int) -> bool:
    def kind(each: int) -> str:
        return "disc" if each > DISC else "canal" if each == CANAL else "vertebra"

    return kind(a) == kind(b)
