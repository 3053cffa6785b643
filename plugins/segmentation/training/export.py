"""A trained network as an ONNX file that says what it is for (docs/reference/models.md)."""

import msd
import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

COLOURS = {"outside": "#000000", "gel": "#2f6f9f", "container": "#8c8c8c", "bubble": "#ff9d1e"}
PIXEL_MM = 2 * 79.75 / 512  # of the demo's slices
OPSET = 13


def metadata(network, classes, seed, trained_edges):
    return {
        "slicecast.name": "gel",
        "slicecast.border": "symmetric",
        "slicecast.pixel_size_mm": f"{PIXEL_MM:.6g}",
        "slicecast.value_unit": "1/mm",
        "slicecast.output": "logits",
        "slicecast.classes": ",".join(classes),
        "slicecast.class_colours": ",".join(COLOURS[name] for name in classes),
        "slicecast.provenance": "plugins/segmentation/training/train.py, "
        f"{network.depth} layers, seed {seed}; {network.edges()} of {trained_edges} 3x3 kernels "
        "kept; trained on randomly oriented and axis-aligned slices of simulated scans of bubbles "
        "in a gel (60 parallel projections per half turn, 8000 to 40000 counts)",
        "slicecast.licence": "BSD-3-Clause; trained from simulation alone",
    }


def read(path):
    """The network of a file that write() wrote."""
    graph = onnx.load(path).graph
    made_by = {node.output[0]: node for node in graph.node}
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}

    def planes(value):
        joined = value in made_by and made_by[value].op_type == "Concat"
        names = made_by[value].input if joined else [value]
        return [int(name.removeprefix("plane_")) for name in names]

    properties = {each.key: each.value for each in onnx.load(path).metadata_props}
    depth = int(properties["slicecast.provenance"].split(" layers")[0].split()[-1])
    scale, shift = float(constants["scale"][0]), float(constants["shift"][0])
    network = msd.Network(depth, len(constants["final_biases"]), scale, shift)
    network.final_sources = planes(made_by["scores"].input[0])
    with torch.no_grad():
        for number in range(1, depth + 1):
            node = made_by.get(f"sum_{number}")
            sources = planes(node.input[0]) if node else []
            network.sources[number - 1] = sources
            if node:
                kernels = torch.tensor(constants[f"kernels_{number}"]).view(len(sources), -1)
                network.kernels[number - 1][:, sources] = kernels.t()
                network.biases[number - 1] = float(constants[f"bias_{number}"][0])
        network.final_weights[:, network.final_sources] = torch.tensor(
            constants["final_weights"][:, :, 0, 0]
        )
        network.final_biases.copy_(torch.tensor(constants["final_biases"]))
    return network


class Nodes:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(
            numpy_helper.from_array(numpy.asarray(value, dtype=numpy.float32), name)
        )
        return name

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def together(self, planes, name):
        return planes[0] if len(planes) == 1 else self.add("Concat", planes, name, axis=1)


def write(network, classes, path, seed, trained_edges):
    nodes = Nodes()
    scaled = nodes.add("Mul", ["values", nodes.constant("scale", [network.scale])], "scaled")
    planes = {0: nodes.add("Add", [scaled, nodes.constant("shift", [network.shift])], "plane_0")}
    kernels, biases = network.kernels.detach().numpy(), network.biases.detach().numpy()
    for layer, sources in enumerate(network.sources):
        if not sources:
            continue
        number, d = layer + 1, msd.dilation_of(layer)
        inputs = [
            nodes.together([planes[source] for source in sources], f"read_by_{number}"),
            nodes.constant(f"kernels_{number}", kernels[layer][:, sources].T.reshape(1, -1, 3, 3)),
            nodes.constant(f"bias_{number}", biases[layer : layer + 1]),
        ]
        sums = nodes.add("Conv", inputs, f"sum_{number}", dilations=[d, d], pads=[d] * 4)
        planes[number] = nodes.add("Relu", [sums], f"plane_{number}")
    weights = network.final_weights.detach().numpy()[:, network.final_sources]
    inputs = [
        nodes.together([planes[source] for source in network.final_sources], "read_by_last"),
        nodes.constant("final_weights", weights[:, :, None, None]),
        nodes.constant("final_biases", network.final_biases.detach().numpy()),
    ]
    nodes.add("Conv", inputs, "scores")
    image = ("batch", 1, "rows", "columns")
    scores = ("batch", len(classes), "rows", "columns")
    graph = helper.make_graph(
        nodes.nodes,
        "gel",
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, image)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, scores)],
        nodes.constants,
    )
    model = helper.make_model(
        graph,
        producer_name="slicecast train.py",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=7,
    )
    helper.set_model_props(model, metadata(network, classes, seed, trained_edges))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
