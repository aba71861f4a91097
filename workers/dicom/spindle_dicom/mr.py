"""MR Image Storage, a slice a file."""

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import DSfloat

# No date is known, and none is made up: this one says so by being nobody's.
DATE, TIME = "20000101", "000000"


def mr_slices(job: dict, image: np.ndarray) -> list[Dataset]:
    """The slices of `image` (z, y, x) in the order of the array; `job["positions"]` holds the first voxel of each in LPS mm."""
    return [mr_slice(job, image[at], at) for at in range(len(image))]


def mr_slice(job: dict, pixels: np.ndarray, at: int) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = file_meta(MRImageStorage, job["uids"]["instances"][at])
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = job["uids"]["instances"][at]
    patient_and_study(dataset, job)
    dataset.Modality = "MR"
    dataset.SeriesInstanceUID = job["uids"]["series"]
    dataset.SeriesNumber = job["seriesNumber"]
    dataset.SeriesDescription = job["series"]
    dataset.BodyPartExamined = "SPINE"
    dataset.PatientPosition = ""
    dataset.Manufacturer = ""
    dataset.FrameOfReferenceUID = job["uids"]["frameOfReference"]
    dataset.PositionReferenceIndicator = ""
    dataset.InstanceNumber = at + 1
    dataset.ImageType = ["DERIVED", "PRIMARY", "OTHER"]
    # RM, research mode: how the image was acquired is not known here.
    dataset.ScanningSequence = "RM"
    dataset.SequenceVariant = "NONE"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "3D" if job["sequence"] == "t2_SPACE" else "2D"
    dataset.RepetitionTime = None
    dataset.EchoTime = None
    dataset.EchoTrainLength = None
    dx, dy, dz = job["spacingMm"]
    dataset.PixelSpacing = [decimal(dy), decimal(dx)]  # between rows, between columns
    # Of a gap between slices nothing is known: what a slice stands for.
    dataset.SliceThickness = decimal(dz)
    dataset.SpacingBetweenSlices = decimal(dz)
    dataset.ImageOrientationPatient = [decimal(each) for each in (*job["rowDirection"], *job["columnDirection"])]
    dataset.ImagePositionPatient = [decimal(each) for each in job["positions"][at]]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    return dataset


def patient_and_study(dataset: Dataset, job: dict) -> None:
    dataset.PatientName = f"{job['patient']}^"
    dataset.PatientID = job["patient"]
    dataset.PatientBirthDate = ""
    dataset.PatientSex = job["sex"]
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Made of geometry and voxels alone, without a header"
    dataset.StudyInstanceUID = job["uids"]["study"]
    dataset.StudyID = job["study"]
    dataset.StudyDate, dataset.StudyTime = DATE, TIME
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""


def file_meta(sop_class: str, instance: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta


def decimal(value: float) -> DSfloat:
    """A decimal string of at most 16 characters, as exact as those allow."""
    return DSfloat(value, auto_format=True)
