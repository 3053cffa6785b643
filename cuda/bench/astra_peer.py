#!/usr/bin/env python3
"""Cone-beam backprojection of the ASTRA toolbox on the card, beside cuda_bench's in the same run.

astra_peer.py --bench PATH_OF_CUDA_BENCH [--scale S] [--repeats N]

Same scans, slices and volumes as cuda_bench. Data stay on the card (torch tensors linked into
ASTRA), so that neither side is charged for copies over the bus; the median of the repeats counts.
Exit status 1: less than twice as fast as ASTRA for axial or tilted slices.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys

SOURCE_AXIS, SOURCE_DETECTOR, WIDTH = 66.0, 199.0, 36.0


def scan_vectors(count, columns, rotation):
    """ASTRA's cone_vec rows of cuda_bench's scan, in the frame of a slice (rows of `rotation`)."""
    import numpy

    pixel = 40.0 / columns * SOURCE_DETECTOR / SOURCE_AXIS
    vectors = numpy.zeros((count, 12))
    for i in range(count):
        angle = 2 * math.pi * i / count
        s, c = math.sin(angle), math.cos(angle)
        source = numpy.array([SOURCE_AXIS * s, -SOURCE_AXIS * c, 0])
        centre = source + SOURCE_DETECTOR * numpy.array([-s, c, 0])
        across, up = pixel * numpy.array([c, s, 0]), pixel * numpy.array([0, 0, 1.0])
        vectors[i] = numpy.concatenate([rotation @ v for v in (source, centre, across, up)])
    return vectors


class Case:
    def __init__(self, name, count, rows, columns, planes, size, extent, rotation, repeats):
        import astra
        import torch

        self.updates = planes * size * size * count
        volume = astra.create_vol_geom(size, size, 1 if planes == 3 else planes, -extent[0] / 2,
                                       extent[0] / 2, -extent[1] / 2, extent[1] / 2,
                                       -extent[2] / 2, extent[2] / 2)
        # Three slices are three calls on volumes of one plane, moved along the normal.
        self.algorithms = []
        self.kept = []
        sinogram = torch.randn(rows, count, columns, device="cuda", dtype=torch.float32)
        for offset in ((-3.0, 0.0, 4.0) if planes == 3 else (0.0,)):
            vectors = scan_vectors(count, columns, rotation)
            vectors[:, 2] -= offset
            vectors[:, 5] -= offset
            projections = astra.create_proj_geom("cone_vec", rows, columns, vectors)
            result = torch.zeros(volume["GridSliceCount"], size, size, device="cuda")
            link = astra.pythonutils.GPULink
            ids = [astra.data3d.link("-sino", projections,
                                     link(sinogram.data_ptr(), columns, count, rows, columns * 4)),
                   astra.data3d.link("-vol", volume,
                                     link(result.data_ptr(), size, size,
                                          volume["GridSliceCount"], size * 4))]
            configuration = astra.astra_dict("BP3D_CUDA")
            configuration["ProjectionDataId"], configuration["ReconstructionDataId"] = ids
            self.algorithms.append(astra.algorithm.create(configuration))
            self.kept.append((sinogram, result, ids))
        self.name = name
        times = []
        for i in range(-3, repeats):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            begin.record()
            for algorithm in self.algorithms:
                astra.algorithm.run(algorithm)
            end.record()
            torch.cuda.synchronize()
            if i >= 0:
                times.append(begin.elapsed_time(end))
        self.gups = self.updates / statistics.median(times) * 1e-6
        astra.clear()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--bench", required=True)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--repeats", type=int, default=20)
    chosen = options.parse_args()
    try:
        import astra
        import numpy
        import torch
    except ImportError as missing:
        print(f"not compared: {missing}; needs the Python packages astra-toolbox, numpy and torch")
        return 0
    if not torch.cuda.is_available() or not astra.use_cuda():
        print("not compared: ASTRA or torch finds no card")
        return 0

    def scaled(size):
        return max(4, round(size * chosen.scale))

    r = math.sqrt(0.5)
    axial = numpy.eye(3)
    tilted = numpy.array([[1, 0, 0], [0, r, r], [0, -r, r]])  # rows: columns, rows, normal
    flat = (WIDTH, WIDTH, WIDTH / scaled(1024))
    slices = (scaled(400), scaled(768), scaled(520), 3, scaled(1024), flat)
    cube = scaled(512)
    cases = [
        Case("cuda.slices_1024_axial", *slices, axial, chosen.repeats),
        Case("cuda.slices_1024_tilted", *slices, tilted, chosen.repeats),
        Case("cuda.volume_512", scaled(360), scaled(512), scaled(512), cube, cube,
             (20.0, 20.0, 20.0), axial, chosen.repeats),
    ]
    ours = subprocess.run([chosen.bench, "--json", "--scale", str(chosen.scale)],
                          stdout=subprocess.PIPE, text=True, check=False).stdout
    rows = {row["name"]: row for row in map(json.loads, ours.splitlines())}
    print("| figure | ASTRA, GUPS | half store, GUPS | single store, GUPS | half / ASTRA | single / ASTRA |")
    print("|---|---|---|---|---|---|")
    slower = False
    for case in cases:
        half, single = rows[case.name]["value"], rows[case.name + "_single"]["value"]
        print(f"| {case.name} | {case.gups:.4g} | {half:.4g} | {single:.4g} "
              f"| {half / case.gups:.3g} | {single / case.gups:.3g} |")
        slower |= "slices" in case.name and half < 2 * case.gups
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
