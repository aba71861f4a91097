"""Reviews every task of a real server as a person in Slicer would, on a played scene; test/infra/slicer runs it.

python review_tasks.py <address> <name> <drafts>, with SPINDLE_PASSWORD; reads what to draw as JSON from the standard input,
[{"voxel": [x, y, z], "label"}] in the order of the image's file, and prints what came of each task, as JSON.
"""

import json
import os
import sys

import conftest  # puts Slicer's modules where the module looks for them
import numpy as np
import slicer

from SpindleReview import DraftStore, ReviewSession, SpindleApi, SpindleReviewLogic, verdict_of


def draw(logic, voxel, label):
    """Sets one voxel as the segment editor would: at its place in the patient, on the grid of Slicer's own node."""
    node = logic.node_grid()
    place = logic.grid.point(voxel)
    i, j, k = np.rint((node.direction.T @ (place - node.origin_lps_mm)) / node.spacing_mm).astype(int)
    wanted = logic.add_structure(label) if label else None
    for key, _ in logic.segments():
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(logic.segmentation, key, logic.image).copy()
        if bool(voxels[k, j, i]) != (key == wanted):
            voxels[k, j, i] = key == wanted
            slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, logic.segmentation, key, logic.image)


def main(address, name, folder):
    api = SpindleApi(address)
    session = ReviewSession(api, api.sign_in(name, os.environ["SPINDLE_PASSWORD"]), DraftStore(folder, api.root))
    drawing = json.load(sys.stdin)
    done = []
    while (view := session.next_task()) is not None:
        image, proposal = session.files()
        logic = SpindleReviewLogic()
        logic.open(view["task"], image, session.grid, proposal, session.table)
        for each in drawing:
            draw(logic, each["voxel"], each["label"])
        verdict, labels = verdict_of("correct", logic.labels(), proposal)
        result = session.submit(verdict, labels)
        done.append({"task": view["task"], "turned": not logic.node_grid().same_as(logic.grid), **result})
        logic.close()
    drafts = session.drafts.tasks()
    session.api.sign_out()
    json.dump({"real": conftest.REAL_SCENE, "done": done, "drafts": drafts}, sys.stdout)


main(*sys.argv[1:])
