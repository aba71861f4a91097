"""The three sizes. nnU-Net plans each by itself; a preset only says for which spacing, which memory and which widths."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """`spacing_zyx` None leaves the spacing to nnU-Net, which takes the median of the data. `steps` is per fold, where the job
    gives no budget."""

    spacing_zyx: tuple[float, float, float] | None
    memory_gb: float
    base_features: int
    max_features: int
    folds: int
    steps: int
    checkpoint_seconds: float


PRESETS = {
    # For a CPU: minutes rather than days. A sixteenth of nnU-Net's widths in multiplications per voxel, on IIS' coarse grid.
    "demo": Preset((3.0, 3.0, 4.0), 0.06, 8, 64, folds=1, steps=2000, checkpoint_seconds=20),
    "compact": Preset((1.5, 1.5, 3.0), 1.0, 16, 128, folds=1, steps=20_000, checkpoint_seconds=60),
    # nnU-Net's defaults: 1,000 epochs of 250 iterations, five folds.
    "paper": Preset(None, 8.0, 32, 320, folds=5, steps=250_000, checkpoint_seconds=600),
}
