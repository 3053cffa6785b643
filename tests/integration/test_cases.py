"""End-to-end cases in ten declarative lines: the same scan streamed live and reconstructed offline.

A case names the scan (arguments of slicecast-source, which also write it to a file), the parameters of the
projection server and of `slicecast reconstruct`, a pose, and how far the two slices may differ (RMS of the
difference over RMS of the slice).
"""
import pathlib
import subprocess
import tomllib

import h5py
import numpy as np
import pytest

import system
import wire_client
from slicecast.v1 import control_pb2



def give_measured_vectors(path):
    """What the angles of an upright cone scan say, as 12 numbers each: source, detector centre, u, v."""
    with h5py.File(path, "r+") as file:
        angles = np.deg2rad(file["exchange/theta"][...])
        geometry = file["slicecast/geometry"]
        pixel, source_axis_mm, source_detector_mm = (
            geometry.attrs[name] for name in ("pixel_mm", "source_axis_mm", "source_detector_mm"))
        zero, one = np.zeros_like(angles), np.ones_like(angles)
        beam = np.stack([-np.sin(angles), np.cos(angles), zero], 1)
        u = np.stack([np.cos(angles), np.sin(angles), zero], 1) * pixel
        up = np.stack([zero, zero, one], 1) * pixel
        geometry.create_dataset("vectors", data=np.hstack(
            [-source_axis_mm * beam, (source_detector_mm - source_axis_mm) * beam, u, up]))


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
            done = subprocess.run(
                [str(system.BIN / "slicecast-source"), "--write", str(scan), *words(case["source"])],
                capture_output=True, text=True, timeout=5 * system.GUARD_S)
            assert done.returncode == 0, done.stderr
        request = set_slice(case)
        pose = ",".join(str(number) for v in (request.base, request.axis1, request.axis2)
                        for number in (v.x_mm, v.y_mm, v.z_mm))

        def reconstructed(**more):
            out = running.path / "offline.npy"
            running.cli("reconstruct", scan, *words(case.get("reconstruct", {}) | more), f"--slice={pose}",
                        "--size", case["size"], "--out", out)
            return np.load(out)

        if "vectors_of_axis" in case:
            by_parameters = reconstructed(axis=case["vectors_of_axis"])
            give_measured_vectors(scan)
        running.start("projection", *words(case.get("projection", {})), "--axis-search=false")
        running.start("slice", "--preview-size", "0", "--store", case.get("projection", {}).get("store", "half"))
        feed = running.feed("slice", ["slice/"])
        running.control("slice").request(set_slice=request)
        running.start("source", "--file", str(scan), "--rate", "0", *words(case.get("stream", {})))
        header, live = feed.wait(lambda h: h.slice.projections == case["projections"]
                                 and h.slice.stamp.newest_projection == case["newest"])
        offline = reconstructed()
        assert np.any(offline != 0)
        difference = np.sqrt(np.mean((live - offline) ** 2) / np.mean(offline ** 2))
        assert difference < case["tolerance"], difference
        if "vectors_of_axis" in case:
            assert np.allclose(offline, by_parameters, rtol=0, atol=1e-6 * abs(by_parameters).max())
        feed.close()
