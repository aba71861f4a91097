"""Times SimpleITK reading and writing MHA files and prints JSON: for each file the seconds of both and those of reading back what it
wrote, which stays beside the file as FILE.simpleitk.mha, and the bytes of that.

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
        read_other, _ = shortest(int(runs), lambda: sitk.ReadImage(written))
        figures[file] = {"read": read, "readOther": read_other, "write": write, "bytes": os.path.getsize(written)}
    json.dump(figures, sys.stdout)


main()
