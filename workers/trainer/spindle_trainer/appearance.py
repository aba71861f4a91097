"""What the structures of the training set look like: the card carries it, so that a segmenter can tell what looks like none.

Four figures of a structure, on the working grid (adapters/segmenter/appearance.ts measures the same):
  intensity   mean of the normalised image inside
  unevenness  its standard deviation inside
  edge        ln of the mean step of intensity between face neighbours across the border, over that between two inside
  size        ln of the volume in mm3; of vertebrae only where they are completely in view
"""

from collections import defaultdict

import numpy as np
from scipy.ndimage import find_objects

from .cases import CANAL, DISC, WorkingCase
from .presets import NetworkSpec

FIGURES = ("intensity", "unevenness", "edge", "size")
SMALLEST_STEP = 1e-3
LEAST_STRUCTURES = 8


def appearance_of(cases: list[WorkingCase], spec: NetworkSpec) -> dict | None:
    """Per class mean and standard deviation of each figure over the structures of the training cases; None of too few of them."""
    figures = {name: defaultdict(list) for name in ("vertebra", "disc", "canal")}
    for each in cases:
        if each.case.split != "train":
            continue
        for number, box in enumerate(find_objects(each.labels), start=1):
            name = class_of(number)
            if box is None or name is None or name not in each.case.annotated_classes:
                continue
            near = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in box)
            image = np.asarray(each.image[near])
            measured = measure(image, each.labels[near] == number, image != spec.outside_value, np.prod(spec.spacing_mm))
            if name == "vertebra" and not each.vertebrae[number].complete:
                measured.pop("size")
            for figure, value in measured.items():
                figures[name][figure].append(value)
    if any(len(figures[name][figure]) < LEAST_STRUCTURES for name in figures for figure in FIGURES):
        return None
    return {name: {figure: spread(figures[name][figure]) for figure in FIGURES} for name in figures}


def class_of(label: int) -> str | None:
    if label == CANAL:
        return "canal"
    return "vertebra" if label <= 25 else "disc" if label > DISC else None


def measure(image: np.ndarray, inside: np.ndarray, imaged: np.ndarray, voxel_mm3: float) -> dict[str, float]:
    """The figures of one structure; all arrays (z, y, x), `imaged` false beyond the image."""
    values = image[inside & imaged].astype(np.float64)
    across, within = [], []
    for axis in range(3):
        a, b = (slice(None, -1), slice(1, None))
        before, after = (tuple(part if each == axis else slice(None) for each in range(3)) for part in (a, b))
        step = np.abs(image[before].astype(np.float64) - image[after])
        known = imaged[before] & imaged[after]
        across.append(step[known & (inside[before] != inside[after])])
        within.append(step[known & inside[before] & inside[after]])
    steps = [max(float(np.concatenate(each).mean()) if sum(map(len, each)) else 0.0, SMALLEST_STEP) for each in (across, within)]
    return {
        "intensity": float(values.mean()) if values.size else 0.0,
        "unevenness": float(values.std()) if values.size else 0.0,
        "edge": float(np.log(steps[0] / steps[1])),
        "size": float(np.log(inside.sum() * voxel_mm3)),
    }


def spread(values: list[float]) -> dict[str, float]:
    return {"mean": round(float(np.mean(values)), 4), "deviation": round(float(np.std(values)), 4)}
