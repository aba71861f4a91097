"""Job directories from phantom cohorts, so that the trainer can be run on their truth without Spindle around it.

python bench/cohort_job.py <job folder> <cohort folder>... --preset demo --seconds 4000 [--validation 1001,2001]
python -m spindle_trainer <job folder>        (or spindle_nnunet; again after a SIGTERM: it goes on from its checkpoint)
"""

import argparse
import hashlib
import json
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from spindle_trainer.grid import resample_mask
from spindle_trainer.mha import read_mha

SEQUENCES = ("t1", "t2", "t2_SPACE")
ALL_CLASSES = ["vertebra", "disc", "canal"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", type=Path)
    parser.add_argument("cohorts", type=Path, nargs="+", help="folders of `spindle cohort make`, with other patients each")
    parser.add_argument("--validation", type=patients, default=[], help="patients to measure on, e.g. 1001,2001")
    parser.add_argument("--trainer", default="iis", help="iis or nnunet")
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    cases = [
        case
        for cohort in given.cohorts
        for case in add_cases(given.job, cohort, patients_of(cohort), validation=given.validation)
    ]
    budget = {"seconds": given.seconds, "steps": given.steps}
    write_job(given.job, cases, given.preset, given.seed, budget, trainer=given.trainer)
    print(json.dumps({"job": str(given.job), "series": len(cases), "patients": len({each["patient"] for each in cases})}))


def patients(text: str) -> list[int]:
    """`1-3,7` to 1, 2, 3, 7."""
    spans = [part.split("-") for part in text.split(",")]
    return [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]


def patients_of(cohort: Path) -> list[int]:
    """Numbers of a cohort's patients, ascending."""
    return sorted({int(each.name.split("_")[0]) for each in (cohort / "images").glob("*.mha")})


def add_cases(
    folder: Path, cohort: Path, numbers: list[int], sequences: tuple[str, ...] = SEQUENCES, validation: list[int] = ()
) -> list[dict]:
    """Copies the patients' series into a job directory; their entries for job.json."""
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    found = [(number, each) for number in numbers for each in sequences if (cohort / f"truth/{number}_{each}.mha").exists()]
    masks = [cohort / f"truth/{number}_{sequence}.mha" for number, sequence in found]
    with ProcessPoolExecutor() as pool:
        cut = list(pool.map(cut_off, masks))
    cases = []
    for (number, sequence), mask, incomplete in zip(found, masks, cut, strict=True):
        series = f"{number}_{sequence}"
        shutil.copy(cohort / f"images/{series}.mha", raw / f"{series}_image.mha")
        shutil.copy(mask, raw / f"{series}_mask.mha")
        cases.append({
            "series": series, "patient": str(number), "hospital": cohort.name.upper()[:16], "sequence": sequence,
            "split": "validation" if number in validation else "train",
            "image": f"raw/{series}_image.mha", "mask": f"raw/{series}_mask.mha",
            "incompleteVertebrae": incomplete, "annotatedClasses": ALL_CLASSES,
        })  # fmt: skip
    return cases


def write_job(
    folder: Path, cases: list[dict], preset: str, seed: int, budget: dict, warm_start: dict | None = None, trainer: str = "iis"
) -> None:
    """`version` is the digest of the files trained on: the phantom has no manifest."""
    job = {
        "schema": "spindle.job/1", "dataset": "phantom", "version": digest_of(folder, cases), "round": 0,
        "trainer": trainer, "preset": preset, "seed": seed, "budget": budget, "warmStart": warm_start, "raw": "raw",
        "cases": cases,
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(job))


def digest_of(folder: Path, cases: list[dict]) -> str:
    digest = hashlib.sha256()
    for case in sorted(cases, key=lambda each: each["series"]):
        for part in ("image", "mask"):
            digest.update((folder / case[part]).read_bytes())
    return digest.hexdigest()


def cut_off(mask_file: Path) -> list[int]:
    """Vertebrae that touch the low or high end of the field of view."""
    labels = resample_mask(read_mha(mask_file), (4.0, 3.0, 3.0))
    ends = np.unique(np.concatenate([labels[0].ravel(), labels[-1].ravel()]))
    return [int(label) for label in ends if 1 <= label <= 25]


if __name__ == "__main__":
    main()
