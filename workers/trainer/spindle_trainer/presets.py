"""The three sizes of the network and how each is trained. docs/trainer.md has the measurements behind `demo`."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class NetworkSpec:
    """What a segmenter must know to run the network (NetworkSpec in core/trainer-contract.ts); triples are (x, y, z)."""

    spacing_mm: tuple[float, float, float]
    patch: tuple[int, int, int]
    outside_value: float
    clip_min: float
    clip_max: float

    @property
    def patch_zyx(self) -> tuple[int, int, int]:
        return self.patch[::-1]

    def to_json(self) -> dict:
        return {
            "kind": "iis",
            "spacingMm": list(self.spacing_mm),
            "patch": list(self.patch),
            "outsideValue": self.outside_value,
            "clipMin": self.clip_min,
            "clipMax": self.clip_max,
            "inputs": ["image", "vertebra-memory", "disc-memory"],
            "outputs": ["vertebra", "disc", "canal"],
        }


@dataclass(frozen=True)
class Architecture:
    """Widths of the U-Net's levels; `stem` channels of a strided first convolution, 0 for none (full resolution throughout)."""

    widths: tuple[int, ...]
    stem: int

    def to_json(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Preset:
    """A network and how to train it. `steps` is the budget where the job gives none; `gradient_norm` None clips nothing.

    `gpu_batch` is the batch on a GPU, which a small one leaves idle.
    """

    spec: NetworkSpec
    architecture: Architecture
    batch: int
    gpu_batch: int
    learning_rate: float
    warm_learning_rate: float
    weight_decay: float
    steps: int
    loss: str = "dice"
    completeness_gain: float = 0.2
    gradient_norm: float | None = 5.0
    ema_decay: float = 0.99
    betas: tuple[float, float] = field(default=(0.9, 0.99))

    def batch_on(self, device: str) -> int:
        """Samples a step on a device of this type: `cpu` or `cuda`."""
        return self.gpu_batch if device == "cuda" else self.batch


PRESETS = {
    "demo": Preset(
        spec=NetworkSpec((4.0, 2.0, 2.0), (24, 48, 56), outside_value=-0.5, clip_min=-0.25, clip_max=1.5),
        architecture=Architecture(widths=(24, 48, 64), stem=24),
        batch=2,
        gpu_batch=8,
        learning_rate=4e-3,
        warm_learning_rate=2e-3,
        weight_decay=1e-4,
        steps=2000,
    ),
    "compact": Preset(
        spec=NetworkSpec((3.0, 1.5, 1.5), (32, 80, 80), outside_value=-0.5, clip_min=-0.25, clip_max=1.5),
        architecture=Architecture(widths=(24, 48, 80, 96), stem=24),
        batch=2,
        gpu_batch=16,
        learning_rate=2e-3,
        warm_learning_rate=1e-3,
        weight_decay=1e-4,
        steps=20_000,
        ema_decay=0.998,
    ),
    "paper": Preset(
        # Clipped to 0..1 and -1000 outside of -1000..3096, as the published preprocessing does in other numbers.
        spec=NetworkSpec((2.0, 0.6, 0.6), (64, 192, 192), outside_value=-1000 / 4096, clip_min=0.0, clip_max=1.0),
        architecture=Architecture(widths=(50, 50, 50, 50), stem=0),
        batch=1,
        gpu_batch=1,
        learning_rate=1e-3,
        warm_learning_rate=1e-3,
        weight_decay=1e-5,
        steps=150_000,
        loss="paper",
        completeness_gain=1.0,
        gradient_norm=None,
        ema_decay=0.9999,
        betas=(0.99, 0.999),
    ),
}
