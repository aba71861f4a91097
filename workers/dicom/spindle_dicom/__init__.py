"""Writes a series and its reference mask as DICOM: MR images and a segmentation on their grid."""
