"""A small lumbar spine, and the table of structures that the server would give."""

import numpy as np

from SpindleReview import Grid, StructureTable

TABLE = StructureTable(
    [
        {"label": label, "name": name, "colour": [label % 256, 10, 20]}
        for label, name in [
            *((n, f"vertebra {n}") for n in range(1, 26)),
            (100, "canal"),
            *((100 + n, f"vertebra {n} (partly in view)") for n in range(1, 26)),
            *((200 + n, f"disc {n}") for n in range(1, 26)),
        ]
    ]
)

SAGITTAL = [[0, 0, -1], [1, 0, 0], [0, -1, 0]]
C, S = 0.96, 0.28
DIRECTIONS = {
    "sagittal": SAGITTAL,
    "oblique": [[C, -S * C, S * S], [S, C * C, -C * S], [0, S, C]],
    "left-handed": [[0, 0, 1], [1, 0, 0], [0, -1, 0]],
}


def grid(direction=SAGITTAL):
    return Grid((6, 12, 4), np.array([1.5, 1.25, 4.0]), np.array([12.5, -31.0, 7.25]), np.array(direction, float))


def spine():
    """(z, y, x): from the bottom (high y) 1, 201 below it, 2, 202, partly 103 on top; the canal behind. Slice 3 is empty."""
    labels = np.zeros((4, 12, 6), np.int16)
    labels[:3, :, 5] = 100
    for label, (top, bottom) in {103: (0, 2), 202: (3, 4), 2: (4, 7), 201: (11, 12), 1: (8, 11)}.items():
        labels[:3, top:bottom, :4] = label
    labels[2, 0, 0] = 0  # so that no direction reads the same both ways
    return labels


def image_file(direction=SAGITTAL):
    from SpindleReview import write_mha

    return write_mha(grid(direction), (spine() * 3 + 7).astype(np.int16))
