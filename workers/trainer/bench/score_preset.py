"""Trains a preset on some phantom patients' truth and scores the whole traversal on others: how docs/trainer.md was measured.

    python bench/score_preset.py <cohort folder> --train 1-3 --test 9-14 --seconds 70 [--preset demo] [--warm <earlier job>]

The cohort folder holds `images/` and `truth/` (spindle cohort make). Prints one JSON object: steps, CPU seconds and mean Dice
per class over the test series. The job directory stays, to warm-start a next one from.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from cohort_job import add_cases, patients, write_job

from spindle_trainer.checkpoint import load_weights
from spindle_trainer.grid import resample_image, resample_mask
from spindle_trainer.job import Job, read_job
from spindle_trainer.mha import read_mha
from spindle_trainer.model import IisNetwork
from spindle_trainer.presets import PRESETS
from spindle_trainer.run import run
from spindle_trainer.traversal import dice_by_structure, traverse

FOUND = 0.1  # Dice from which on a structure counts as found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--train", type=patients, required=True, help="patients, e.g. 1-3,7")
    parser.add_argument("--test", type=patients, required=True)
    parser.add_argument("--sequences", default="t1,t2,t2_SPACE", help="of the training series")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warm", type=Path, help="job directory of an earlier run")
    parser.add_argument("--job", type=Path, help="where to train; a temporary folder by default")
    given = parser.parse_args()
    folder = given.job or Path(tempfile.mkdtemp(prefix="spindle-score-"))
    prepare(folder, given)
    begun = time.process_time()
    code = run(folder)
    cpu_seconds = time.process_time() - begun
    if code != 0:
        sys.exit(code)
    card = json.loads((folder / "out/model-card.json").read_text())
    scores = score(read_job(folder), given.cohort, given.test)
    print(json.dumps({"job": str(folder), "steps": card["steps"], "cpuSeconds": round(cpu_seconds, 1), **scores}))


def prepare(folder: Path, given: argparse.Namespace) -> None:
    """The job: the patients to train on, warm-started where asked."""
    cases = add_cases(folder, given.cohort, given.train, tuple(given.sequences.split(",")))
    warm = None
    if given.warm:
        shutil.copy(given.warm / "out/weights.pt", folder / "warm.pt")
        seen = json.loads((given.warm / "out/model-card.json").read_text())["patientsSeen"]
        warm = {"weights": "warm.pt", "model": "0" * 64, "patientsSeen": seen}
    write_job(folder, cases, given.preset, given.seed, {"seconds": given.seconds, "steps": given.steps}, warm)


def score(job: Job, cohort: Path, test: list[int]) -> dict:
    """Mean Dice per class on the working grid, share of structures found, passes and CPU seconds a series."""
    preset = PRESETS[job.preset]
    network = IisNetwork(preset.architecture, preset.spec.patch_zyx).eval()
    network.load_state_dict(load_weights(job.folder / "out/weights.pt", job.preset))

    def probabilities(patch: np.ndarray) -> tuple[np.ndarray, float]:
        with torch.no_grad():
            structures, completeness = network(torch.from_numpy(patch)[None])
        return torch.sigmoid(structures)[0].numpy(), float(torch.sigmoid(completeness))

    dice: dict[str, list[float]] = {"vertebra": [], "disc": [], "canal": []}
    per_series, passes, surplus, begun = {}, 0, 0, time.process_time()
    for truth in sorted(each for number in test for each in (cohort / "truth").glob(f"{number}_*.mha")):
        image, mask = read_mha(cohort / "images" / truth.name), read_mha(truth)
        labels = resample_mask(mask, preset.spec.spacing_mm)
        found = traverse(resample_image(image, preset.spec), probabilities, preset.spec)
        scores = dice_by_structure(found.labels, labels)
        for label, value in scores.items():
            dice["disc" if label > 200 else "canal" if label == 100 else "vertebra"].append(value)
        vertebrae = [each for each in np.unique(found.labels) if 1 <= each <= 125 and each != 100]
        surplus += len(vertebrae) - sum(label < 100 for label in scores)
        per_series[truth.stem] = round(float(np.mean(list(scores.values()))), 3)
        passes += found.passes
    series = len(per_series)
    return {
        "dice": {name: round(float(np.mean(values)), 3) for name, values in dice.items()},
        "found": {name: round(float(np.mean([value > FOUND for value in values])), 3) for name, values in dice.items()},
        "surplusVertebrae": surplus,
        "series": per_series,
        "passesPerSeries": round(passes / series, 1),
        "cpuSecondsPerSeries": round((time.process_time() - begun) / series, 2),
    }


if __name__ == "__main__":
    main()
