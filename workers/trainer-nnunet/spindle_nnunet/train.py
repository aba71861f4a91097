"""The training loop: nnU-Net's network, loss, optimiser, augmentation and schedule, in steps that can be stopped and resumed."""

import copy
import json
import math
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from spindle_trainer.events import Events
from spindle_trainer.job import Job
from spindle_trainer.train import TrainingDivergedError, device_name

from .dataset import NAME
from .export import ensemble_of
from .folds import Fold
from .planning import CONFIGURATION
from .presets import Preset
from .state import CHECKPOINT, State, save_checkpoint

PROGRESS_SECONDS = 2.0
VALIDATIONS = 4
VALIDATION_BATCHES = 6
LEARNING_RATE_POWER = 0.9


def train(
    job: Job,
    preset: Preset,
    folds: list[Fold],
    state: State,
    warm: list[dict],
    work: Path,
    events: Events,
    device: torch.device,
    stopping: Callable[[], bool],
) -> bool:
    """Trains fold after fold, each for its share of the budget; False when `stopping` says so before. `state` is kept up to date.

    Fold k starts from `warm[k]`, going round where there are fewer; from nothing where there are none.

    With augmentation in this process (a CPU, or SPINDLE_NNUNET_WORKERS=0) sample n depends on the seed and n alone, so a resumed
    run sees what an uninterrupted one would have. Worker processes draw as they please.
    """
    announced = False
    while state.fold < len(folds):
        run = FoldRun(job, preset, folds, state, warm, work, device)
        if not announced:
            events.start(device_name(device), run.parameters * len(folds), state.step)
            announced = True
        finished = run.train(events, stopping)
        run.close()
        if not finished:
            return False
        state.finished.append({name: value.detach().cpu() for name, value in run.network.state_dict().items()})
        state.fold += 1
        state.network = state.optimizer = state.scaler = None
        save_checkpoint(job, state)
        events.checkpoint(state.step, CHECKPOINT)
    if not announced:  # stopped between the last step and the export
        parameters = sum(each.numel() for each in ensemble_of(state.plans, state.finished).parameters())
        events.start(device_name(device), parameters, state.step)
    return True


