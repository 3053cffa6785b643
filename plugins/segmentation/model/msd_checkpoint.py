"""Writes a checkpoint of msd_pytorch (width 1, dilations 1 + (i mod 10)) as an ONNX model.

    msd_checkpoint.py CHECKPOINT OUT BORDER LAST OUTPUT_SCALE [PROPERTY=VALUE ...]

Edges whose nine weights are all zero, as pruning leaves them, are not written. The convolutions pad
with zeros, and the property slicecast.border says what is meant.
"""
import re
import sys

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
CYCLE = 10  # of dilations


def fail(message):
    print("msd_checkpoint.py: " + message, file=sys.stderr)
    sys.exit(1)


def state_of(path):
    """Arrays by name, with pruning masks applied."""
    try:
        checkpoint = torch.load(path, map_location="cpu")
    except Exception as error:  # torch raises a dozen types, one for each way to be no checkpoint
        fail(f"{path}: is no PyTorch checkpoint ({type(error).__name__})")
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict) or not all(torch.is_tensor(value) for value in state.values()):
        fail(f"{path}: holds no state dictionary")
    arrays = {}
    for name, value in state.items():
        if name.endswith("_mask"):
            continue
        array = value.numpy().astype(numpy.float32)
        if name.endswith("_orig"):
            name = name[: -len("_orig")]
            mask = state.get(name + "_mask")
            if mask is None:
                fail(f"{path}: {name} is pruned without a mask")
            array = array * mask.numpy().astype(numpy.float32)
        arrays[name] = array
    return arrays


def one(arrays, suffix):
    names = [name for name in arrays if name.endswith(suffix)]
    if len(names) != 1:
        fail(f"the checkpoint has {len(names)} arrays named ...{suffix}; one is expected")
    return arrays[names[0]]


def scaling(arrays, position, channels):
    """Scale and shift per channel of the 1x1 convolution before (0) or behind (2) the network."""
    weight = [value for name, value in arrays.items()
              if re.fullmatch(rf"(module\.)?{position}\.weight", name)]
    bias = [value for name, value in arrays.items()
            if re.fullmatch(rf"(module\.)?{position}\.bias", name)]
    if not weight:
        return None
    matrix = weight[0].reshape(weight[0].shape[0], -1)
    if matrix.shape != (channels, channels) or (matrix - numpy.diag(numpy.diag(matrix))).any():
        fail("a scaling of the checkpoint mixes channels")
    return numpy.diag(matrix).copy(), bias[0] if bias else numpy.zeros(channels, numpy.float32)


class Writer:
    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def scale(self, value, name, affine):
        shape = (1, -1, 1, 1)
        scaled = self.node("Mul", [value, self.constant(name + ".scale", affine[0].reshape(shape))],
                           name + "_scaled")
        return self.node("Add", [scaled, self.constant(name + ".shift", affine[1].reshape(shape))],
                         name + "_shifted")


def layers_of(arrays):
    numbered = {}
    for name, value in arrays.items():
        match = re.search(r"msd_block\.weight(\d+)$", name)
        if match:
            numbered[int(match[1])] = value
    if sorted(numbered) != list(range(len(numbered))) or not numbered:
        fail("the checkpoint holds no msd_block.weight0, weight1, ...")
    weights = [numbered[i] for i in range(len(numbered))]
    channels = weights[0].shape[1]
    for i, weight in enumerate(weights):
        if weight.shape != (1, channels + i, 3, 3):
            fail(f"layer {i} has weights {weight.shape}; only networks of width 1 are read")
    return weights, channels


def build(arrays, border, last, output_scale, properties):
    weights, channels = layers_of(arrays)
    biases = one(arrays, "msd_block.bias")
    final = one(arrays, "final_layer.linear.weight")
    final_bias = one(arrays, "final_layer.linear.bias")
    outputs = final.shape[0]
    writer = Writer()
    value = "image"
    scale_in = scaling(arrays, 0, channels)
    if scale_in is not None:
        value = writer.scale(value, "input", scale_in)
    planes = [value]
    if channels > 1:
        indices = [writer.constant(f"channel.{c}", numpy.array([c])) for c in range(channels)]
        planes = [writer.node("Gather", [value, index], f"plane_{c}", axis=1)
                  for c, index in enumerate(indices)]
    for i, weight in enumerate(weights):
        sources = [s for s in range(channels + i) if weight[0, s].any()] or [0]
        read = planes[sources[0]]
        if len(sources) > 1:
            read = writer.node("Concat", [planes[s] for s in sources], f"sources_{i}", axis=1)
        dilation = 1 + i % CYCLE
        names = [read, writer.constant(f"weight.{i}", weight[:, sources]),
                 writer.constant(f"bias.{i}", biases[i : i + 1])]
        made = writer.node("Conv", names, f"layer_{i}", kernel_shape=[3, 3],
                           dilations=[dilation] * 2, pads=[dilation] * 4)
        planes.append(writer.node("Relu", [made], f"plane_{channels + i}"))
    read = writer.node("Concat", planes, "all_planes", axis=1)
    matrix = final.reshape(outputs, channels + len(weights), 1, 1)
    value = writer.node("Conv", [read, writer.constant("final.weight", matrix),
                                 writer.constant("final.bias", final_bias)],
                        "final", kernel_shape=[1, 1])
    scale_out = scaling(arrays, 2, outputs)
    if scale_out is not None:
        value = writer.scale(value, "output", scale_out)
    if last == "auto":
        last = "linear" if scale_out is not None else "log_softmax"
    if output_scale != 1:
        factor = numpy.array(output_scale, numpy.float32)
        value = writer.node("Mul", [value, writer.constant("output_scale", factor)], "rescaled")
    if last == "softmax":
        value = writer.node("Softmax", [value], "probabilities", axis=1)
    if last == "log_softmax":
        value = writer.node("LogSoftmax", [value], "log_probabilities", axis=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT,
                                          [1, channels, "rows", "columns"])
    answer = helper.make_tensor_value_info(value, TensorProto.FLOAT,
                                           [1, outputs, "rows", "columns"])
    graph = helper.make_graph(writer.nodes, "msd", [image], [answer], writer.initializers)
    model = helper.make_model(graph, producer_name="slicecast-model",
                              opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    for name, text in [("border", border)] + properties:
        entry = model.metadata_props.add()
        entry.key, entry.value = "slicecast." + name, text
    onnx.checker.check_model(model)
    return model


def main(checkpoint, out, border, last, output_scale, *properties):
    pairs = [tuple(entry.split("=", 1)) for entry in properties]
    model = build(state_of(checkpoint), border, last, float(output_scale), pairs)
    try:
        with open(out, "wb") as file:
            file.write(model.SerializeToString())
    except OSError as error:
        fail(f"{out}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
