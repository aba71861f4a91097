"""What the module asks of Slicer's scene, as Slicer 5 does it.

Left-handed files come in with their slices the other way round, and the numbers of segments are Slicer's own.
`npm run test:slicer` runs the same tests on the real scene of PyPI's slicer-core.
"""

import itertools
import types
import zlib
from pathlib import Path

import numpy as np

ids = itertools.count(1)


class Reference:
    def __init__(self, value):
        self.value = value

    def __str__(self):
        return str(self.value)


class Matrix4x4:
    def __init__(self):
        self.elements = np.eye(4)

    def GetElement(self, row, column):  # noqa: N802
        return float(self.elements[row, column])


class Node:
    def __init__(self, name=""):
        self.name = name
        self.id = f"node{next(ids)}"

    def GetID(self):  # noqa: N802
        return self.id

    def __getattr__(self, name):
        if name[:1].isupper():
            return lambda *_: None
        raise AttributeError(name)


class Volume(Node):
    array = None  # (k, j, i)
    ijk_to_ras = np.eye(4)

    def GetIJKToRASMatrix(self, matrix):  # noqa: N802
        matrix.elements = self.ijk_to_ras.copy()

    def GetImageData(self):  # noqa: N802
        return types.SimpleNamespace(GetDimensions=lambda: self.array.shape[::-1])


class Segment:
    def __init__(self, number):
        self.number = number
        self.voxels = None
        self.tags = {}
        self.name = f"Segment_{number}"
        self.colour = (0.5, 0.5, 0.5)

    def GetLabelValue(self):  # noqa: N802
        return self.number

    def GetName(self):  # noqa: N802
        return self.name

    def SetName(self, name):  # noqa: N802
        self.name = name

    def SetColor(self, *colour):  # noqa: N802
        self.colour = colour

    def GetColor(self):  # noqa: N802
        return self.colour

    def SetTag(self, key, value):  # noqa: N802
        self.tags[key] = value

    def GetTag(self, key, into):  # noqa: N802
        if key in self.tags:
            into.value = self.tags[key]
        return key in self.tags


class Segments:
    def __init__(self):
        self.all = {}

    def RemoveAllSegments(self):  # noqa: N802
        self.all.clear()

    def RemoveSegment(self, key):  # noqa: N802
        del self.all[key]

    def GetNumberOfSegments(self):  # noqa: N802
        return len(self.all)

    def GetNthSegment(self, index):  # noqa: N802
        return list(self.all.values())[index]

    def GetNthSegmentID(self, index):  # noqa: N802
        return list(self.all)[index]

    def GetSegment(self, key):  # noqa: N802
        return self.all.get(key)

    def AddEmptySegment(self, key="", name="", _colour=None):  # noqa: N802
        key = key or f"S_{next(ids)}"
        segment = self.all[key] = Segment(max([each.number for each in self.all.values()], default=0) + 1)
        segment.name = name or segment.name
        return key


class Segmentation(Node):
    def __init__(self, name=""):
        super().__init__(name)
        self.segments = Segments()

    def GetSegmentation(self):  # noqa: N802
        return self.segments


class Scene:
    def __init__(self):
        self.nodes = []

    def AddNewNodeByClass(self, kind, name=""):  # noqa: N802
        self.nodes.append((Segmentation if kind == "vtkMRMLSegmentationNode" else Node)(name))
        return self.nodes[-1]

    def RemoveNode(self, node):  # noqa: N802
        self.nodes.remove(node)


def add_volume(slicer, path, name, _options=0):
    """As Slicer's reader: voxels in the file's order, but of a left-handed file the slices the other way round."""
    fields, at, data = {}, 0, Path(path).read_bytes()
    if b"ElementDataFile = LOCAL\n" not in data:
        return None
    while "ElementDataFile" not in fields:
        end = data.index(b"\n", at)
        key, _, value = data[at:end].decode().partition("=")
        fields[key.strip()] = value.strip()
        at = end + 1
    raw = zlib.decompress(data[at:]) if fields.get("CompressedData") == "True" else data[at:]
    size = [int(n) for n in fields["DimSize"].split()]
    numbers = {key: np.array([float(n) for n in fields[key].split()]) for key in ("TransformMatrix", "Offset", "ElementSpacing")}
    axes = numbers["TransformMatrix"].reshape(3, 3).T * numbers["ElementSpacing"]
    voxels, origin = np.frombuffer(raw, "<i2").reshape(size[::-1]), numbers["Offset"]
    if np.linalg.det(axes) < 0:
        voxels, origin = voxels[::-1], origin + axes[:, 2] * (size[2] - 1)
        axes = axes * [1, 1, -1]
    node = Volume(name)
    node.array = voxels
    node.ijk_to_ras = np.eye(4)
    node.ijk_to_ras[:3, :3], node.ijk_to_ras[:3, 3] = np.diag([-1, -1, 1]) @ axes, np.diag([-1, -1, 1]) @ origin
    slicer.mrmlScene.nodes.append(node)
    return node


def label_volume(slicer, like, name):
    node = Volume(name)
    node.array, node.ijk_to_ras = np.zeros_like(like.array), like.ijk_to_ras
    slicer.mrmlScene.nodes.append(node)
    return node


def import_labels(node, segmentation, *_):
    for value in np.unique(node.array[node.array != 0]):
        segment = segmentation.segments.GetSegment(segmentation.segments.AddEmptySegment())
        segment.number, segment.voxels = int(value), node.array == value
    return True


def array_of_segment(segmentation, key, reference):
    """Counts the segments anew, as Slicer's export does: whoever relies on their numbers gets wrong labels."""
    for number, segment in enumerate(segmentation.segments.all.values(), 1):
        segment.number = number
    voxels = segmentation.segments.all[key].voxels
    return np.zeros(reference.array.shape, np.uint8) if voxels is None else voxels.astype(np.uint8)


def set_array_of_segment(array, segmentation, key, _reference):
    segmentation.segments.all[key].voxels = array > 0


def set_array(node, array):
    node.array = array


def install(slicer):
    """Fills the `slicer` and `vtk` modules."""
    slicer.mrmlScene = Scene()
    slicer.util.updateVolumeFromArray = set_array
    slicer.util.arrayFromSegmentBinaryLabelmap = array_of_segment
    slicer.util.updateSegmentBinaryLabelmapFromArray = set_array_of_segment
    volumes = types.SimpleNamespace(
        AddArchetypeVolume=lambda *args: add_volume(slicer, *args),
        CreateAndAddLabelVolume=lambda like, name: label_volume(slicer, like, name),
    )
    segmentations = types.SimpleNamespace(ImportLabelmapToSegmentationNode=import_labels)
    slicer.modules = types.SimpleNamespace(
        volumes=types.SimpleNamespace(logic=lambda: volumes),
        segmentations=types.SimpleNamespace(logic=lambda: segmentations),
    )
    vtk = types.ModuleType("vtk")
    vtk.vtkMatrix4x4, vtk.reference = Matrix4x4, Reference
    vtk.vtkCommand = types.SimpleNamespace(ModifiedEvent="modified")
    return vtk