class FoldRun:
    """One fold's nnUNetTrainer and its data, from where `state` stands."""

    def __init__(
        self, job: Job, preset: Preset, folds: list[Fold], state: State, warm: list[dict], work: Path, device: torch.device
    ):
        self._job, self._preset, self._folds, self._state = job, preset, folds, state
        torch.manual_seed(job.seed + state.fold)
        self._trainer = make_trainer(work, state.plans, folds[state.fold], device)
        self.network = self._trainer.network
        self.parameters = sum(each.numel() for each in self.network.parameters())
        if state.network or warm:
            self.network.load_state_dict(state.network or warm[state.fold % len(warm)])
        if state.optimizer:
            self._trainer.optimizer.load_state_dict(state.optimizer)
        if state.scaler and self._trainer.grad_scaler:
            self._trainer.grad_scaler.load_state_dict(state.scaler)
        self._in_process = os.environ["nnUNet_n_proc_DA"] == "0"
        self._batches, self._watched = self._trainer.get_dataloaders()

    def train(self, events: Events, stopping: Callable) -> bool:
        """Until this fold's share of the budget is spent (True) or `stopping` (False). The last state is a checkpoint."""
        state, job = self._state, self._job
        begun, earlier = time.monotonic(), state.seconds
        reported = saved = state.seconds
        losses: list[float] = []
        fraction = spent(job, self._preset, len(self._folds), state)
        end = (state.fold + 1) / len(self._folds)
        while fraction < end and not stopping():
            within = fraction * len(self._folds) - state.fold
            for group in self._trainer.optimizer.param_groups:
                group["lr"] = self._trainer.initial_lr * (1 - min(max(within, 0.0), 0.999)) ** LEARNING_RATE_POWER
            losses.append(self._step())
            state.step += 1
            state.seconds = earlier + time.monotonic() - begun
            before, fraction = fraction, spent(job, self._preset, len(self._folds), state)
            if state.seconds - reported >= PROGRESS_SECONDS or fraction >= end:
                events.progress(state.step, state.seconds, min(fraction, 1.0), sum(losses) / len(losses))
                reported, losses = state.seconds, []
            marks = VALIDATIONS * len(self._folds)
            if self._folds[state.fold].honest and math.floor(fraction * marks) > math.floor(before * marks):
                events.validation(state.step, self._patch_dice())
            if state.seconds - saved >= self._preset.checkpoint_seconds:
                self._save(events)
                saved = state.seconds
        if fraction < end:
            self._save(events)
        return fraction >= end

    def _step(self) -> float:
        if self._in_process:
            seed_all(self._job.seed, self._state.step)
        self.network.train()
        loss = float(self._trainer.train_step(next(self._batches))["loss"])
        if not math.isfinite(loss):
            raise TrainingDivergedError(f"step {self._state.step}: expected a finite loss, got {loss}")
        return loss

    def _save(self, events: Events) -> None:
        state, trainer = self._state, self._trainer
        state.network, state.optimizer = self.network.state_dict(), trainer.optimizer.state_dict()
        state.scaler = trainer.grad_scaler.state_dict() if trainer.grad_scaler else None
        save_checkpoint(self._job, state)
        events.checkpoint(state.step, CHECKPOINT)

    def _patch_dice(self) -> dict[str, float | None]:
        """nnU-Net's pseudo Dice per class, over some patches of patients that this fold doesn't train on."""
        if self._in_process:
            seed_all(self._job.seed, -1)  # the same patches each time
        self.network.eval()
        counts = np.zeros((3, 3))
        with torch.no_grad():
            for _ in range(VALIDATION_BATCHES):
                answer = self._trainer.validation_step(next(self._watched))
                counts += np.stack([answer[name][:3] for name in ("tp_hard", "fp_hard", "fn_hard")]).astype(float)
        dice = {}
        for at, name in enumerate(("vertebra", "disc", "canal")):
            tp, fp, fn = counts[:, at]
            dice[name] = round(2 * tp / (2 * tp + fp + fn), 4) if tp + fn > 0 else None
        return dice

    def close(self) -> None:
        """Ends the augmentation's processes."""
        for each in (self._batches, self._watched):
            if hasattr(each, "_finish"):
                each._finish()


def make_trainer(work: Path, plans: dict, fold: Fold, device: torch.device):
    """An nnUNetTrainer, initialised, that trains on just this fold's series."""
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    class FoldTrainer(nnUNetTrainer):
        def do_split(self):
            return list(fold.train), list(fold.watched)

        def print_to_log_file(self, *args, **_):
            pass  # progress goes out as events

    raw = json.loads((work / "raw" / NAME / "dataset.json").read_text())
    # It takes an entry out of the plans that it was given.
    trainer = FoldTrainer({**copy.deepcopy(plans), "continue_training": False}, CONFIGURATION, 0, raw, device)
    trainer.initialize()
    trainer.set_deep_supervision_enabled(True)
    return trainer


def spent(job: Job, preset: Preset, folds: int, state: State) -> float:
    """0..1 of the budget: of seconds or steps, whichever is further on; of the preset's steps where the job gives neither."""
    shares = [state.step / job.budget_steps] if job.budget_steps else []
    shares += [state.seconds / job.budget_seconds] if job.budget_seconds else []
    return max(shares or [state.step / (preset.steps * folds)])


def seed_all(seed: int, number: int) -> None:
    """Whatever nnU-Net's augmentation draws from is set by the seed and the number of the sample."""
    value = np.random.SeedSequence([seed, number + 1]).generate_state(1)[0]
    random.seed(int(value))
    np.random.seed(value)
    torch.manual_seed(int(value))
