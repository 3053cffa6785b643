"""End-to-end cases in ten declarative lines: the same scan streamed live and reconstructed offline.

A case names the scan (arguments of slicecast-source, which also write it to a file), the parameters of the
projection server and of `slicecast reconstruct`, a pose, and how far the two slices may differ (RMS of the
difference over RMS of the slice).
"""
import os
import pathlib
import tomllib

import numpy as np
import pytest

import system
import wire_client
from slicecast.v1 import control_pb2

CASES = sorted(pathlib.Path(__file__).parent.joinpath("cases").glob("*.toml"))


def words(table):
    """{axis_column = 3, flag = true} as command line words."""
    return [f"--{key.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in table.items()]


def set_slice(case):
    if "pose" in case:
        base, axis1, axis2 = (wire_client.vec(*case["pose"][i:i + 3]) for i in (0, 3, 6))
    else:
        square = wire_client.square(1, case["edge_mm"], case.get("z_mm", 0.0))
        base, axis1, axis2 = square.base, square.axis1, square.axis2
    return control_pb2.SetSlice(id="case", base=base, axis1=axis1, axis2=axis2, rows=case["size"],
                                columns=case["size"], pinned=True)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_streaming_equals_reconstruct(path):
    case = tomllib.loads(path.read_text())
    with system.System() as running:
        if "file" in case:
            scan = system.data_file(case["file"])
        else:
            scan = running.path / "scan.h5"
            done = __import__("subprocess").run(
                [str(system.BIN / "slicecast-source"), "--write", str(scan), *words(case["source"])],
                capture_output=True, text=True, timeout=5 * system.GUARD_S)
            assert done.returncode == 0, done.stderr
        running.start("projection", *words(case.get("projection", {})), "--axis-search=false")
        running.start("slice", "--preview-size", "0", "--store", case.get("projection", {}).get("store", "half"))
        feed = running.feed("slice", ["slice/"])
        request = set_slice(case)
        running.control("slice").request(set_slice=request)
        running.start("source", "--file", str(scan), "--rate", "0", *words(case.get("stream", {})))
        header, live = feed.wait(lambda h: h.slice.projections == case["projections"]
                                 and h.slice.stamp.newest_projection == case["newest"])
        pose = ",".join(str(number) for v in (request.base, request.axis1, request.axis2)
                        for number in (v.x_mm, v.y_mm, v.z_mm))
        out = running.path / "offline.npy"
        running.cli("reconstruct", scan, *words(case.get("reconstruct", {})), f"--slice={pose}",
                    "--size", case["size"], "--out", out)
        offline = np.load(out)
        assert np.any(offline != 0)
        difference = np.sqrt(np.mean((live - offline) ** 2) / np.mean(offline ** 2))
        assert difference < case["tolerance"], difference
        feed.close()
