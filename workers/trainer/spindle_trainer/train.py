"""The training loop."""

import math
import time
from collections.abc import Callable

import torch

from .cases import WorkingCase
from .checkpoint import CHECKPOINT, State, load_checkpoint, load_weights, save_checkpoint
from .events import Events
from .job import Job
from .loader import Batches, batches_from, loader_workers
from .loss import LOSSES, completeness_loss
from .model import IisNetwork
from .presets import PRESETS, Preset
from .sampling import Sampler
from .validation import patch_dice, validation_patches

CHECKPOINT_SECONDS = 20.0
PROGRESS_SECONDS = 2.0
VALIDATIONS = 4
WARM_UP = 0.03
FINAL_RATE = 0.02


class TrainingDivergedError(Exception):
    """Raised when the loss is no longer a finite number."""


def train(
    job: Job, cases: list[WorkingCase], events: Events, device: torch.device, stopping: Callable[[], bool]
) -> tuple[State, bool]:
    """Trains until the budget is spent or `stopping` says so; the second value tells whether the budget is spent.

    The state returned is also the last checkpoint. Its seconds are those of this loop, over all runs of the job.
    """
    preset = PRESETS[job.preset]
    torch.manual_seed(job.seed)
    network = IisNetwork(preset.architecture, preset.spec.patch_zyx)
    if job.warm_start:
        network.load_state_dict(load_weights(job.warm_start.weights, job.preset))
    # A convolution on a CPU reads the channels of one voxel together.
    network.to(device, memory_format=torch.channels_last_3d)
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=preset.learning_rate, betas=preset.betas, weight_decay=preset.weight_decay
    )
    step, earlier = 0, 0.0
    if saved := load_checkpoint(job):
        network.load_state_dict(saved.model)
        optimizer.load_state_dict(saved.optimizer)
        average = {name: value.to(device) for name, value in saved.average.items()}
        step, earlier = saved.step, saved.seconds
    events.start(device_name(device), sum(p.numel() for p in network.parameters()), step)

    # What depends on the step (the published loss) goes on where an earlier round's training ended.
    first = preset.steps if job.warm_start else 0
    sampler = Sampler([each for each in cases if each.case.split == "train"], preset.spec, job.seed)
    batches = batches_from(step, Batches(sampler, preset.batch_on(device.type)), device, loader_workers(device))
    held_out = validation_patches(cases, preset.spec)
    begun = time.monotonic()
    reported = saved_at = earlier
    losses: list[float] = []

    def elapsed() -> float:
        return earlier + time.monotonic() - begun

    def checkpoint() -> State:
        state = State(step, elapsed(), network.state_dict(), average, optimizer.state_dict())
        save_checkpoint(job, state)
        events.checkpoint(step, CHECKPOINT)
        return state

    fraction = spent(job, preset, step, elapsed())
    while fraction < 1 and not stopping():
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(preset, fraction, warm=job.warm_start is not None)
        losses.append(train_step(network, optimizer, next(batches), preset, first + step))
        step += 1
        update_average(average, network, min(preset.ema_decay, (1 + step) / (10 + step)))

        before, fraction = fraction, spent(job, preset, step, elapsed())
        if elapsed() - reported >= PROGRESS_SECONDS or fraction >= 1:
            events.progress(step, elapsed(), fraction, sum(losses) / len(losses))
            reported, losses = elapsed(), []
        if held_out and math.floor(fraction * VALIDATIONS) > math.floor(before * VALIDATIONS):
            events.validation(step, patch_dice(averaged(network, average), held_out, device))
        if elapsed() - saved_at >= CHECKPOINT_SECONDS:
            checkpoint()
            saved_at = elapsed()
    return checkpoint(), fraction >= 1


def train_step(
    network: IisNetwork,
    optimizer: torch.optim.Optimizer,
    batch: tuple[torch.Tensor, ...],
    preset: Preset,
    step: int,
) -> float:
    """One optimisation step; returns the loss. Raises TrainingDivergedError when it is not finite.

    `batch` is batch_of's, where the network is. A GPU computes the network in bfloat16, the loss and the update in float32.
    """
    patch, target, classes, complete, known = batch
    with torch.autocast(patch.device.type, torch.bfloat16, enabled=patch.device.type == "cuda"):
        logits, completeness = network(patch)
    loss = LOSSES[preset.loss](logits.float(), target, classes, step)
    loss = loss + preset.completeness_gain * completeness_loss(completeness[:, 0].float(), complete, known)
    value = loss.item()
    if not math.isfinite(value):
        raise TrainingDivergedError(f"step {step}: expected a finite loss, got {value}")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if preset.gradient_norm is not None:
        torch.nn.utils.clip_grad_norm_(network.parameters(), preset.gradient_norm)
    optimizer.step()
    return value


def spent(job: Job, preset: Preset, step: int, seconds: float) -> float:
    """0..1 of the budget: of seconds or steps, whichever is further on; of the preset's steps where the job gives neither."""
    shares = [step / job.budget_steps] if job.budget_steps else []
    shares += [seconds / job.budget_seconds] if job.budget_seconds else []
    return min(1.0, max(shares or [step / preset.steps]))


def learning_rate(preset: Preset, fraction: float, warm: bool) -> float:
    """Rises linearly over the first 3 % of the budget, then falls to 2 % of the peak along half a cosine."""
    peak = preset.warm_learning_rate if warm else preset.learning_rate
    if fraction < WARM_UP:
        return peak * max(fraction / WARM_UP, 0.1)
    fall = 0.5 * (1 + math.cos(math.pi * (fraction - WARM_UP) / (1 - WARM_UP)))
    return peak * (FINAL_RATE + (1 - FINAL_RATE) * fall)


def update_average(average: dict[str, torch.Tensor], network: IisNetwork, decay: float) -> None:
    state = network.state_dict()
    torch._foreach_lerp_([average[name] for name in state], [value.detach() for value in state.values()], 1 - decay)


def averaged(network: IisNetwork, average: dict[str, torch.Tensor]) -> Callable:
    """The network as a function of a patch, run with the averaged weights."""
    return lambda patch: torch.func.functional_call(network, average, patch)


def device_name(device: torch.device) -> str:
    return f"cuda: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)
