"""Writes the network as ONNX and checks that onnxruntime computes what PyTorch does."""

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from .model import INPUTS, IisNetwork

OPSET = 17
MAX_DIFFERENCE = 1e-2


@dataclass(frozen=True)
class Exported:
    digest: str
    bytes: int
    opset: int
    parity_max_abs: float


class ParityError(Exception):
    """Raised when the exported network computes something else than the trained one."""


class Probabilities(nn.Module):
    """The network with sigmoids at its ends: what a segmenter runs."""

    def __init__(self, network: IisNetwork):
        super().__init__()
        self.network = network

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor]:
        structures, completeness = self.network(patch)
        return torch.sigmoid(structures), torch.sigmoid(completeness)


def export_onnx(network: IisNetwork, patch_zyx: tuple[int, int, int], path: Path) -> Exported:
    """Writes `patch` (1, 3, z, y, x) to `structures` (1, 3, z, y, x) and `completeness` (1, 1). Raises ParityError."""
    model = Probabilities(network).eval().cpu()
    generator = torch.Generator().manual_seed(0)
    patch = torch.rand((1, INPUTS, *patch_zyx), generator=generator)
    partial = path.with_suffix(".part")
    with warnings.catch_warnings():
        # The exporter that torch advises needs a further package and writes the same operators.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (patch,),
            str(partial),
            input_names=["patch"],
            output_names=["structures", "completeness"],
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(partial), full_check=True)
    difference = max_difference(model, partial, patch)
    if not difference <= MAX_DIFFERENCE:
        raise ParityError(f"{path.name}: expected outputs within {MAX_DIFFERENCE} of PyTorch's, got {difference}")
    content = partial.read_bytes()
    partial.replace(path)
    return Exported(hashlib.sha256(content).hexdigest(), len(content), OPSET, difference)


def max_difference(model: nn.Module, onnx_file: Path, patch: Tensor) -> float:
    """The largest absolute difference between onnxruntime's and PyTorch's outputs on one patch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(onnx_file), options, providers=["CPUExecutionProvider"])
    exported = session.run(["structures", "completeness"], {"patch": patch.numpy()})
    with torch.no_grad():
        trained = [each.numpy() for each in model(patch)]
    return max(float(np.abs(a - b).max()) for a, b in zip(exported, trained, strict=True))
