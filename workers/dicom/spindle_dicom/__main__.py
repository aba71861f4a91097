"""Run as `python -m spindle_dicom <folder>` on a folder that holds `job.json`, `image.raw` and `mask.raw`.

Writes `mr/*.dcm` and, where there is a segment, `seg.dcm` into the folder.

The job is DicomJob in adapters/dicom-writer.ts. The same job gives the same bytes.
"""

import json
import sys
from pathlib import Path

import numpy as np

from .mr import mr_slices
from .seg import segmentation


def main(folder: Path) -> None:
    job = json.loads((folder / "job.json").read_text())
    nx, ny, nz = job["size"]
    image = np.fromfile(folder / "image.raw", dtype=job["element"]).reshape(nz, ny, nx)
    mask = np.fromfile(folder / "mask.raw", dtype="<u1").reshape(nz, ny, nx)  # the number of a segment, 0 for none

    slices = mr_slices(job, image)
    (folder / "mr").mkdir(exist_ok=True)
    for number, dataset in enumerate(slices, 1):
        dataset.save_as(folder / "mr" / f"{number:04d}.dcm", enforce_file_format=True)
    if job["segments"]:
        segmentation(job, slices, mask).save_as(folder / "seg.dcm", enforce_file_format=True)


main(Path(sys.argv[1]))
