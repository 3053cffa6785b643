"""The training of the gel network: its gradients, its pruning, its file, and all of it in small."""
import os
import pathlib
import subprocess
import sys

import numpy
import onnx
import pytest
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SLICECAST_BIN", ROOT / "build/release/bin"))
TRAINING = ROOT / "plugins/segmentation/training"
CLASSES = ("outside", "gel", "container", "bubble")
sys.path.insert(0, str(TRAINING))

import export  # noqa: E402
import lean  # noqa: E402
import msd  # noqa: E402


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=600,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def random_network(depth=13):
    torch.manual_seed(5)
    network = msd.Network(depth, len(CLASSES), 100.0, -1.5)
    with torch.no_grad():
        for parameter in (network.biases, network.final_weights, network.final_biases):
            parameter.normal_(0, 0.3)
    return network


def plain_forward(network, values):
    """The same network by PyTorch's own convolutions of planes padded by NumPy."""
    planes = [(values * network.scale + network.shift)[:, None]]
    for layer in range(network.depth):
        d = msd.dilation_of(layer)
        rows, columns = (numpy.pad(numpy.arange(n), d, mode="symmetric") for n in values.shape[1:])
        padded = torch.cat(planes, 1)[:, :, rows][:, :, :, columns]
        kept = torch.zeros(layer + 1)
        kept[network.sources[layer]] = 1
        kernels = (network.kernels[layer][:, : layer + 1] * kept).t().reshape(1, -1, 3, 3)
        bias = network.biases[layer] if network.sources[layer] else torch.zeros(())
        sums = torch.nn.functional.conv2d(padded, kernels, bias[None], dilation=d)
        planes.append(torch.relu(sums) if network.sources[layer] else torch.zeros_like(sums))
    kept = torch.zeros(network.depth + 1)
    kept[network.final_sources] = 1
    final = (network.final_weights * kept)[:, :, None, None]
    return torch.nn.functional.conv2d(torch.cat(planes, 1), final, network.final_biases)


@pytest.mark.parametrize("pruned", [False, True])
def test_values_and_gradients_are_those_of_plain_convolutions(pruned):
    network = random_network()
    if pruned:
        lean.prune(network, 20)
    values = torch.rand(2, 31, 37) * 0.03
    ours, plain = network(values).transpose(0, 1), plain_forward(network, values)
    assert (ours - plain).abs().max() < 1e-5 * plain.abs().max()
    weights = torch.randn_like(plain)
    parameters = list(network.parameters())
    for a, b in zip(torch.autograd.grad((ours * weights).sum(), parameters),
                    torch.autograd.grad((plain * weights).sum(), parameters)):
        assert (a - b).abs().max() < 1e-4 * b.abs().max()


def test_operator_norms_are_those_of_the_convolutions_as_matrices():
    kernels = torch.randn(6, 9)
    size = 8
    for kernel, norm in zip(kernels.view(-1, 3, 3), lean.operator_norms(kernels)):
        unit = torch.eye(size * size).view(-1, 1, size, size)
        wrapped = torch.nn.functional.pad(unit, (1, 1, 1, 1), mode="circular")
        matrix = torch.nn.functional.conv2d(wrapped, kernel[None, None]).view(size * size, -1)
        # Of 8 x 8 frequencies the largest is one of the 64 x 64.
        largest = torch.linalg.matrix_norm(matrix, 2)
        assert largest <= norm * (1 + 1e-5) and norm < 1.1 * largest


def test_pruning_keeps_the_heaviest_paths_and_what_is_kept_is_alive():
    # 0 -> 1 -> 3 weighs 3 * 1 = 3, 0 -> 2 -> 3 weighs 2, 0 -> 3 weighs 2.5.
    edges = {(0, 1): 3.0, (1, 3): 1.0, (0, 2): 2.0, (2, 3): 1.0, (0, 3): 2.5}
    assert sorted(lean.heaviest_path(edges, 2, set())) == [(0, 1), (1, 3)]
    assert lean.heaviest_path(edges, 2, {(0, 1), (1, 3)}) == [(0, 3)]
    assert sorted(lean.heaviest_path(edges, 2, {(0, 1), (1, 3), (0, 3)})) == [(0, 2), (2, 3)]
    assert lean.heaviest_path(edges, 2, set(edges)) == []
    assert lean.heaviest_path({(0, 1): 1.0}, 2, set()) == []

    network = random_network()
    lean.prune(network, 12)
    assert 12 <= network.edges() < 30
    alive = {0}
    for layer, sources in enumerate(network.sources):
        if sources:
            assert set(sources) <= alive
            alive.add(layer + 1)
    assert alive == set(network.final_sources)


def test_the_file_answers_as_the_trained_network_does(tmp_path):
    network = random_network()
    lean.prune(network, 20)
    export.write(network, CLASSES, str(tmp_path / "net.onnx"), 5, 91)
    values = torch.rand(1, 40, 52) * 0.03
    numpy.save(tmp_path / "x.npy", values[None].numpy())
    numpy.save(tmp_path / "y.npy", network(values).transpose(0, 1).detach().numpy())
    listing = tmp_path / "list.txt"
    listing.write_text("\t".join(str(tmp_path / name) for name in ("net.onnx", "x.npy", "y.npy")) + "\n")
    again = export.read(tmp_path / "net.onnx")
    assert again.sources == network.sources and again.final_sources == network.final_sources
    assert torch.equal(again(values), network(values))
    checked = run(BIN / "slicecast-model", "check", "--list", listing, "--executor", "msd",
                  "--threads", "1", "--tolerance", "1e-4")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_slices_training_pruning_and_scores_follow_each_other(tmp_path):
    slices = run(BIN / "slicecast-training-slices", "--out", tmp_path / "slices", "--scans", "2",
                 "--slices", "2", "--size", "160", "--vary")
    assert slices.returncode == 0, slices.stderr
    assert numpy.load(tmp_path / "slices/values.npy").shape == (4, 160, 160)
    labels = set(numpy.unique(numpy.load(tmp_path / "slices/labels.npy")))
    assert {1, 3} <= labels <= {0, 1, 2, 3, 255}
    trained = run("/usr/bin/python3", TRAINING / "train.py", "--slices", tmp_path / "slices", "--check",
                  tmp_path / "slices", "--out", tmp_path / "net.onnx", "--depth", "6", "--steps", "20",
                  "--keep", "8", "--retrain-steps", "20", "--crop", "64")
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.count("mean loss") == 2
    properties = {each.key: each.value for each in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert properties["slicecast.classes"] == ",".join(CLASSES)


def test_a_text_without_a_place_for_the_scores_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "card.md"
    text.write_text("no marks\n")
    scored = run(BIN / "slicecast-training-score", ROOT / "plugins/segmentation/models/gel.onnx", text)
    assert scored.returncode == 1
    assert "<!-- scores -->" in scored.stderr
    assert text.read_text() == "no marks\n"
