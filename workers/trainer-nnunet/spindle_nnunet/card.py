"""The model card (ModelCard in core/trainer-contract.ts) of a semantic network."""

import platform
from importlib.metadata import version

from spindle_trainer.card import CARD_SCHEMA
from spindle_trainer.export import Exported
from spindle_trainer.job import Job

from . import __version__
from .classes import CLASS_NAMES
from .export import in_zyx
from .planning import CONFIGURATION
from .state import State

PACKAGES = ("nnunetv2", "torch", "numpy", "scipy", "scikit-image", "onnx", "onnxruntime")


def network_spec(plans: dict) -> dict:
    """SemanticSpec: what a segmenter must know to run the network; triples are (x, y, z)."""
    configuration = plans["configurations"][CONFIGURATION]
    return {
        "kind": "semantic",
        "spacingMm": [float(each) for each in in_zyx(plans, configuration["spacing"])][::-1],
        "patch": [int(each) for each in in_zyx(plans, configuration["patch_size"])][::-1],
        "inputs": ["image"],
        "outputs": list(CLASS_NAMES),
        "preprocessing": "nnunet-zscore",
        "windowStep": 0.5,
        "mirrorAxes": ["x", "y", "z"],
    }


def model_card(job: Job, trained_patients: set[str], state: State, parameters: int, exported: Exported) -> dict:
    """The card's JSON. `patientsSeen` holds the patients of this and of every earlier round's training."""
    earlier = job.warm_start.patients_seen if job.warm_start else ()
    return {
        "schema": CARD_SCHEMA,
        "trainer": job.trainer,
        "preset": job.preset,
        "dataset": job.dataset,
        "version": job.version,
        "round": job.round,
        "seed": job.seed,
        "parent": job.warm_start.model if job.warm_start else None,
        "patientsSeen": sorted({*earlier, *trained_patients}),
        "network": network_spec(state.plans),
        "parameters": parameters,
        "steps": state.step,
        "seconds": round(state.seconds, 3),
        "onnx": {"digest": exported.digest, "bytes": exported.bytes, "opset": exported.opset},
        "parityMaxAbs": exported.parity_max_abs,
        "software": {
            "spindle-trainer-nnunet": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    }
