"""The IIS network: a compact 3D U-Net with a completeness head at its deepest level."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .presets import Architecture

INPUTS = 3  # image, vertebra memory, disc memory
OUTPUTS = 3  # vertebra, disc, canal
HEAD_CHANNELS = 16
HEAD_VOXELS = 160


class ConvBlock(nn.Sequential):
    """Twice convolution, instance normalisation, ReLU.

    The published network has batch normalisation without running statistics at batch size 1, which is this. Its affine
    form exports as ONNX InstanceNormalization, so a patch's result does not depend on what else is in the batch.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(
            nn.Conv3d(inputs, outputs, 3, padding=1, bias=False),
            nn.InstanceNorm3d(outputs, affine=True),
            nn.ReLU(inplace=True),
            nn.Conv3d(outputs, outputs, 3, padding=1, bias=False),
            nn.InstanceNorm3d(outputs, affine=True),
            nn.ReLU(inplace=True),
        )


class IisNetwork(nn.Module):
    """Image, vertebra memory and disc memory of a patch to logits of vertebra, disc and canal, and of completeness."""

    def __init__(self, architecture: Architecture, patch_zyx: tuple[int, int, int]):
        super().__init__()
        widths, stem = architecture.widths, architecture.stem
        stride = 2 if stem else 1
        depth = stride * 2 ** (len(widths) - 1)
        if any(size % depth for size in patch_zyx):
            raise ValueError(f"patch {patch_zyx}: expected multiples of {depth} on every axis")
        self.stem = nn.Conv3d(INPUTS, stem, 2, stride=2) if stem else nn.Identity()
        self.down = nn.ModuleList()
        channels = stem or INPUTS
        for width in widths:
            self.down.append(ConvBlock(channels, width))
            channels = width
        pairs = list(pairwise(widths))
        self.up = nn.ModuleList(nn.ConvTranspose3d(deep, shallow, 2, stride=2) for shallow, deep in pairs)
        self.merge = nn.ModuleList(ConvBlock(2 * shallow, shallow) for shallow, _ in pairs)
        self.structures = nn.ConvTranspose3d(widths[0], OUTPUTS, 2, stride=2) if stem else nn.Conv3d(widths[0], OUTPUTS, 1)
        self.completeness = CompletenessHead(widths[-1], tuple(size // depth for size in patch_zyx))

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor]:
        """(b, 3, z, y, x) to structure logits (b, 3, z, y, x) and completeness logits (b, 1)."""
        x = self.stem(patch)
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool3d(x, 2) if level else x)
            skips.append(x)
        completeness = self.completeness(x)
        for level in reversed(range(len(self.up))):
            x = self.merge[level](torch.cat([self.up[level](x), skips[level]], dim=1))
        return self.structures(x), completeness


class CompletenessHead(nn.Module):
    """Deepest features to one logit: whether the vertebra is completely in view.

    It keeps positions (whether something touches the patch's border matters), so it fits one patch size only, as published.
    """

    def __init__(self, channels: int, size_zyx: tuple[int, ...]):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv3d(channels, HEAD_CHANNELS, 1), nn.ReLU(inplace=True)]
        size = list(size_zyx)
        while size[0] * size[1] * size[2] > HEAD_VOXELS:
            kernel = tuple(2 if n > 4 else 1 for n in size)
            layers += [nn.MaxPool3d(kernel), nn.Conv3d(HEAD_CHANNELS, HEAD_CHANNELS, 3, padding=1), nn.ReLU(inplace=True)]
            size = [n // k for n, k in zip(size, kernel, strict=True)]
        self.features = nn.Sequential(*layers)
        self.linear = nn.Linear(HEAD_CHANNELS * size[0] * size[1] * size[2], 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.features(x).flatten(1))
