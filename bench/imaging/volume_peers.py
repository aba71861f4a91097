"""Times SimpleITK reading and writing MHA files and prints JSON: for each file the seconds of both, and the bytes it writes.

Reading gives an image whose voxels are all in memory; writing compresses as SimpleITK does unless told otherwise.
"""

import json
import os
import sys

import SimpleITK as sitk
from peer_timing import shortest


def main():
    runs, *files = sys.argv[1:]
    figures = {}
    for file in files:
        written = f"{file}.simpleitk.mha"
        read, image = shortest(int(runs), lambda: sitk.ReadImage(file))
        write, _ = shortest(int(runs), lambda: sitk.WriteImage(image, written, useCompression=True))
        figures[file] = {"read": read, "write": write, "bytes": os.path.getsize(written)}
        os.remove(written)
    json.dump(figures, sys.stdout)


main()
