"""SPIDER's labels as nnU-Net's classes, such that structures can be told apart again.

nnU-Net knows classes, not instances. Three classes are not enough: the joints behind the canal touch, in masks of real spines
as well, so all vertebrae would be one piece. A class of its own for each level can't be told from a patch that doesn't reach
the lowest vertebra. So a fourth class marks where two vertebrae meet; it can be seen in any patch, and adapters/segmenter
grows the vertebral bodies up to it (docs/trainer.md has the figures).
"""

import numpy as np

BACKGROUND, VERTEBRA, DISC, CANAL, CONTACT, IGNORE = range(6)
CLASS_NAMES = ("background", "vertebra", "disc", "canal", "vertebra-contact")

CANAL_LABEL = 100


def classes_of(labels: np.ndarray, annotated: frozenset[str], reach: tuple[int, int, int] = (1, 1, 1)) -> np.ndarray:
    """Classes (z, y, x) uint8 of a mask in SPIDER's labels.

    `reach` is how far, in voxels per axis (z, y, x), another vertebra may be for a voxel to be `CONTACT`. Where a class was not
    annotated, background is `IGNORE`: it must teach nothing.
    """
    vertebra = np.where((labels >= 1) & (labels <= 25), labels, 0) + np.where((labels >= 101) & (labels <= 125), labels - 100, 0)
    whole = {"vertebra", "disc", "canal"} <= annotated
    classes = np.full(labels.shape, BACKGROUND if whole else IGNORE, np.uint8)
    classes[vertebra > 0] = VERTEBRA
    classes[(labels >= 201) & (labels <= 225)] = DISC
    classes[labels == CANAL_LABEL] = CANAL
    classes[contact_of(vertebra, reach)] = CONTACT
    return classes


def contact_of(vertebra: np.ndarray, reach: tuple[int, int, int]) -> np.ndarray:
    """Where a vertebra (numbered from 1, 0 outside) has a voxel of another one within a box of `reach` voxels around it."""
    number = vertebra.astype(np.int16)
    highest = number
    lowest = np.where(number > 0, number, np.iinfo(np.int16).max)  # background is nobody's neighbour
    for axis, voxels in enumerate(reach):
        highest = _extreme(highest, axis, voxels, np.maximum)
        lowest = _extreme(lowest, axis, voxels, np.minimum)
    return (number > 0) & ((highest != number) | (lowest != number))


def _extreme(values: np.ndarray, axis: int, voxels: int, pick: np.ufunc) -> np.ndarray:
    """The largest (or smallest) value within `voxels` steps along one axis, both ways."""
    out = values.copy()
    length = values.shape[axis]
    for step in range(1, min(voxels, length - 1) + 1):
        near, far = _between(axis, 0, length - step), _between(axis, step, length)
        out[near] = pick(out[near], values[far])
        out[far] = pick(out[far], values[near])
    return out


def _between(axis: int, start: int, stop: int) -> tuple[slice, ...]:
    return tuple(slice(start, stop) if each == axis else slice(None) for each in range(3))
