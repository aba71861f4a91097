"""Slicer's own scene, volumes and segmentations, from PyPI's slicer-core, which has everything of Slicer but the window."""

import types


def install(slicer):
    scene = slicer.mrmlScene = slicer.vtkMRMLScene()
    application = slicer.vtkSlicerApplicationLogic()
    colours = slicer.vtkSlicerColorLogic()
    volumes, segmentations = slicer.vtkSlicerVolumesLogic(), slicer.vtkSlicerSegmentationsModuleLogic()
    for logic in (colours, volumes, segmentations):
        logic.SetMRMLApplicationLogic(application)
        logic.SetMRMLScene(scene)
    application.SetModuleLogic("Colors", colours)
    slicer.modules = types.SimpleNamespace(
        volumes=types.SimpleNamespace(logic=lambda: volumes),
        segmentations=types.SimpleNamespace(logic=lambda: segmentations),
        keep=(application, colours),
    )
