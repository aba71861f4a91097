"""The training set as nnU-Net wants it: turned to LPS axes, masks in classes, preprocessed by nnU-Net's own code."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from spindle_trainer.cases import KNOWN_LABELS, log
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import CLASSES, Case, Job
from spindle_trainer.mha import Volume, read_mha
from spindle_trainer.pool import each_case

from .classes import CLASS_NAMES, IGNORE, classes_of

NAME = "Dataset001_spindle"
FILE_ENDING = ".mha"


def usable_cases(job: Job) -> list[Case]:
    """Cases with at least one annotated class. nnU-Net learns by class, so one without vertebrae still teaches discs."""
    used = [case for case in job.cases if case.annotated_classes]
    for case in job.cases:
        if case not in used:
            log(f"{case.series}: not used, nothing in it is annotated")
    return used


def write_raw(job: Job, folder: Path, spacing_zyx: tuple[float, ...] | None, may_go_on: Callable[[], None]) -> None:
    """Writes `<folder>/Dataset001_spindle` in nnU-Net's raw layout; a case that is there already is left.

    nnU-Net ignores how an image lies in the patient, and SPIDER's images lie in two ways: every volume gets the axis order and
    signs of LPS, voxels moved and never computed. Raises InvalidJobError for damaged files, unknown labels, another grid.
    """
    root = folder / NAME
    for name in ("imagesTr", "labelsTr"):
        (root / name).mkdir(parents=True, exist_ok=True)
    missing = [each for each in usable_cases(job) if not (root / "labelsTr" / f"{each.series}{FILE_ENDING}").exists()]
    for _ in each_case(lambda case: write_case(case, root, spacing_zyx), missing, may_go_on):
        pass
    partly = any(set(CLASSES) - case.annotated_classes for case in job.cases)
    labels = {name: value for value, name in enumerate(CLASS_NAMES)} | ({"ignore": IGNORE} if partly else {})
    content = {
        "channel_names": {"0": "MRI"},
        "labels": labels,
        "numTraining": len(usable_cases(job)),
        "file_ending": FILE_ENDING,
        # Named one by one, or nnU-Net starts a pool of processes to look for them.
        "dataset": {
            case.series: {
                "images": [str(root / "imagesTr" / f"{case.series}_0000{FILE_ENDING}")],
                "label": str(root / "labelsTr" / f"{case.series}{FILE_ENDING}"),
            }
            for case in usable_cases(job)
        },
        "overwrite_image_reader_writer": "SimpleITKIO",
    }
    (root / "dataset.json").write_text(json.dumps(content, indent=2))


def write_case(case: Case, root: Path, spacing_zyx: tuple[float, ...] | None) -> None:
    image, mask = read_mha(case.image), read_mha(case.mask)
    if not image.grid.matches(mask.grid):
        raise InvalidJobError(case.mask.name, "grid", "that of its image", "another")
    unknown = np.setdiff1d(mask.voxels, KNOWN_LABELS)
    if unknown.size:
        raise InvalidJobError(case.mask.name, "labels", "1-25, 100, 101-125, 201-225", unknown[:5].tolist())
    turned = in_lps(Volume(image.grid, mask.voxels))
    labels = sitk.GetArrayFromImage(turned)  # (z, y, x)
    classes = sitk.GetImageFromArray(classes_of(labels, case.annotated_classes, reach_of(turned, spacing_zyx)))
    classes.CopyInformation(turned)
    sitk.WriteImage(in_lps(image), str(root / "imagesTr" / f"{case.series}_0000{FILE_ENDING}"))
    partial = root / "labelsTr" / f".{case.series}{FILE_ENDING}"
    sitk.WriteImage(classes, str(partial))
    partial.replace(root / "labelsTr" / f"{case.series}{FILE_ENDING}")  # last: its presence says that both are whole


def reach_of(image: sitk.Image, spacing_zyx: tuple[float, ...] | None) -> tuple[int, int, int]:
    """How far contact reaches, so that two layers of it are left on a coarser grid: one voxel of the grid that is trained on."""
    own = image.GetSpacing()[::-1]
    target = spacing_zyx or own
    return tuple(max(1, round(wide / fine)) for wide, fine in zip(target, own, strict=True))


def in_lps(volume: Volume) -> sitk.Image:
    """The volume with its axes as close to right-left, front-back, feet-head as swapping and flipping them brings it."""
    image = sitk.GetImageFromArray(volume.voxels)
    image.SetSpacing([float(each) for each in volume.grid.spacing_mm])
    image.SetOrigin([float(each) for each in volume.grid.origin_lps_mm])
    image.SetDirection([float(each) for each in volume.grid.direction.ravel()])
    return sitk.DICOMOrient(image, "LPS")
