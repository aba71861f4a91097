"""nnU-Net's own fingerprint, plan and preprocessing; SIGTERM is heard between two cases."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from spindle_trainer.pool import each_case

from .dataset import NAME
from .presets import Preset

CONFIGURATION = "3d_fullres"


def set_folders(work: Path) -> None:
    """Tells nnU-Net where to read and write; to be called before anything of it is imported."""
    for variable, folder in (("nnUNet_raw", "raw"), ("nnUNet_preprocessed", "preprocessed"), ("nnUNet_results", "results")):
        os.environ[variable] = str(work / folder)
        (work / folder).mkdir(parents=True, exist_ok=True)
    os.environ["nnUNet_n_proc_DA"] = "2"
    # Compiling takes minutes and a compiler; whoever has both may turn it on.
    os.environ.setdefault("nnUNet_compile", "false")


def plan(work: Path, preset: Preset, may_go_on: Callable[[], None]) -> dict:
    """The plans for the raw data below `work`, made by nnU-Net from the data and the preset."""
    from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner

    write_fingerprint(work, may_go_on)
    planner = ExperimentPlanner(
        NAME,
        gpu_memory_target_in_gb=preset.memory_gb,
        overwrite_target_spacing=list(preset.spacing_zyx) if preset.spacing_zyx else None,
    )
    planner.UNet_base_num_features = preset.base_features
    planner.UNet_max_features_3d = preset.max_features
    # The estimate counts feature maps of nnU-Net's own widths.
    planner.UNet_reference_val_3d *= preset.base_features / planner.UNet_reference_com_nfeatures
    plans = planner.plan_experiment()
    configuration = plans["configurations"][CONFIGURATION]
    # Spine images have no masked-out surroundings: the segmenter normalises by the whole image.
    configuration["use_mask_for_norm"] = [False]
    return json.loads(json.dumps(plans, default=_plain))


def write_fingerprint(work: Path, may_go_on: Callable[[], None]) -> None:
    """What DatasetFingerprintExtractor.run writes, without its own pool of processes (each would import PyTorch anew)."""
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO

    file = work / "preprocessed" / NAME / "dataset_fingerprint.json"
    extractor = DatasetFingerprintExtractor(NAME, 1)
    samples = int(extractor.num_foreground_voxels_for_intensitystats // len(extractor.dataset))
    shapes, spacings, shares, intensities = [], [], [], []

    def analysed(case: dict) -> tuple:
        return extractor.analyze_case(case["images"], case["label"], SimpleITKIO, min(samples, 10_000))

    for shape, spacing, values, _, share in each_case(analysed, extractor.dataset.values(), may_go_on):
        shapes.append([int(n) for n in shape])
        spacings.append([float(mm) for mm in spacing])
        shares.append(float(share))
        intensities.append(np.asarray(values[0], float))
    everything = np.concatenate(intensities)
    low, median, high = np.percentile(everything, (0.5, 50.0, 99.5)) if everything.size else (0.0, 0.0, 0.0)
    statistics = {
        "mean": float(everything.mean()) if everything.size else 0.0,
        "median": float(median),
        "std": float(everything.std()) if everything.size else 0.0,
        "min": float(everything.min(initial=0.0)),
        "max": float(everything.max(initial=0.0)),
        "percentile_99_5": float(high),
        "percentile_00_5": float(low),
    }
    fingerprint = {
        "spacings": spacings,
        "shapes_after_crop": shapes,
        "foreground_intensity_properties_per_channel": {"0": statistics},
        "median_relative_size_after_cropping": float(np.median(shares)),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(fingerprint))


def preprocess(work: Path, plans: dict, may_go_on: Callable[[], None]) -> None:
    """Crops, normalises and resamples every case by nnU-Net's DefaultPreprocessor; a case that is there already is left."""
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    manager = PlansManager(plans)
    configuration = manager.get_configuration(CONFIGURATION)
    preprocessor = configuration.preprocessor_class(verbose=False)
    raw = json.loads((work / "raw" / NAME / "dataset.json").read_text())
    folder = work / "preprocessed" / NAME
    out = folder / configuration.data_identifier
    out.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps(raw))
    # Beside the folder: nnU-Net takes every file in it for a case.
    done = folder / "done"
    stamp = folder / "preprocessed_with.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != plans:
        for old in (*out.iterdir(), *(done.iterdir() if done.exists() else ())):
            old.unlink()
        stamp.write_text(json.dumps(plans))
    done.mkdir(exist_ok=True)

    def run_case(entry: tuple[str, dict]) -> None:
        name, case = entry
        preprocessor.run_case_save(str(out / name), case["images"], case["label"], manager, configuration, raw)
        (done / name).touch()

    missing = [entry for entry in DatasetFingerprintExtractor(NAME, 1).dataset.items() if not (done / entry[0]).exists()]
    for _ in each_case(run_case, missing, may_go_on):
        pass


def _plain(value):
    return value.item() if isinstance(value, np.generic) else list(value)
