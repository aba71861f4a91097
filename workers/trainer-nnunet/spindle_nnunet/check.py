"""What is installed, as one JSON line: `spindle trainer check nnunet` reads it."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version

from .card import PACKAGES


def check() -> int:
    """Imports what training imports. Exit 1, with the reason, when something is missing."""
    try:
        import torch
        from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

        device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu"
        software = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    except (ImportError, PackageNotFoundError, OSError) as error:
        print(json.dumps({"ok": False, "reason": f"{type(error).__name__}: {error}"[:300]}))
        return 1
    print(json.dumps({"ok": True, "device": device, "software": software, "trainer": nnUNetTrainer.__name__}))
    return 0
