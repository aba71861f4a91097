"""Segmentation Storage: one segment for each label of the mask, made by highdicom."""

import highdicom as hd
import numpy as np
from highdicom.sr.coding import CodedConcept
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from .mr import DATE, TIME

ANATOMICAL_STRUCTURE = CodedConcept("91723000", "SCT", "Anatomical Structure")


def segmentation(job: dict, slices: list[Dataset], mask: np.ndarray) -> hd.seg.Segmentation:
    """`mask` (z, y, x) holds the number of the segment of every voxel, in the order of `slices`."""
    made = hd.seg.Segmentation(
        source_images=slices,
        pixel_array=mask,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[description(job, segment) for segment in job["segments"]],
        series_instance_uid=job["uids"]["segmentationSeries"],
        series_number=100 + job["seriesNumber"],
        sop_instance_uid=job["uids"]["segmentation"],
        instance_number=1,
        manufacturer="Spindle",
        manufacturer_model_name="spindle",
        software_versions="DICOM export 1",
        device_serial_number="none",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        content_label="REFERENCE",
        content_description=f"{job['dataset']}, version {job['version'][:12]}",
        series_description=f"{job['series']} reference",
        omit_empty_frames=True,
    )
    settle(made, job["uids"]["dimensions"])
    return made


def description(job: dict, segment: dict) -> hd.seg.SegmentDescription:
    algorithm = job["algorithm"]
    made = hd.seg.SegmentDescription(
        segment_number=segment["number"],
        segment_label=segment["name"],
        segmented_property_category=ANATOMICAL_STRUCTURE,
        segmented_property_type=CodedConcept(segment["code"], "SCT", segment["meaning"]),
        algorithm_type=algorithm["type"],
        algorithm_identification=None
        if algorithm["type"] == "MANUAL"
        else hd.AlgorithmIdentificationSequence(
            name=algorithm["name"],
            family=CodedConcept("123110", "DCM", "Artificial Intelligence"),
            version=algorithm["version"],
        ),
        tracking_uid=segment["trackingUid"],
        tracking_id=f"{job['dataset']} {job['series']} {segment['label']}",
    )
    made.SegmentDescription = segment["description"]
    return made


def settle(dataset: Dataset, dimensions_uid: str) -> None:
    """Puts fixed values where highdicom takes the clock or draws by lot."""
    dataset.ContentDate = dataset.SeriesDate = dataset.InstanceCreationDate = DATE
    dataset.ContentTime = dataset.SeriesTime = dataset.InstanceCreationTime = TIME
    for equipment in dataset.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = DATE + TIME
    for organization in dataset.DimensionOrganizationSequence:
        organization.DimensionOrganizationUID = dimensions_uid
    for index in dataset.DimensionIndexSequence:
        index.DimensionOrganizationUID = dimensions_uid
