"""A spine of blocks as a working case, and batches of it."""

from pathlib import Path

import numpy as np
import torch
from phantom import make_spine

from spindle_trainer.augment import ELASTIC_NODES, deformation
from spindle_trainer.cases import WorkingCase, find_vertebrae
from spindle_trainer.job import Case
from spindle_trainer.patches import Batch, cut, make_patches
from spindle_trainer.presets import NetworkSpec
from spindle_trainer.sampling import Draws, Sampler
from spindle_trainer.volumes import Volumes

CPU = torch.device("cpu")
SPEC = NetworkSpec((4.0, 1.5, 1.5), (16, 48, 48), -0.5, -0.25, 1.5)  # the blocks' own grid


def working_case(series="1_t2", incomplete=(), annotated=("vertebra", "disc", "canal"), **changes) -> WorkingCase:
    image, labels = make_spine(**{name: changes.pop(name) for name in ("vertebrae",) if name in changes})
    return case_of(image.astype(np.float32) / 1000, labels, series, incomplete, annotated, **changes)


def case_of(image, labels, series="1_t2", incomplete=(), annotated=("vertebra", "disc", "canal"), **changes) -> WorkingCase:
    number, sequence = series.split("_", 1)
    facts = {"patient": number, "hospital": "RH1", "sequence": sequence, "split": "train", **changes}
    case = Case(
        series=series,
        image=Path(),
        mask=Path(),
        incomplete_vertebrae=frozenset(incomplete),
        annotated_classes=frozenset(annotated),
        **facts,
    )
    return WorkingCase(case, image, labels, find_vertebrae(labels, frozenset(incomplete)))


def sample(sampler: Sampler, number: int) -> Batch:
    """Sample `number` as a batch of one."""
    return make_patches(sampler.draw(range(number, number + 1)), Volumes(sampler.cases, CPU), sampler.spec)


def plain_draws(size: tuple[int, int, int], **changes: np.ndarray) -> Draws:
    """One sample that changes nothing, from the only case, of the whole field of view; but for `changes`, without batch axis."""
    plain = {
        "case": np.int64(0),
        "label": np.int64(1),
        "matrix": np.eye(3, dtype=np.float32),
        "middle": (np.array(size) - 1) / 2,
        "nodes": np.zeros((3, *(ELASTIC_NODES,) * 3)),
        "scale": np.float32(1),
        "view": np.array([0, size[0]]),
        "intensity": np.array([0, 0, 1, 1, 0, 0]),
        "bias": np.zeros((3, 2)),
        "shift": np.zeros((2, 3), np.int64),
        "bites": np.zeros((2, 1, 1, 1), bool),
        "class_weights": np.ones(3),
        "noise_seed": np.int64(1),
    }
    given = {name: np.asarray(value) for name, value in {**plain, **changes}.items()}
    single = {name: each.astype(np.float32) if each.dtype == np.float64 else each for name, each in given.items()}
    return Draws(**{name: torch.from_numpy(each[None].copy()) for name, each in single.items()})


def patches_of(image, labels, draws: Draws | None, size, seed: int | None = None, whole: bool = True):
    """Image and labels of one patch; without draws, deformed by a seed about the volume's middle."""
    if draws is None:
        placed = deformation(np.array(image.shape) / 2, size, np.array([4.0, 1.5, 1.5]), np.random.default_rng(seed))
        draws = plain_draws(size, matrix=placed.matrix, middle=placed.middle, nodes=placed.nodes)
    volumes = Volumes([case_of(image, labels)], CPU)
    volumes.whole = whole
    spec = NetworkSpec((4.0, 3.0, 3.0), size[::-1], -0.5, -0.25, 1.5)
    return cut(draws, draws, volumes, spec)
