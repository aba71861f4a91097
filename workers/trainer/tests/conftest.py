import pytest
import torch

from spindle_trainer import presets
from spindle_trainer.presets import Architecture, NetworkSpec, Preset

TINY = Preset(
    spec=NetworkSpec((4.0, 3.0, 3.0), (16, 24, 24), outside_value=-0.5, clip_min=-0.25, clip_max=1.5),
    architecture=Architecture(widths=(4, 8), stem=4),
    batch=2,
    gpu_batch=2,
    learning_rate=4e-3,
    warm_learning_rate=2e-3,
    weight_decay=1e-4,
    steps=6,
)


@pytest.fixture
def tiny(monkeypatch) -> Preset:
    """Makes the preset `demo` small enough to train within a second; one thread, so that sums have one order."""
    monkeypatch.setitem(presets.PRESETS, "demo", TINY)
    torch.set_num_threads(1)
    monkeypatch.setenv("SPINDLE_TRAINER_THREADS", "1")
    return TINY
