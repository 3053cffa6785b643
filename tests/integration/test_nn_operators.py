"""Every operator that networks may use, against python3-torch on random shapes."""
import os
import pathlib
import subprocess
import warnings

import numpy
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch.nn import functional as F

import nn_cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = os.path.join(os.environ.get("SLICECAST_BIN", ROOT / "build/release/bin"), "slicecast-model")
ROUNDS = 3
TOLERANCE = 1e-5


def check(folder, cases, executor):
    """Runs slicecast-model check on (model, input, expected) and returns its output."""
    listing = folder / f"{executor}.txt"
    listing.write_text("".join("\t".join(map(str, case)) + "\n" for case in cases))
    return subprocess.run([MODEL, "check", "--list", listing, "--executor", executor, "--threads", "2",
                           "--tolerance", str(TOLERANCE)],
                          env={**os.environ, "OMP_WAIT_POLICY": "passive"}, capture_output=True,
                          text=True, timeout=600)


def save(folder, name, x, y):
    numpy.save(folder / f"{name}_x.npy", x.numpy())
    numpy.save(folder / f"{name}_y.npy", y.numpy().astype(numpy.float32))
    return folder / f"{name}.onnx", folder / f"{name}_x.npy", folder / f"{name}_y.npy"


def export(module, x, path, opset):
    """In this opset, or in one that can say everything if this one cannot."""
    arguments = {"input_names": ["x"], "dynamic_axes": {"x": [2, 3]}}
    try:
        torch.onnx.export(module, x, path, opset_version=opset, **arguments)
    except Exception:  # the exporters of old opsets fail with whatever comes
        torch.onnx.export(module, x, path, opset_version=nn_cases.COMPLETE_OPSET, **arguments)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operators")
    cases = []
    for seed in range(ROUNDS):
        for name, module, shape in nn_cases.modules(seed):
            name = f"{name}_{seed}"
            x = torch.randn(shape)
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                case = save(folder, name, x, module(x))
                opset = nn_cases.OPSETS[len(cases) % len(nn_cases.OPSETS)]
                if "linear" in name:  # of older ones torch says itself that they say something else
                    opset = max(opset, 11)
                export(module, x, str(case[0]), opset)
            cases.append(case)
    return folder, cases


@pytest.mark.parametrize("executor", ["onednn", "reference"])
def test_what_torch_exports_gives_torchs_answer(exported, executor):
    folder, cases = exported
    assert len(cases) > 45 * ROUNDS
    done = check(folder, cases, executor)
    wrong = [line for line in done.stdout.splitlines() + done.stderr.splitlines()
             if "agrees" not in line]
    assert done.returncode == 0 and not wrong, "\n".join(wrong)
    assert done.stdout.count("agrees") == len(cases)


