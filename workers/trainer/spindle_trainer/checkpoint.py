"""Training state on disk, and the weights that start the next round."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from .cases import log
from .errors import InvalidJobError
from .job import Job
from .model import IisNetwork
from .presets import PRESETS

CHECKPOINT = "checkpoints/last.pt"
WEIGHTS_FORMAT = "spindle.weights/1"


@dataclass
class State:
    """Everything a resumed run needs. Sampling has no state: sample n depends on the seed and n alone."""

    step: int
    seconds: float
    model: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict


def save_checkpoint(job: Job, state: State) -> None:
    write_atomically(job.folder / CHECKPOINT, {"job": job.digest, **vars(state)})


def load_checkpoint(job: Job) -> State | None:
    """The job's last checkpoint; None without one, or when it is of another job or damaged (both are logged)."""
    path = job.folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        if saved.pop("job") != job.digest:
            log(f"{CHECKPOINT}: not used, it belongs to another job.json")
            return None
        return State(**saved)
    except Exception as error:  # a torn or foreign file must not stop the job: training starts anew
        log(f"{CHECKPOINT}: not used, it can't be read ({type(error).__name__})")
        return None


def save_weights(path: Path, preset: str, state: dict[str, Tensor]) -> None:
    architecture = PRESETS[preset].architecture.to_json()
    write_atomically(path, {"format": WEIGHTS_FORMAT, "preset": preset, "architecture": architecture, "state": state})


def load_weights(path: Path, preset: str) -> dict[str, Tensor]:
    """The averaged weights of an earlier round, float32, whatever they are kept as.

    Raises InvalidJobError for a foreign file, another architecture, or a network for patches of another size.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        form, architecture, state = saved["format"], saved["architecture"], saved["state"]
    except Exception as error:
        raise InvalidJobError("job.json", "warmStart.weights", "a trainer's weights.pt", type(error).__name__) from error
    expected = PRESETS[preset].architecture.to_json()
    if form != WEIGHTS_FORMAT or architecture != expected:
        raise InvalidJobError("job.json", "warmStart.weights", f"weights of {expected}", architecture)
    patch = PRESETS[preset].spec.patch_zyx
    network = IisNetwork(PRESETS[preset].architecture, patch)
    if {name: each.shape for name, each in network.state_dict().items()} != {name: each.shape for name, each in state.items()}:
        raise InvalidJobError("job.json", "warmStart.weights", f"weights for patches of {patch}", "others")
    return {name: each.float() for name, each in state.items()}


def write_atomically(path: Path, content: object) -> None:
    """A reader sees the old file or the new one, also after a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
