import hashlib

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from spindle_nnunet.card import network_spec
from spindle_nnunet.export import Ensemble, export_onnx, in_zyx

# nnU-Net puts the coarsest axis first: x, z, y of our (z, y, x).
FORWARD = [2, 0, 1]
PLANS = {
    "transpose_forward": FORWARD,
    "configurations": {"3d_fullres": {"spacing": [4.0, 0.6, 0.5], "patch_size": [8, 24, 16]}},
}


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv3d(1, 3, (1, 3, 1), padding=(0, 1, 0)), nn.InstanceNorm3d(3, affine=True), nn.Conv3d(3, 5, 1))


def test_the_export_averages_the_folds_in_our_axes(tmp_path):
    networks = [network(1).eval(), network(2).eval()]
    exported = export_onnx(Ensemble(networks, FORWARD), in_zyx(PLANS, [8, 24, 16]), tmp_path / "model.onnx")
    content = (tmp_path / "model.onnx").read_bytes()
    assert (exported.digest, exported.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    patch = np.random.default_rng(0).normal(size=(1, 1, 24, 16, 8)).astype(np.float32)
    (logits,) = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"patch": patch})
    turned = torch.from_numpy(patch).permute(0, 1, 4, 2, 3)  # (x, z, y), as nnU-Net would be given it
    with torch.no_grad():
        expected = ((networks[0](turned) + networks[1](turned)) / 2).permute(0, 1, 3, 4, 2).numpy()
    assert logits.shape == (1, 5, 24, 16, 8)
    assert np.abs(logits - expected).max() < 1e-4


def test_the_card_tells_spacing_and_patch_in_xyz():
    spec = network_spec(PLANS)
    assert spec["spacingMm"] == [4.0, 0.5, 0.6]
    assert spec["patch"] == [8, 16, 24]


class Drawn(nn.Module):
    """Computes something else each time."""

    def forward(self, x):
        return torch.cat([x + torch.rand(()).item()] * 5, 1)


def test_an_export_that_computes_something_else_is_refused(tmp_path):
    with pytest.raises(Exception, match=r"model.onnx: expected logits within"):
        export_onnx(Ensemble([Drawn()], FORWARD), [8, 8, 8], tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
