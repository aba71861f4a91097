"""Writes the trained networks as one ONNX network and checks that onnxruntime computes what PyTorch does."""

import hashlib
import warnings
from pathlib import Path

import onnx
import onnxruntime
import torch
from spindle_trainer.export import OPSET, Exported, ParityError
from torch import Tensor, nn

from .classes import CLASS_NAMES
from .planning import CONFIGURATION

# Of the largest logit: sums in another order differ more where numbers are larger.
MAX_RELATIVE_DIFFERENCE = 1e-3


class Ensemble(nn.Module):
    """The mean of the folds' logits, with axes as Spindle has them: (1, 1, z, y, x) in LPS to (1, classes, z, y, x)."""

    def __init__(self, networks: list[nn.Module], transpose_forward: list[int]):
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self._there = [0, 1, *(2 + axis for axis in transpose_forward)]
        self._back = [0, 1, *(2 + transpose_forward.index(axis) for axis in range(3))]

    def forward(self, patch: Tensor) -> Tensor:
        turned = patch.permute(self._there)
        total = self.networks[0](turned)
        for network in self.networks[1:]:
            total = total + network(turned)
        return (total / len(self.networks)).permute(self._back)


def ensemble_of(plans: dict, states: list[dict]) -> Ensemble:
    """The networks of the plans with the folds' weights, for inference."""
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    architecture = plans["configurations"][CONFIGURATION]["architecture"]
    networks = []
    for state in states:
        network = get_network_from_plans(
            architecture["network_class_name"],
            architecture["arch_kwargs"],
            architecture["_kw_requires_import"],
            1,
            len(CLASS_NAMES),
            allow_init=False,
            deep_supervision=False,
        )
        network.load_state_dict(state)
        networks.append(network.eval())
    return Ensemble(networks, plans["transpose_forward"]).eval()


def in_zyx(plans: dict, values: list) -> list:
    """Per-axis values of the plans, which are in nnU-Net's order, in (z, y, x)."""
    return [values[plans["transpose_forward"].index(axis)] for axis in range(3)]


def export_onnx(model: Ensemble, patch_zyx: list[int], path: Path) -> Exported:
    """Writes `patch` (1, 1, z, y, x) to `logits` (1, classes, z, y, x). Raises ParityError."""
    patch = torch.randn((1, 1, *patch_zyx), generator=torch.Generator().manual_seed(0))
    partial = path.with_suffix(".part")
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter that torch advises needs a further package and writes the same operators.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (patch,), str(partial), input_names=["patch"], output_names=["logits"], opset_version=OPSET, dynamo=False
        )
        trained = model(patch).numpy()
    onnx.checker.check_model(str(partial), full_check=True)
    session = onnxruntime.InferenceSession(str(partial), providers=["CPUExecutionProvider"])
    (exported,) = session.run(["logits"], {"patch": patch.numpy()})
    difference, largest = float(abs(exported - trained).max()), float(abs(trained).max())
    if not difference <= MAX_RELATIVE_DIFFERENCE * max(largest, 1.0):
        raise ParityError(f"{path.name}: expected logits within {MAX_RELATIVE_DIFFERENCE}, got {difference} of {largest}")
    content = partial.read_bytes()
    partial.replace(path)
    return Exported(hashlib.sha256(content).hexdigest(), len(content), OPSET, difference)
