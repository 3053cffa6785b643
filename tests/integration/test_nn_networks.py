"""Trained networks: converted from their checkpoints, run, and held against what their authors got."""
import os
import pathlib
import subprocess

import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = os.path.join(os.environ.get("SLICECAST_BIN", ROOT / "build/release/bin"), "slicecast-model")
DATA = pathlib.Path(os.environ.get("SLICECAST_TEST_DATA", ROOT / "../shared/data")) / "ml"

# Pixel accuracies on the 20 images, from the README of the test data.
ACCURACIES = {"0.0500": 0.8994, "0.0611": 0.9064, "0.1357": 0.9317, "0.1657": 0.9342,
              "0.3017": 0.9434, "0.3684": 0.9477, "trained": 0.9509}


def data(path):
    if not (DATA / path).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA / path} is missing; set SLICECAST_TEST_DATA")
        pytest.skip(f"no {DATA / path}; set SLICECAST_TEST_DATA")
    return DATA / path


def run(*arguments):
    return subprocess.run([MODEL, *map(str, arguments)], capture_output=True, text=True, timeout=600)


def good(*arguments):
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_tiff(path):
    """First page of an uncompressed little-endian grey TIFF, as the test data are."""
    raw = path.read_bytes()
    assert raw[:4] == b"II*\0"
    entry = int.from_bytes(raw[4:8], "little")
    tags = {}
    for i in range(int.from_bytes(raw[entry:entry + 2], "little")):
        at = entry + 2 + 12 * i
        kind, count = (int.from_bytes(raw[at + o:at + o + n], "little") for o, n in ((2, 2), (4, 4)))
        size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}.get(kind, 1)
        place = at + 8 if size * count <= 4 else int.from_bytes(raw[at + 8:at + 12], "little")
        if kind in (1, 3, 4):
            tags[int.from_bytes(raw[at:at + 2], "little")] = [
                int.from_bytes(raw[place + size * k:place + size * (k + 1)], "little")
                for k in range(count)]
    assert tags.get(259, [1]) == [1]
    kind = {(8, 1): "u1", (16, 1): "<u2", (32, 1): "<u4", (32, 3): "<f4"}[
        tags[258][0], tags.get(339, [1])[0]]
    content = b"".join(raw[o:o + n] for o, n in zip(tags[273], tags[279]))
    return numpy.frombuffer(content, kind).reshape(tags[257][0], tags[256][0])


def test_what_is_no_checkpoint_is_refused_and_leaves_no_file(tmp_path):
    junk = tmp_path / "junk.torch"
    junk.write_bytes(b"no checkpoint")
    done = run("convert", junk, "--out", tmp_path / "out.onnx")
    assert done.returncode == 2 and "junk.torch" in done.stderr
    assert os.listdir(tmp_path) == ["junk.torch"]
    assert run("convert", junk).returncode == 2
    assert run("inspect", junk).returncode == 2
    assert run("bake").returncode == 2


def test_a_symmetric_border_of_flips_is_recognised_and_gives_the_check_vector():
    model = data("msd_real50_flipcat_256.onnx")
    told = good("inspect", model)
    assert "50 layers, border symmetric, 1275 of 1275 edges" in told and "executor msd" in told
    for executor in ("msd", "onednn"):
        assert "agrees" in good("check", model, "--input", data("x_real50_256.npy"), "--expect",
                                data("y_real50_flipcat_256.npy"), "--tolerance", 5e-5, "--executor",
                                executor)


def test_a_model_exported_for_one_size_takes_any(tmp_path):
    x = numpy.load(data("x_real50_256.npy")).reshape(256, 256)
    numpy.save(tmp_path / "x.npy", x[:150, :203])
    assert "1x5x150x203" in good("check", data("msd_real50_flipcat_256.onnx"), "--input",
                                 tmp_path / "x.npy")


