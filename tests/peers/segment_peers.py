#!/usr/bin/python3
"""Times scikit-image's and OpenCV's segmentation, where installed, beside `slicecast bench segment`.

    SLICECAST_TEST_DATA=... tests/peers/segment_peers.py [--slicecast build/release/bin/slicecast]

Both see the reference image of ml/classical_ref; OpenCV's watershed and Otsu see it in 8 bits, since
they take nothing else. Neither package is needed to build or to test Slicecast.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time
import warnings

import numpy as np


def median_ms(function, repeats):
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def skimage_cases(image, markers):
    from skimage import filters, measure, segmentation

    def watershed():
        smooth = filters.gaussian(image, 1, mode="reflect")
        segmentation.watershed(filters.sobel(smooth), markers)

    def geodesic():
        edges = segmentation.inverse_gaussian_gradient(image)
        segmentation.morphological_geodesic_active_contour(edges, 35, balloon=-1)

    return {
        "otsu": lambda: filters.threshold_otsu(image),
        "multi_otsu": lambda: filters.threshold_multiotsu(image, 3),
        "cross_entropy": lambda: filters.threshold_li(image),
        "chan_vese": lambda: segmentation.morphological_chan_vese(image, 35),
        "geodesic_contour": geodesic,
        "watershed": watershed,
        "random_walker": lambda: segmentation.random_walker(image, markers, beta=130),
        "quantities": lambda: measure.regionprops_table(
            measure.label(image > 0.37, connectivity=1), properties=("area",)),
    }


def opencv_cases(image, markers):
    import cv2

    grey = np.clip(255 * (image - image.min()) / np.ptp(image), 0, 255).astype(np.uint8)
    colour = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    cv2.setNumThreads(2)
    return {
        "otsu": lambda: cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU),
        "watershed": lambda: cv2.watershed(colour, markers.astype(np.int32)),
        "quantities": lambda: cv2.connectedComponentsWithStats(
            (image > 0.37).astype(np.uint8), connectivity=4),
    }


def own_figures(program):
    if not program:
        return {}
    done = subprocess.run([program, "bench", "segment", "--json"], check=True,
                          stdout=subprocess.PIPE)
    rows = json.loads(done.stdout)
    rows = rows["rows"] if isinstance(rows, dict) else rows
    return {row["name"].removeprefix("segment."): row["measured"] for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slicecast", help="program whose figures are printed beside")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = pathlib.Path(os.environ.get("SLICECAST_TEST_DATA", "../shared/data"))
    image = np.load(folder / "ml/classical_ref/image512.npy")
    markers = np.load(folder / "ml/classical_ref/markers.npy")
    peers = {}
    for name, cases in (("scikit-image", skimage_cases), ("OpenCV", opencv_cases)):
        try:
            peers[name] = cases(image, markers)
        except ImportError:
            print(f"{name} is not installed")
    own = own_figures(options.slicecast)
    columns = [*peers, "Slicecast, 1 thread", "2 threads"]
    print(f"{'ms, median':18}" + "".join(f"{column:>21}" for column in columns))
    for case in CASES:
        cells = [f"{median_ms(of[case], options.repeats):.2f}" if case in of else "-"
                 for of in peers.values()]
        cells += [f"{own[case + end]:.2f}" if case + end in own else "-"
                  for end in ("_one_thread", "_two_threads")]
        print(f"{case:18}" + "".join(f"{cell:>21}" for cell in cells))


CASES = ("otsu", "multi_otsu", "cross_entropy", "chan_vese", "geodesic_contour", "watershed",
         "random_walker", "quantities")

if __name__ == "__main__":
    main()