def model_of(path, nodes, shape, result, constants=(), opset=13, kind=TensorProto.FLOAT):
    graph = helper.make_graph(
        nodes, "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("y", kind, list(result))],
        [numpy_helper.from_array(array, name) for name, array in constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.save(model, str(path))


def same_padding(x, kernel, stride, upper):
    """What auto_pad SAME_UPPER or SAME_LOWER adds."""
    pads = []
    for extent in (x.shape[3], x.shape[2]):
        total = max(0, (-(-extent // stride) - 1) * stride + kernel - extent)
        less = total // 2
        pads += [less, total - less] if upper else [total - less, less]
    return F.pad(x, pads)


def by_hand(folder):
    """What the standard has and torch does not export."""
    torch.manual_seed(1)
    x = torch.randn(1, 4, 11, 14)
    weights = torch.randn(6, 4, 3, 3) / 6
    transposed = torch.randn(4, 6, 3, 3) / 6
    matrix = torch.randn(15, 14) / 14

    def add(name, nodes, y, constants=(), opset=13):
        case = save(folder, name, x, y)
        kind = TensorProto.INT64 if y.dtype == torch.int64 else TensorProto.FLOAT
        model_of(case[0], nodes, x.shape, y.shape, constants, opset, kind)
        return case

    given = [("w", weights.numpy())]
    for upper in (True, False):
        mode = "SAME_UPPER" if upper else "SAME_LOWER"
        yield add(f"conv_{mode}", [helper.make_node("Conv", ["x", "w"], ["y"], auto_pad=mode,
                                                    strides=[2, 2])],
                  F.conv2d(same_padding(x, 3, 2, upper), weights, stride=2), given)
        yield add(f"pool_{mode}", [helper.make_node("MaxPool", ["x"], ["y"], auto_pad=mode,
                                                    kernel_shape=[2, 2], strides=[2, 2])],
                  F.max_pool2d(same_padding(x + 100, 2, 2, upper), 2, 2) - 100)
    yield add("conv_valid", [helper.make_node("Conv", ["x", "w"], ["y"], auto_pad="VALID")],
              F.conv2d(x, weights), given)
    yield add("conv_lopsided", [helper.make_node("Conv", ["x", "w"], ["y"], pads=[0, 1, 2, 3])],
              F.conv2d(F.pad(x, [1, 3, 0, 2]), weights), given)
    yield add("transposed_shape",
              [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2],
                                output_shape=[22, 28], auto_pad="SAME_UPPER")],
              F.conv_transpose2d(x, transposed, stride=2)[:, :, :22, :28],
              [("w", transposed.numpy())])
    yield add("prefer_ceil",
              [helper.make_node("Resize", ["x", "", "s"], ["y"], mode="nearest",
                                nearest_mode="floor", coordinate_transformation_mode="asymmetric")],
              F.interpolate(x, scale_factor=2), [("s", numpy.float32([1, 1, 2, 2]))])
    yield add("last_label", [helper.make_node("ArgMax", ["x"], ["y"], axis=-1, keepdims=0)],
              torch.argmax(x, 3))
    yield add("negative_steps",
              [helper.make_node("Slice", ["x", "b", "e", "a", "s"], ["y"])],
              torch.flip(x[:, :, 1:9], [2])[:, :, ::3],
              [("b", numpy.int64([8])), ("e", numpy.int64([0])), ("a", numpy.int64([-2])),
               ("s", numpy.int64([-3]))])
    yield add("edge_pad", [helper.make_node("Pad", ["x", "p"], ["y"], mode="edge")],
              F.pad(x, [3, 0, 1, 2], mode="replicate"),
              [("p", numpy.int64([0, 0, 1, 3, 0, 0, 2, 0]))])
    yield add("joined_softmax", [helper.make_node("Softmax", ["x"], ["y"], axis=1)],
              torch.softmax(x.flatten(1), 1).reshape(x.shape), opset=11)
    yield add("gemm", [helper.make_node("Flatten", ["x"], ["f"], axis=3),
                       helper.make_node("Gemm", ["f", "w", "c"], ["y"], alpha=0.5, beta=2.0, transB=1)],
              0.5 * x.reshape(44, 14) @ matrix.T + 2.0,
              [("w", matrix.numpy()),
               ("c", numpy.ones((1, 15), numpy.float32))])


@pytest.mark.parametrize("executor", ["onednn", "reference"])
def test_what_torch_does_not_export_follows_the_standard(tmp_path, executor):
    cases = list(by_hand(tmp_path))
    done = check(tmp_path, cases, executor)
    wrong = [line for line in done.stdout.splitlines() + done.stderr.splitlines()
             if "agrees" not in line]
    assert done.returncode == 0 and not wrong, "\n".join(wrong)
    assert done.stdout.count("agrees") == len(cases)


def test_a_wrong_answer_is_told(tmp_path):
    x = torch.randn(1, 1, 8, 8)
    case = save(tmp_path, "relu", x, torch.relu(x) + 2 * TOLERANCE)
    model_of(case[0], [helper.make_node("Relu", ["x"], ["y"])], x.shape, x.shape)
    done = check(tmp_path, [case], "onednn")
    assert done.returncode == 1 and "DIFFERS" in done.stdout


def test_an_operator_that_is_not_known_is_named_with_its_place(tmp_path):
    x = torch.randn(1, 1, 8, 8)
    case = save(tmp_path, "erf", x, torch.erf(x))
    model_of(case[0], [helper.make_node("Relu", ["x"], ["r"]),
                       helper.make_node("Erf", ["r"], ["y"], name="strange")], x.shape, x.shape)
    done = check(tmp_path, [case], "onednn")
    assert done.returncode == 2
    assert "node 1 'strange' (Erf)" in done.stderr
