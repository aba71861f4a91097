"""Training state on disk: one file that another machine can go on from, and the weights that start the next round."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from spindle_trainer.cases import log
from spindle_trainer.checkpoint import write_atomically
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import Job

CHECKPOINT = "checkpoints/last.pt"
WEIGHTS_FORMAT = "spindle.nnunet-weights/1"


@dataclass
class State:
    """`plans` stay those of the first run. `finished` holds the networks of the folds before `fold`; the rest is of `fold`."""

    plans: dict
    step: int = 0
    seconds: float = 0.0
    fold: int = 0
    finished: list[dict] = field(default_factory=list)
    network: dict | None = None
    optimizer: dict | None = None
    scaler: dict | None = None


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


def save_weights(path: Path, preset: str, plans: dict, networks: list[dict]) -> None:
    write_atomically(path, {"format": WEIGHTS_FORMAT, "preset": preset, "plans": plans, "networks": networks})


def load_weights(path: Path, preset: str | None = None) -> tuple[dict, list[dict]]:
    """Plans and networks of an earlier training. Raises InvalidJobError for a foreign file or another preset."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        form, made_with, plans, networks = (saved[name] for name in ("format", "preset", "plans", "networks"))
    except Exception as error:
        raise InvalidJobError("job.json", "warmStart.weights", "a trainer's weights.pt", type(error).__name__) from error
    if form != WEIGHTS_FORMAT or preset not in (None, made_with):
        raise InvalidJobError("job.json", "warmStart.weights", f"{WEIGHTS_FORMAT} of {preset}", f"{form} of {made_with}")
    return plans, networks
