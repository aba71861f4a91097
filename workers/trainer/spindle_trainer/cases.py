"""The training set on the working grid, cached on disk and mapped into memory, with what sampling needs to know of it."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .errors import InvalidJobError
from .grid import resample_image, resample_mask
from .job import CLASSES, Case, Job
from .mha import read_mha
from .pool import each_case
from .presets import NetworkSpec

VERTEBRAE = range(1, 26)
CANAL = 100
DISC = 200
KNOWN_LABELS = [0, *VERTEBRAE, CANAL, *range(101, 126), *range(201, 226)]


@dataclass(frozen=True)
class Vertebra:
    """Where one vertebra lies on the working grid: inclusive bounding box (z, y, x) and its voxels."""

    low: np.ndarray
    high: np.ndarray
    voxels: int
    complete: bool

    @property
    def centre(self) -> np.ndarray:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class WorkingCase:
    """A case on the working grid: `image` float32 and `labels` uint8, both (z, y, x)."""

    case: Case
    image: np.ndarray
    labels: np.ndarray
    vertebrae: dict[int, Vertebra] = field(repr=False)

    @property
    def class_weights(self) -> np.ndarray:
        """1 per class that was annotated, in the order vertebra, disc, canal; 0 teaches nothing about that class."""
        return np.array([float(each in self.case.annotated_classes) for each in CLASSES], np.float32)


def load_cases(job: Job, spec: NetworkSpec, may_go_on: Callable[[], None]) -> list[WorkingCase]:
    """Reads, resamples and caches every usable case; calls `may_go_on` between two, which may raise to stop.

    Cases whose vertebrae were not annotated, or whose mask holds none on the working grid, are left out and logged:
    the traversal is by vertebra. Raises InvalidJobError for damaged files, unknown labels or a mask on another grid.
    """
    _fill_cache([each for each in job.cases if "vertebra" in each.annotated_classes], spec, job.folder / "cache", may_go_on)
    loaded = []
    for case in job.cases:
        may_go_on()
        if "vertebra" not in case.annotated_classes:
            log(f"{case.series}: not used, its vertebrae are not annotated")
            continue
        image, labels = _cached(case, spec, job.folder / "cache")
        vertebrae = find_vertebrae(labels, case.incomplete_vertebrae)
        if not vertebrae:
            log(f"{case.series}: not used, no vertebra in its mask")
            continue
        loaded.append(WorkingCase(case, image, labels, vertebrae))
    if not any(each.case.split == "train" for each in loaded):
        raise InvalidJobError("job.json", "cases", "a train case with a vertebra in its mask", "none")
    return loaded


def _fill_cache(cases: list[Case], spec: NetworkSpec, folder: Path, may_go_on: Callable[[], None]) -> None:
    """Resamples what isn't cached yet, one case a CPU, where there are more than the two of a small machine."""
    missing = [each for each in cases if not (folder / f"{each.series}.labels.npy").exists()]
    cpus = len(os.sched_getaffinity(0))
    for _ in each_case(lambda case: _cache(case, spec, folder), missing, may_go_on, cpus if cpus > 2 else 1):
        pass


def _cache(case: Case, spec: NetworkSpec, folder: Path) -> None:
    _cached(case, spec, folder)


def find_vertebrae(labels: np.ndarray, incomplete: frozenset[int]) -> dict[int, Vertebra]:
    """Box and size of every vertebra label present, ascending."""
    found = {}
    for label in np.unique(labels):
        if label in VERTEBRAE:
            where = np.argwhere(labels == label)
            found[int(label)] = Vertebra(where.min(axis=0), where.max(axis=0), len(where), complete=int(label) not in incomplete)
    return found


def _cached(case: Case, spec: NetworkSpec, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    folder.mkdir(parents=True, exist_ok=True)
    # The job directory is frozen and has one preset: the series names the entry.
    image_file, labels_file = folder / f"{case.series}.image.npy", folder / f"{case.series}.labels.npy"
    if not labels_file.exists():
        image, mask = read_mha(case.image), read_mha(case.mask)
        if not image.grid.matches(mask.grid):
            raise InvalidJobError(case.mask.name, "grid", "that of its image", "another")
        unknown = np.setdiff1d(mask.voxels, KNOWN_LABELS)
        if unknown.size:
            raise InvalidJobError(case.mask.name, "labels", "1-25, 100, 101-125, 201-225", unknown[:5].tolist())
        try:
            working = resample_image(image, spec)
        except ValueError as error:
            raise InvalidJobError(case.image.name, "extent", "a voxel centre of the working grid in it", "none") from error
        _save(image_file, working)
        _save(labels_file, resample_mask(mask, spec.spacing_mm))  # last: its presence says that both are whole
    return np.load(image_file, mmap_mode="c"), np.load(labels_file, mmap_mode="c")


def _save(path: Path, array: np.ndarray) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
