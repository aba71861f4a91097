"""Checks out a dataset version and verifies every volume, with nothing of Spindle's: written from docs/format.md alone.

usage: read_version.py <bucket> <dataset> <digest of a version, or main> <folder>
Where the S3 server is and who asks is told as to any program with boto3: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …
"""

import hashlib
import json
import pathlib
import re
import sys
import zlib

import boto3

bucket, dataset, version, folder = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
# The digest is checked here, where the object can be named.
s3 = boto3.client("s3", config=boto3.session.Config(response_checksum_validation="when_required"))


def get(key, digest=None):
    data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if digest not in (None, hashlib.sha256(data).hexdigest()):
        sys.exit(f"{key}: other bytes than its name says")
    return data


def voxel_digest(mha, grid):
    header, voxels = re.fullmatch(rb"(.*?\nElementDataFile = LOCAL\n)(.*)", mha, re.DOTALL).groups()
    element = re.search(rb"^ElementType = MET_(\w+)", header, re.MULTILINE)[1]
    return hashlib.sha256(grid.encode() + b"\n" + element + zlib.decompress(voxels)).hexdigest()


if version == "main":
    version = json.loads(get(f"refs/{dataset}/main.json"))["version"]
manifest = get(f"versions/{dataset}/{version}.json", version)
# Python writes some numbers in another way than canonical JSON does: between # they stay as they stand in the manifest.
for entry in json.loads(manifest, parse_float="#{}#".format)["series"]:
    grid = re.sub('"#|#"', "", json.dumps(entry["grid"], sort_keys=True, separators=(",", ":")))
    for kind, stored in (("images", entry["image"]), ("masks", entry["reference"]["mask"])):
        mha = get(f"objects/{stored['digest']}", stored["digest"])
        if voxel_digest(mha, grid) != stored["voxelDigest"]:
            sys.exit(f"{kind}/{entry['series']}.mha: other voxels than the manifest says")
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{entry['series']}.mha").write_bytes(mha)
(folder / "version.json").write_bytes(manifest)
print(f"version {version}: every volume is in {folder}, as the manifest says")
