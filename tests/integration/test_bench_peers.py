"""`slicecast bench` times other libraries beside its own figures, and none of them can spoil a row."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.join(os.environ.get("SLICECAST_BIN", ROOT / "build/release/bin"), "slicecast")

# Stands in for ONNX Runtime: answers with what Slicecast itself computed, plus a tenth.
PRETENDED_RUNTIME = '''
import pathlib, types
import numpy as np
__version__ = "0.pretended"
class SessionOptions: pass
class InferenceSession:
    def __init__(self, model, options, providers):
        assert options.intra_op_num_threads in (1, 2) and options.inter_op_num_threads == 1
        assert pathlib.Path(model).read_bytes()
        self.answer = np.load(model.replace(".onnx", "_answer.npy"))
    def get_inputs(self):
        return [types.SimpleNamespace(name="the image")]
    def run(self, outputs, images):
        image = images["the image"]
        assert outputs is None and image.dtype == np.float32 and image.shape[:2] == (1, 1)
        return [self.answer + np.float32(0.1)]
'''
REFUSING_OPENCV = '''
__version__ = "0.refusing"
class dnn:
    @staticmethod
    def readNetFromONNX(path):
        raise RuntimeError("first line\\n> the reason")
def setNumThreads(count): pass
'''
KILLING_OPENCV = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


def bench(rows, interpreter, modules=None):
    environment = dict(os.environ)
    if modules:
        environment["PYTHONPATH"] = str(modules)
    done = subprocess.run([PROGRAM, "bench", rows, "--scale", "0.02", "--json", "--check", "--peers",
                           interpreter], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    of = {row["name"]: row for row in json.loads(done.stdout)}
    assert of and all(row["measured"] > 0 for row in of.values())
    return of


def peers(row):
    return {peer["name"].split(" 0.")[0]: peer for peer in row["peers"]}


@pytest.mark.parametrize("interpreter", ["", "/nonexistent/python", "/usr/bin/false"])
def test_without_an_interpreter_every_row_is_there_and_says_why_nothing_is_beside_it(interpreter):
    for row in bench("segment.", interpreter).values():
        assert {peer["name"] for peer in row["peers"]} == {"OpenCV", "scikit-image"}
        for peer in row["peers"]:
            assert peer["measured"] is None
            assert peer["remark"].startswith(("not asked for", "not present", "not measured"))


def test_a_library_that_ends_the_interpreter_costs_its_own_figures_only(tmp_path):
    (tmp_path / "cv2.py").write_text(KILLING_OPENCV)
    for row in bench("segment.", sys.executable, tmp_path).values():
        assert all("signal 9" in peer["remark"] for peer in row["peers"])


def test_networks_are_handed_over_as_files_and_answers_are_compared(tmp_path):
    (tmp_path / "onnxruntime.py").write_text(PRETENDED_RUNTIME)
    (tmp_path / "cv2.py").write_text(REFUSING_OPENCV)
    of = bench("nn.unet,nn.msd", sys.executable, tmp_path)
    compared = [name for name in of if "batch" not in name and "over" not in name]
    assert len(compared) == 8
    for name in compared:
        beside = peers(of[name])
        runtime, opencv = beside["ONNX Runtime"], beside["OpenCV"]
        assert runtime["measured"] > 0 and runtime["ratio"] > 0
        assert runtime["remark"].endswith("apart by 0.1")
        assert opencv["measured"] is None and opencv["remark"] == "failed: the reason"


@pytest.mark.skipif(importlib.util.find_spec("skimage") is None, reason="scikit-image is optional")
def test_scikit_image_finds_the_same_on_the_same_image():
    for name, row in bench("segment.", sys.executable).items():
        (peer,) = [one for one in row["peers"] if one["name"].startswith("scikit-image")]
        assert peer["measured"] > 0, name
        if "labels" in peer["remark"]:
            assert float(peer["remark"].split()[0]) > 98, name
        elif "bins" in peer["remark"]:
            assert float(peer["remark"].split()[2]) <= 1.1, name
