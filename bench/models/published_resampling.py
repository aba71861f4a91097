"""Times how the published segmenter brings one volume's probabilities back to the image's grid, and prints JSON.

Each structure's probabilities, in an otherwise empty volume on the working grid, are zoomed with a cubic spline as a whole
(scipy.ndimage.zoom, order 3) and cut off at 0.5; three volumes per vertebra. FILE holds them one after the other: float32, (z, y, x).
"""

import json
import sys
import time

import numpy as np
from scipy import ndimage


def main():
    file, size, zoom = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    volumes = np.fromfile(file, dtype="<f4").reshape(-1, *reversed(size))
    start = time.perf_counter()
    voxels = [int((ndimage.zoom(volume, zoom[::-1], order=3) > 0.5).sum()) for volume in volumes]
    json.dump({"seconds": time.perf_counter() - start, "voxels": voxels}, sys.stdout)


main()
