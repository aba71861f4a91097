"""One job from start to finish: check, load, train, export, card."""

import os
import signal
import sys
from pathlib import Path

import torch

from . import events
from .appearance import appearance_of
from .card import model_card, write_card
from .cases import load_cases, log
from .checkpoint import load_weights, save_weights
from .errors import InvalidJobError, MissingDeviceError
from .export import export_onnx
from .job import Job, read_job
from .model import IisNetwork
from .presets import PRESETS
from .train import train

EXIT_DONE = 0
EXIT_RETRY = 1
EXIT_INVALID = 2
EXIT_TERMINATED = 143


class StoppedError(Exception):
    """Raised between two cases when SIGTERM came while the training set was being read."""


class StopRequest:
    """Whether SIGTERM came. The process then ends by itself, at the next step."""

    def __init__(self):
        self.requested = False
        signal.signal(signal.SIGTERM, self._request)

    def _request(self, _number, _frame) -> None:
        self.requested = True

    def raise_if_requested(self) -> None:
        if self.requested:
            raise StoppedError


def run(folder: Path) -> int:
    """Runs the job in `folder`; returns the exit code of the trainer contract and has said on stdout what went wrong."""
    stop = StopRequest()
    try:
        return _run(read_job(folder), stop)
    except InvalidJobError as error:
        events.error("invalid-job", str(error))
        return EXIT_INVALID
    except StoppedError:
        return EXIT_TERMINATED
    except Exception as error:
        log(f"{type(error).__name__}: {error}")
        events.error(kind_of(error), f"{type(error).__name__}: {error}".splitlines()[0][:500])
        return EXIT_RETRY


def _run(job: Job, stop: StopRequest) -> int:
    torch.set_num_threads(int(os.environ.get("SPINDLE_TRAINER_THREADS", "2")))
    preset = PRESETS[job.preset]
    if job.warm_start:
        load_weights(job.warm_start.weights, job.preset)  # refuse a foreign file before the long part
    device = choose_device()
    cases = load_cases(job, preset.spec, stop.raise_if_requested)
    out = job.folder / "out"
    out.mkdir(exist_ok=True)
    progress = events.Events(out / "curves.jsonl")
    state, finished = train(job, cases, progress, device, lambda: stop.requested)
    if not finished:
        return EXIT_TERMINATED
    average = {name: value.cpu() for name, value in state.average.items()}
    network = IisNetwork(preset.architecture, preset.spec.patch_zyx)
    network.load_state_dict(average)
    exported = export_onnx(network, preset.spec.patch_zyx, out / "model.onnx")
    save_weights(out / "weights.pt", job.preset, average)
    trained = {each.case.patient for each in cases if each.case.split == "train"}
    appearance = appearance_of(cases, preset.spec)
    parameters = sum(each.numel() for each in network.parameters())
    write_card(out / "model-card.json", model_card(job, trained, state, parameters, exported, appearance))
    progress.done(state.step, state.seconds)
    return EXIT_DONE


def choose_device() -> torch.device:
    """SPINDLE_TRAINER_DEVICE, else the GPU that is there, else the CPU. Raises MissingDeviceError for a GPU that is not there."""
    wanted = os.environ.get("SPINDLE_TRAINER_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise MissingDeviceError(f"SPINDLE_TRAINER_DEVICE: expected a device that is there, got {wanted} ({reason})") from error
    return torch.device(wanted)


def kind_of(error: Exception) -> str:
    """The kind of an error event."""
    if isinstance(error, MissingDeviceError):
        return "missing-device"
    return "out-of-memory" if is_out_of_memory(error) else "internal"


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python, PyTorch's CPU allocator or a GPU ran out of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "not enough memory" in text)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m spindle_trainer <job directory>", file=sys.stderr)
        return EXIT_INVALID
    return run(Path(arguments[0]))
