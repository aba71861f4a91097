"""Writes block-network.onnx, a network of a few elementwise nodes that segments towers of blocks (see block-tower.ts).

In normalised intensity: canal about 1, discs about 2, vertebrae about 4. Of vertebrae the lowest is the brightest, each next one
0.1 darker; of discs likewise by 0.05. What the memory holds is taken out, and the brightest block left in the patch is the answer.
Completeness: a block of more than 150 voxels. Run: python make_block_network.py  (onnx, numpy)
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

PATCH_ZYX = [20, 20, 16]
nodes, constants = [], []


def constant(value):
    name = f"c{len(constants)}"
    constants.append(numpy_helper.from_array(np.asarray(value), name))
    return name


def node(op, *inputs, out=None, **attributes):
    out = out or f"n{len(nodes)}"
    nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
    return out


def above(x, threshold, slope):
    """sigmoid(slope · (x - threshold)); the threshold is a number or a tensor's name."""
    threshold = threshold if isinstance(threshold, str) else constant(np.float32(threshold))
    return node("Sigmoid", node("Mul", node("Sub", x, threshold), constant(np.float32(slope))))


def without(x, memory):
    return node("Mul", x, node("Sub", constant(np.float32(1)), memory))


def brightest(image, kind, memory, step):
    """The blocks of a kind within half a step of the brightest one that the memory leaves."""
    left = without(kind, memory)
    peak = node("ReduceMax", node("Mul", image, left), axes=[2, 3, 4], keepdims=1)
    lowest = node("Sub", peak, constant(np.float32(step / 2)))
    return node("Mul", left, above(image, lowest, 5 / step))


image, vertebra_memory, disc_memory = [f"in{i}" for i in range(3)]
nodes.append(helper.make_node("Split", ["patch"], [image, vertebra_memory, disc_memory], axis=1))
is_vertebra = above(image, 3, 50)
is_disc = node("Mul", above(image, 1.5, 50), node("Sub", constant(np.float32(1)), above(image, 2.5, 50)))
is_canal = node("Mul", above(image, 0.5, 50), node("Sub", constant(np.float32(1)), above(image, 1.4, 50)))
vertebra = brightest(image, is_vertebra, vertebra_memory, 0.1)
disc = brightest(image, is_disc, disc_memory, 0.05)
node("Concat", vertebra, disc, is_canal, out="structures", axis=1)
total = node("ReduceSum", vertebra, constant(np.array([2, 3, 4], np.int64)), keepdims=0)
node("Identity", above(total, 150, 0.1), out="completeness")

value = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes,
    "blocks",
    [value("patch", TensorProto.FLOAT, [1, 3, *PATCH_ZYX])],
    [value("structures", TensorProto.FLOAT, [1, 3, *PATCH_ZYX]), value("completeness", TensorProto.FLOAT, [1, 1])],
    constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
checker.check_model(model)
save(model, Path(__file__).with_name("block-network.onnx"))
