import json

import numpy as np
import pytest
import SimpleITK as sitk
from jobs import case, job_json, write_job
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.job import read_job
from spindle_trainer.mha import Grid, Volume, read_mha

from spindle_nnunet.dataset import NAME, in_lps, reach_of, write_raw

# Columns are the index axes: x goes back, y down, z to the right.
PIR = np.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]])


def test_raw_data_is_what_nnunet_expects(tmp_path):
    job = read_job(write_job(tmp_path, job_json([case("1_t2"), case("2_t2", "validation")], trainer="nnunet")))
    write_raw(job, tmp_path / "raw-nnunet", (3.0, 3.0, 4.0), lambda: None)
    root = tmp_path / "raw-nnunet" / NAME
    content = json.loads((root / "dataset.json").read_text())
    assert content["labels"] == {"background": 0, "vertebra": 1, "disc": 2, "canal": 3, "vertebra-contact": 4}
    assert sorted(content["dataset"]) == ["1_t2", "2_t2"]
    for name, files in content["dataset"].items():
        image, classes = sitk.ReadImage(files["images"][0]), sitk.ReadImage(files["label"])
        assert image.GetSize() == classes.GetSize()
        assert set(np.unique(sitk.GetArrayFromImage(classes))) <= {0, 1, 2, 3, 4}
        labels = in_lps(read_mha(tmp_path / f"raw/instancesTr/{name}.mha"))
        assert ((sitk.GetArrayFromImage(labels) > 0) == (sitk.GetArrayFromImage(classes) > 0)).all()


def test_a_mask_that_lacks_a_class_brings_the_ignore_label(tmp_path):
    job = read_job(write_job(tmp_path, job_json([case("1_t2", annotatedClasses=["vertebra"])], trainer="nnunet")))
    write_raw(job, tmp_path / "raw-nnunet", None, lambda: None)
    content = json.loads((tmp_path / "raw-nnunet" / NAME / "dataset.json").read_text())
    assert content["labels"]["ignore"] == 5


def test_voxels_are_turned_to_lps_and_never_computed():
    voxels = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)  # (z, y, x): right, down, back
    turned = in_lps(Volume(Grid((4, 3, 2), np.array([1.0, 2, 3]), np.zeros(3), PIR), voxels))
    assert turned.GetSpacing() == (3, 1, 2)
    assert np.allclose(turned.GetDirection(), np.eye(3).ravel())
    # New (z up, y back, x left) is old (x back, y down reversed, z right reversed).
    assert (sitk.GetArrayFromImage(turned) == voxels[::-1, ::-1, :].transpose(1, 2, 0)).all()


def test_contact_reaches_one_voxel_of_the_grid_that_is_trained_on():
    image = sitk.Image(4, 4, 4, sitk.sitkInt16)
    image.SetSpacing((4.0, 0.6, 1.4))
    assert reach_of(image, (3.0, 3.0, 4.0)) == (2, 5, 1)
    assert reach_of(image, None) == (1, 1, 1)


def test_unknown_labels_and_other_grids_are_refused_by_name(tmp_path):
    job = read_job(write_job(tmp_path, job_json([case("1_t2"), case("2_t1")], trainer="nnunet")))
    mask = sitk.ReadImage(str(job.cases[0].mask))
    wrong = sitk.GetArrayFromImage(mask)
    wrong[0, 0, 0] = 77
    bad = sitk.GetImageFromArray(wrong)
    bad.CopyInformation(mask)
    sitk.WriteImage(bad, str(job.cases[0].mask))
    with pytest.raises(InvalidJobError, match=r"1_t2.mha: labels: expected .*, got \[77\]"):
        write_raw(job, tmp_path / "a", None, lambda: None)
    mask.SetSpacing([each * 2 for each in mask.GetSpacing()])
    sitk.WriteImage(mask, str(job.cases[0].mask))
    with pytest.raises(InvalidJobError, match="grid: expected that of its image"):
        write_raw(job, tmp_path / "b", None, lambda: None)
