"""The model card (ModelCard in core/trainer-contract.ts)."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

from . import __version__
from .checkpoint import State
from .export import Exported
from .job import Job
from .presets import PRESETS

CARD_SCHEMA = "spindle.model-card/1"
PACKAGES = ("torch", "numpy", "scipy", "onnx", "onnxruntime")


def model_card(
    job: Job, trained_patients: set[str], state: State, parameters: int, exported: Exported, appearance: dict | None
) -> dict:
    """The card's JSON. `patientsSeen` holds the patients of this and of every earlier round's training."""
    earlier = job.warm_start.patients_seen if job.warm_start else ()
    software = {name: version(name) for name in PACKAGES}
    card = {
        "schema": CARD_SCHEMA,
        "trainer": job.trainer,
        "preset": job.preset,
        "dataset": job.dataset,
        "version": job.version,
        "round": job.round,
        "seed": job.seed,
        "parent": job.warm_start.model if job.warm_start else None,
        "patientsSeen": sorted({*earlier, *trained_patients}),
        "network": PRESETS[job.preset].spec.to_json(),
        "parameters": parameters,
        "steps": state.step,
        "seconds": round(state.seconds, 3),
        "onnx": {"digest": exported.digest, "bytes": exported.bytes, "opset": exported.opset},
        "parityMaxAbs": exported.parity_max_abs,
        "software": {"spindle-trainer": __version__, "python": platform.python_version(), **software},
    }
    return card if appearance is None else {**card, "appearance": appearance}


def write_card(path: Path, card: dict) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(card, indent=2, allow_nan=False) + "\n")
    partial.replace(path)