@pytest.mark.parametrize("share", ACCURACIES)
def test_a_converted_checkpoint_keeps_its_authors_accuracy(tmp_path, share):
    folder = data("lean_msd")
    checkpoint = next((folder / "trained").glob("*.torch") if share == "trained" else
                      (folder / "pruned").glob(f"*ratio={share}_*.torch"))
    model = tmp_path / "net.onnx"
    good("convert", checkpoint, "--out", model, "--classes", "a,b,c,d,e", "--licence", "BSD")
    told = good("inspect", model)
    assert "slicecast.border = symmetric" in told and "slicecast.licence = BSD" in told
    noisy = sorted((folder / "test/noisy").glob("*.tiff"))
    assert len(noisy) == 20
    cases = []
    for path in noisy:
        numpy.save(tmp_path / f"{path.stem}.npy", read_tiff(path).astype(numpy.float32))
        cases.append(f"{model}\t{tmp_path / path.stem}.npy\t\t{tmp_path / path.stem}_y.npy\n")
    (tmp_path / "cases.txt").write_text("".join(cases))
    good("check", "--list", tmp_path / "cases.txt")
    right = [(numpy.load(tmp_path / f"{path.stem}_y.npy")[0].argmax(0)
              == read_tiff(folder / "test/label" / path.name)).mean() for path in noisy]
    assert abs(numpy.mean(right) - ACCURACIES[share]) <= 1e-4


def test_noise2inverse_reproduces_its_authors_slice(tmp_path):
    folder = data("noise2inverse")
    model = tmp_path / "net.onnx"
    good("convert", folder / "weights/weights.torch", "--out", model, "--input-scale", 200,
         "--output-scale", 0.005)
    splits = [read_tiff(folder / f"reconstructions/{j}/output_00256.tif") for j in range(4)]
    cases = []
    for j in range(4):
        others = [splits[i].astype(numpy.float64) for i in range(4) if i != j]
        numpy.save(tmp_path / f"{j}.npy", numpy.mean(others, 0).astype(numpy.float32))
        cases.append(f"{model}\t{tmp_path / str(j)}.npy\t\t{tmp_path / str(j)}_y.npy\n")
    (tmp_path / "cases.txt").write_text("".join(cases))
    good("check", "--list", tmp_path / "cases.txt")
    mean = numpy.mean([numpy.load(tmp_path / f"{j}_y.npy")[0, 0].astype(numpy.float64)
                       for j in range(4)], 0)
    theirs = read_tiff(folder / "denoised/output_00256.tif").astype(numpy.float64)
    assert numpy.linalg.norm(mean - theirs) / numpy.linalg.norm(theirs) <= 1e-6


def test_timing_tells_size_threads_and_executor():
    told = good("time", "tomogan", "--size", 64, "--threads", 2, "--repetitions", 3)
    assert "64x64, 2 threads, onednn" in told and "of 3" in told


def test_fcn_resnet50_as_a_whole_answers_as_torch_in_double_precision(tmp_path):
    import torch

    import fcn_resnet50

    network = fcn_resnet50.FcnResnet50()
    assert sum(each.numel() for each in network.parameters()) == 32_957_013
    x = torch.randn(1, 3, 72, 88, generator=torch.Generator().manual_seed(2))
    torch.onnx.export(network, x, tmp_path / "fcn.onnx", opset_version=13, input_names=["values"],
                      output_names=["scores"], dynamic_axes={"values": {2: "rows", 3: "columns"}})
    with torch.no_grad():
        expected = network.double()(x.double()).numpy()
    numpy.save(tmp_path / "x.npy", x.numpy())
    (tmp_path / "cases.txt").write_text(f"{tmp_path}/fcn.onnx\t{tmp_path}/x.npy\t\t{tmp_path}/y.npy\n")
    assert "onednn" in good("check", "--list", tmp_path / "cases.txt")
    ours = numpy.load(tmp_path / "y.npy")
    assert ours.shape == expected.shape and expected.std() > 0.1
    assert abs(ours - expected).max() <= 1e-5 * abs(expected).max()
