"""nnU-Net's own predictor on one image: what Spindle's segmenter is compared with."""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from spindle_trainer.errors import InvalidJobError
from spindle_trainer.mha import read_mha

from . import planning
from .classes import CLASS_NAMES
from .dataset import in_lps
from .state import load_weights


def predict(model: str, image: str, target: str) -> int:
    """Writes the classes of an image, on its own grid turned to LPS, as nnUNetPredictor gives them.

    `model` is a `weights.pt`, or the job directory with `out/weights.pt`. SPINDLE_NNUNET_MIRROR=1 turns mirroring on. Exit 2 for
    files that can't be read.
    """
    try:
        source = Path(model)
        plans, networks = load_weights(source if source.is_file() else source / "out" / "weights.pt")
        turned = in_lps(read_mha(Path(image)))
    except InvalidJobError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        planning.set_folders(Path(folder))
        classes = classes_by_nnunet(plans, networks, turned)
    answer = sitk.GetImageFromArray(classes)
    answer.CopyInformation(turned)
    sitk.WriteImage(answer, target, useCompression=True)
    return 0


def classes_by_nnunet(plans: dict, networks: list[dict], image: sitk.Image) -> np.ndarray:
    """(z, y, x) uint8."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    manager = PlansManager(plans)
    configuration = manager.get_configuration(planning.CONFIGURATION)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    mirror = os.environ.get("SPINDLE_NNUNET_MIRROR") == "1"
    predictor = nnUNetPredictor(use_mirroring=mirror, perform_everything_on_device=False, device=device, allow_tqdm=False)
    network = get_network_from_plans(
        configuration.network_arch_class_name,
        configuration.network_arch_init_kwargs,
        configuration.network_arch_init_kwargs_req_import,
        1,
        len(CLASS_NAMES),
        deep_supervision=False,
    )
    labels = {name: value for value, name in enumerate(CLASS_NAMES)}
    raw = {"channel_names": {"0": "MRI"}, "labels": labels, "file_ending": ".mha"}
    predictor.manual_initialization(network, manager, configuration, networks, raw, "nnUNetTrainer", (0, 1, 2))
    voxels = sitk.GetArrayFromImage(image)[None].astype(np.float32)
    return predictor.predict_single_npy_array(voxels, {"spacing": list(image.GetSpacing()[::-1])}).astype(np.uint8)
