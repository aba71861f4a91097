"""Reads a folder of DICOM back with SimpleITK, pydicom and highdicom, and prints what it holds as JSON. Arguments: folders of series."""

import hashlib
import json
import sys
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import SimpleITK


def read(folder: Path) -> dict:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder / "mr"))
    image = SimpleITK.ReadImage(names)
    slices = [pydicom.dcmread(name) for name in names]
    seg = highdicom.seg.segread(folder / "seg.dcm")

    numbers = seg.get_pixels_by_source_instance(
        [each.SOPInstanceUID for each in slices], combine_segments=True, assert_missing_frames_are_empty=True
    )
    labels = np.zeros(256, dtype="<i2")
    for segment in seg.SegmentSequence:
        labels[segment.SegmentNumber] = int(segment.SegmentDescription.split()[2].rstrip(",;"))
    positions = {each.SOPInstanceUID: list(each.ImagePositionPatient) for each in slices}
    own = [
        list(frame.PlanePositionSequence[0].ImagePositionPatient)
        == positions[frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID]
        for frame in seg.PerFrameFunctionalGroupsSequence
    ]
    uids = {each.SOPInstanceUID for each in slices} | {each.SeriesInstanceUID for each in slices}
    text = "".join(str(each) for each in [*slices, seg])
    return {
        "files": [Path(name).name for name in names],
        "size": image.GetSize(),
        "spacingMm": image.GetSpacing(),
        "originLpsMm": image.GetOrigin(),
        "direction": image.GetDirection(),
        "image": hashlib.sha256(SimpleITK.GetArrayFromImage(image).astype("<i4").tobytes()).hexdigest(),
        "labels": hashlib.sha256(labels[numbers].tobytes()).hexdigest(),
        "framesOnTheirSlices": all(own),
        "orientation": [
            float(x) for x in seg.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient
        ],
        "sameFrameOfReference": seg.FrameOfReferenceUID == slices[0].FrameOfReferenceUID,
        "sameStudy": seg.StudyInstanceUID == slices[0].StudyInstanceUID,
        "uids": len(uids),
        "study": seg.StudyInstanceUID,
        "segmentation": seg.SOPInstanceUID,
        "segments": [
            [each.SegmentLabel, each.SegmentedPropertyTypeCodeSequence[0].CodeValue, each.SegmentAlgorithmType]
            for each in seg.SegmentSequence
        ],
        "patient": [str(seg.PatientID), str(seg.PatientName), str(seg.PatientSex)],
        "described": seg.SegmentSequence[0].SegmentDescription,
        "dates": sorted({str(e.value) for each in [*slices, seg] for e in each.iterall() if e.VR in ("DA", "DT") and e.value}),
        "mentionsVersion": text.count("dataset version"),
    }


print(json.dumps([read(Path(each)) for each in sys.argv[1:]]))
