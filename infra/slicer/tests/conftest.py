"""Puts the module where Slicer would: on a played scene, or (`npm run test:slicer`) on the real one of slicer-core."""

import os
import sys
import tempfile
import types
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import fake_window  # noqa: E402


class Observing:
    """Slicer's VTKObservationMixin."""

    def __init__(self):
        self.observed = []

    def addObserver(self, thing, event, handler):  # noqa: N802
        self.observed.append((thing, event, handler))

    def removeObservers(self):  # noqa: N802
        self.observed = []


class Logic:
    pass


class WidgetOfModule:
    def __init__(self, parent=None):
        self.layout = fake_window.Widget()

    def setup(self):
        pass


def install():
    """The modules that Slicer brings; tells whether the scene is the real one."""
    real = os.environ.get("SPINDLE_SCENE") == "real"
    if real:
        import real_scene
        import slicer
        import slicer.util
        import vtk

        real_scene.install(slicer)
    else:
        import fake_scene

        slicer = sys.modules["slicer"] = types.ModuleType("slicer")
        slicer.util = sys.modules["slicer.util"] = types.ModuleType("slicer.util")
        names = ("vtkMRMLSegmentEditorNode", "vtkSegmentation", "vtkMRMLSliceNode", "vtkMRMLLayoutNode")
        for name in names:
            setattr(slicer, name, types.SimpleNamespace())
        slicer.vtkMRMLSegmentEditorNode.OverwriteAllSegments = 0
        slicer.vtkSegmentation.SourceRepresentationModified = slicer.vtkSegmentation.SegmentRemoved = 0
        vtk = sys.modules["vtk"] = fake_scene.install(slicer)
    base = sys.modules["slicer.ScriptedLoadableModule"] = types.ModuleType("slicer.ScriptedLoadableModule")
    base.ScriptedLoadableModule = base.ScriptedLoadableModuleLogic = Logic
    base.ScriptedLoadableModuleWidget = WidgetOfModule
    slicer.util.VTKObservationMixin = Observing
    slicer.app = types.SimpleNamespace(
        temporaryPath=tempfile.gettempdir(), setOverrideCursor=lambda _: None, restoreOverrideCursor=lambda: None
    )
    sys.modules["qt"], sys.modules["ctk"] = fake_window.install(slicer)
    assert vtk
    return real


REAL_SCENE = install()


def pytest_report_header():
    return f"scene: {'the real one, of slicer-core' if REAL_SCENE else 'played'}"


@pytest.fixture
def slicer():
    module = sys.modules["slicer"]
    module.asked, module.answers, module.errors = [], [], []
    return module
