"""Which series train and which are watched, by patient. Validation patients of the version never train."""

import random
from dataclasses import dataclass

from spindle_trainer.job import Job


@dataclass(frozen=True)
class Fold:
    """Series names. `watched` is measured on during training; where nobody is left for it, training series are, unreported."""

    train: tuple[str, ...]
    watched: tuple[str, ...]
    honest: bool


def folds_of(job: Job, wanted: int) -> list[Fold]:
    """One fold: train on the training patients, watch the validation patients of the version.

    More: that many parts of the training patients, each watched once (nnU-Net's cross-validation, by patient and not by series);
    as many as there are patients at most. Every fold is seeded by the job, so a resumed run has the same.
    """
    train = [case for case in job.cases if case.split == "train"]
    patients = sorted({case.patient for case in train})
    count = min(wanted, len(patients))
    if count <= 1:
        held_out = tuple(case.series for case in job.cases if case.split == "validation")
        everyone = tuple(case.series for case in train)
        return [Fold(everyone, held_out or everyone, honest=bool(held_out))]
    random.Random(job.seed).shuffle(patients)
    parts = [set(patients[at::count]) for at in range(count)]
    return [
        Fold(
            tuple(case.series for case in train if case.patient not in part),
            tuple(case.series for case in train if case.patient in part),
            honest=True,
        )
        for part in parts
    ]
