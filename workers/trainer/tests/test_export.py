import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from spindle_trainer import export
from spindle_trainer.export import ParityError, export_onnx
from spindle_trainer.model import IisNetwork
from spindle_trainer.presets import PRESETS, Architecture

PATCH = (16, 24, 24)


@pytest.fixture
def network() -> IisNetwork:
    torch.manual_seed(3)
    return IisNetwork(Architecture(widths=(4, 8), stem=4), PATCH)


@pytest.mark.parametrize("stem", [0, 4])
def test_onnxruntime_computes_what_pytorch_does(tmp_path, stem):
    torch.manual_seed(3)
    network = IisNetwork(Architecture(widths=(4, 8), stem=stem), PATCH)
    exported = export_onnx(network, PATCH, tmp_path / "model.onnx")
    assert exported.parity_max_abs < 1e-5
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    outside = np.concatenate([np.full((1, 1, *PATCH), -0.5), np.zeros((1, 2, *PATCH))], axis=1).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 3, (1, 3, *PATCH)).astype(np.float32)
    for patch in (outside, noise):  # a constant patch has no variance to normalise by
        found = session.run(["structures", "completeness"], {"patch": patch})
        with torch.no_grad():
            logits = network(torch.from_numpy(patch))
        for a, b in zip(found, logits, strict=True):
            np.testing.assert_allclose(a, torch.sigmoid(b), atol=1e-4)


def test_instance_normalisation_stays_that(tmp_path, network):
    """A patch's result does not depend on running statistics: the graph holds no batch normalisation."""
    network.train()
    export_onnx(network, PATCH, tmp_path / "model.onnx")
    operators = {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    assert "InstanceNormalization" in operators
    assert "BatchNormalization" not in operators


def test_names_shapes_and_opset(tmp_path, network):
    exported = export_onnx(network, PATCH, tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    assert model.opset_import[0].version == exported.opset == 17
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    assert {each.name: each.shape for each in session.get_inputs()} == {"patch": [1, 3, *PATCH]}
    outputs = {each.name: each.shape for each in session.get_outputs()}
    assert outputs == {"structures": [1, 3, *PATCH], "completeness": [1, 1]}
    assert exported.bytes == (tmp_path / "model.onnx").stat().st_size


def test_a_network_that_exports_as_another_is_no_model(tmp_path, network, monkeypatch):
    monkeypatch.setattr(export, "max_difference", lambda *_: 0.5)
    with pytest.raises(ParityError, match=r"expected outputs within 0\.01 of PyTorch's, got 0\.5"):
        export_onnx(network, PATCH, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_a_difference_is_seen(tmp_path, network):
    """The control of the parity check: after a change of one weight the file no longer fits."""
    export_onnx(network, PATCH, tmp_path / "model.onnx")
    with torch.no_grad():
        network.structures.bias += 1
    patch = torch.rand(1, 3, *PATCH)
    assert export.max_difference(export.Probabilities(network).eval(), tmp_path / "model.onnx", patch) > 0.1


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_fits_its_patch(name):
    preset = PRESETS[name]
    network = IisNetwork(preset.architecture, preset.spec.patch_zyx)
    if name == "demo":
        structures, completeness = network(torch.zeros(1, 3, *preset.spec.patch_zyx))
        assert structures.shape == (1, 3, *preset.spec.patch_zyx)
        assert completeness.shape == (1, 1)


def test_the_published_network_has_its_width():
    """Four levels of 50 channels. The published 1,281,307 parameters hold two heads; the rest, by hand:"""
    convolution, norms = 50 * 50 * 27, 2 * 2 * 50
    down = (3 * 50 * 27 + convolution + norms) + 3 * (2 * convolution + norms)
    up = 3 * (50 * 50 * 8 + 50) + 3 * (3 * convolution + norms)
    network = IisNetwork(PRESETS["paper"].architecture, PRESETS["paper"].spec.patch_zyx)
    head = sum(each.numel() for each in network.completeness.parameters())
    assert sum(each.numel() for each in network.parameters()) - head == down + up + 3 * 51


def test_a_patch_that_does_not_halve_evenly_is_refused():
    with pytest.raises(ValueError, match="expected multiples of 4 on every axis"):
        IisNetwork(Architecture(widths=(4, 8), stem=4), (16, 24, 26))
