"""The training loop."""

import math
import time
from collections.abc import Callable

import torch

from .cases import WorkingCase
from .checkpoint import CHECKPOINT, State, load_checkpoint, load_weights, save_checkpoint
from .events import Events
from .job import Job
from .loader import batches_from, loader_workers
from .model import IisNetwork
from .presets import PRESETS, Preset
from .sampling import Sampler
from .step import TrainingStep
from .validation import HeldOut, patch_dice
from .volumes import Volumes

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
    # A convolution reads the channels of one voxel together.
    network.to(device, memory_format=torch.channels_last_3d)
    torch.backends.cudnn.benchmark = True
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    training_step = TrainingStep(network, preset, device)
    step, earlier = 0, 0.0
    if saved := load_checkpoint(job):
        network.load_state_dict(saved.model)
        training_step.load(saved.optimizer)
        average = {name: value.to(device) for name, value in saved.average.items()}
        step, earlier = saved.step, saved.seconds
    events.start(device_name(device), sum(p.numel() for p in network.parameters()), step)

    # What depends on the step (the published loss) goes on where an earlier round's training ended.
    first = preset.steps if job.warm_start else 0
    sampler = Sampler([each for each in cases if each.case.split == "train"], preset.spec, job.seed)
    volumes = Volumes(sampler.cases, device)
    batches = batches_from(step, sampler, preset.batch_on(device.type), volumes, loader_workers(device))
    held_out = HeldOut(cases, preset.spec, device)
    begun = time.monotonic()
    reported = saved_at = earlier
    losses = Losses(device)

    def elapsed() -> float:
        return earlier + time.monotonic() - begun

    def checkpoint() -> State:
        losses.mean(step)  # what has diverged is not saved
        state = State(step, elapsed(), network.state_dict(), average, training_step.optimizer.state_dict())
        save_checkpoint(job, state)
        events.checkpoint(step, CHECKPOINT)
        return state

    fraction = spent(job, preset, step, elapsed())
    while fraction < 1 and not stopping():
        training_step.set_rate(learning_rate(preset, fraction, warm=job.warm_start is not None))
        losses.add(training_step(next(batches), first + step))
        step += 1
        update_average(average, network, min(preset.ema_decay, (1 + step) / (10 + step)))

        before, fraction = fraction, spent(job, preset, step, elapsed())
        if elapsed() - reported >= PROGRESS_SECONDS or fraction >= 1:
            events.progress(step, elapsed(), fraction, losses.mean(step))
            reported, losses = elapsed(), Losses(device)
        if held_out and math.floor(fraction * VALIDATIONS) > math.floor(before * VALIDATIONS):
            events.validation(step, patch_dice(averaged(network, average), held_out))
        if elapsed() - saved_at >= CHECKPOINT_SECONDS:
            checkpoint()
            saved_at = elapsed()
    return checkpoint(), fraction >= 1


class Losses:
    """A sum of losses where they are computed: reading each of them would make a GPU wait."""

    def __init__(self, device: torch.device):
        self._sum, self._count = torch.zeros((), device=device), 0

    def add(self, loss: torch.Tensor) -> None:
        self._sum += loss
        self._count += 1

    def mean(self, step: int) -> float:
        """0 of none. Raises TrainingDivergedError when one of them was not finite; `step` is the number of steps made."""
        mean = self._sum.item() / max(self._count, 1)
        if not math.isfinite(mean):
            raise TrainingDivergedError(f"steps {step - self._count} to {step - 1}: expected finite losses, got {mean}")
        return mean


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
