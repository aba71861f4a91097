"""Training steps per second of a preset, and which part of a step the sampling takes: made-up data, so nothing has to be there.

python bench/step_speed.py [--preset demo] [--device cpu|cuda] [--steps 12] [--threads 2]
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from spindle_trainer.cases import WorkingCase, find_vertebrae
from spindle_trainer.job import Case
from spindle_trainer.loader import batches_from, loader_workers
from spindle_trainer.model import IisNetwork
from spindle_trainer.presets import PRESETS
from spindle_trainer.sampling import Sampler
from spindle_trainer.step import TrainingStep
from spindle_trainer.volumes import Volumes

WARM_UP = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, help="samples a step; the preset's by default")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    preset, device = PRESETS[given.preset], torch.device(given.device)
    network = IisNetwork(preset.architecture, preset.spec.patch_zyx).to(device, memory_format=torch.channels_last_3d)
    training_step = TrainingStep(network, preset, device)
    size = given.batch or preset.batch_on(device.type)
    sampler = Sampler([blocks(preset.spec.patch_zyx)], preset.spec, seed=1)
    batches = batches_from(0, sampler, size, Volumes(sampler.cases, device), loader_workers(device))
    sampling, begun = 0.0, time.perf_counter()
    for step in range(WARM_UP + given.steps):
        if step == WARM_UP:
            wait(device)
            sampling, begun = 0.0, time.perf_counter()
        asked = time.perf_counter()
        batch = next(batches)
        sampling += time.perf_counter() - asked
        training_step(batch, step)
    wait(device)
    total = time.perf_counter() - begun
    print(
        f"{given.preset} on {given.device}: {given.steps / total:.2f} steps/s of batch {size}, "
        f"{100 * sampling / total:.0f} % of the time spent on making patches"
    )


def wait(device: torch.device) -> None:
    """Until a GPU has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def blocks(patch_zyx: tuple[int, int, int]) -> WorkingCase:
    """A volume twice as large as a patch with five blocks for vertebrae, discs below them and a canal behind."""
    size = tuple(2 * n for n in patch_zyx)
    labels = np.zeros(size, np.uint8)
    pitch = size[0] // 6
    y, x = slice(size[1] // 3, size[1] // 2), slice(size[2] // 4, 3 * size[2] // 4)
    for number in range(1, 6):
        low = number * pitch
        labels[low : low + pitch - pitch // 4, y, x] = number
        labels[low - pitch // 4 : low, y, x] = 200 + number
    labels[:, size[1] // 2 : size[1] // 2 + 6, x] = 100
    image = (np.random.default_rng(0).normal(0.5, 0.2, size) + labels / 400).astype(np.float32)
    case = Case("1_t2", "1", "H", "t2", "train", Path(), Path(), frozenset(), frozenset({"vertebra", "disc", "canal"}))
    return WorkingCase(case, image, labels, find_vertebrae(labels, frozenset()))


if __name__ == "__main__":
    main()
