"""One job from start to finish: check, convert, plan, preprocess, train, export, card."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import torch
from spindle_trainer import events
from spindle_trainer.card import write_card
from spindle_trainer.cases import log
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import Job, read_job
from spindle_trainer.run import (
    EXIT_DONE,
    EXIT_INVALID,
    EXIT_RETRY,
    EXIT_TERMINATED,
    StoppedError,
    StopRequest,
    choose_device,
    kind_of,
)

from . import planning
from .card import model_card
from .dataset import usable_cases, write_raw
from .export import ensemble_of, export_onnx, in_zyx
from .folds import folds_of
from .presets import PRESETS, Preset
from .state import State, load_checkpoint, load_weights, save_weights
from .train import train

WORK = "cache/nnunet"


def run(folder: str) -> int:
    """Runs the job in `folder`; returns the exit code of the trainer contract and has said on stdout what went wrong."""
    stop = StopRequest()
    # nnU-Net ends its helper processes by SIGTERM: they must not inherit our deafness to it.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    try:
        return _run(read_job(Path(folder)), stop)
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
    preset = PRESETS[job.preset]
    device = choose_device()
    threads = int(os.environ.get("SPINDLE_TRAINER_THREADS", "2"))
    torch.set_num_threads(threads)
    work = job.folder / WORK
    planning.set_folders(work)
    with log_only():
        state, warm = prepare(job, preset, work, stop)
    # Only now: planning takes this for a number of threads, which can't be 0.
    os.environ["nnUNet_n_proc_DA"] = os.environ.get("SPINDLE_NNUNET_WORKERS", "0" if device.type == "cpu" else "8")
    out = job.folder / "out"
    out.mkdir(exist_ok=True)
    progress = events.Events(out / "curves.jsonl")
    folds = folds_of(job, preset.folds)
    set_up(device)
    if not train(job, preset, folds, state, warm, work, progress, device, lambda: stop.requested):
        return EXIT_TERMINATED
    torch.set_num_threads(threads)
    model = ensemble_of(state.plans, state.finished)
    patch = state.plans["configurations"][planning.CONFIGURATION]["patch_size"]
    exported = export_onnx(model, in_zyx(state.plans, patch), out / "model.onnx")
    save_weights(out / "weights.pt", job.preset, state.plans, state.finished)
    trained = {case.patient for case in usable_cases(job) if case.split == "train"}
    card = model_card(job, trained, state, sum(each.numel() for each in model.parameters()), exported)
    write_card(out / "model-card.json", card)
    progress.done(state.step, state.seconds)
    return EXIT_DONE


def set_up(device: torch.device) -> None:
    """What nnU-Net's own program sets before it trains on a GPU: the fastest convolutions are sought, since all patches have one
    size, and a process that augments has one thread, which it inherits."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_num_threads(1)


def prepare(job: Job, preset: Preset, work: Path, stop: StopRequest) -> tuple[State, list[dict]]:
    """Data and plans; where training stands (at the checkpoint, or at nothing), and the networks that folds start from, if any.

    The plans of a checkpoint or a warm start are kept: weights fit only the network that they were planned for.
    """
    plans, warm = load_weights(job.warm_start.weights, job.preset) if job.warm_start else (None, [])
    saved = load_checkpoint(job)
    write_raw(job, work / "raw", preset.spacing_zyx, stop.raise_if_requested)
    state = saved or State(plans or planning.plan(work, preset, stop.raise_if_requested))
    planning.preprocess(work, state.plans, stop.raise_if_requested)
    return state, warm


@contextlib.contextmanager
def log_only():
    """nnU-Net prints at length; stdout is for events."""
    with contextlib.redirect_stdout(sys.stderr):
        yield
