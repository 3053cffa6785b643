#!/usr/bin/env python3
"""Times ONNX Runtime, OpenCV and scikit-image, where installed, on what `slicecast bench` wrote.

    bench_peers.py FOLDER

reads FOLDER/jobs.json and appends one line of JSON per figure to FOLDER/report.jsonl, so that what a
peer takes down with it is only what comes after. Started by `slicecast bench nn` and `bench segment`.
"""
import importlib
import json
import pathlib
import signal
import statistics
import sys
import time
import warnings

try:
    import numpy as np
except ImportError as error:
    sys.exit(f"no library to compare with: {error}")

MOST_SECONDS_OF_A_JOB = 90
REPEATS, ENOUGH_SECONDS = 7, 4


def timed(function):
    """Median in ms after one run that does not count, and what the function gives."""
    result = function()
    times = []
    while len(times) < REPEATS and (len(times) < 2 or sum(times) < 1e3 * ENOUGH_SECONDS):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times), result


class OnnxRuntime:
    name, module = "ONNX Runtime", "onnxruntime"

    def network(self, job):
        options = self.library.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = job.threads, 1
        session = self.library.InferenceSession(str(job.model), options,
                                                providers=["CPUExecutionProvider"])
        image = {session.get_inputs()[0].name: job.image[None, None]}
        return lambda: session.run(None, image)[0]


class OpenCV:
    name, module = "OpenCV", "cv2"

    def prepared(self, job):
        self.library.setNumThreads(job.threads)
        image = job.image
        self.grey = np.clip(255 * (image - image.min()) / max(np.ptp(image), 1e-30), 0, 255)
        self.grey = self.grey.astype(np.uint8)

    def network(self, job):
        self.library.setNumThreads(job.threads)
        network = self.library.dnn.readNetFromONNX(str(job.model))
        blob = job.image[None, None]

        def run():
            network.setInput(blob)
            return network.forward().copy()
        return run

    def otsu(self, job):
        """In 8 bits, since it takes nothing else."""
        self.prepared(job)
        cv2, image = self.library, job.image
        flags = cv2.THRESH_BINARY | cv2.THRESH_OTSU
        step = np.ptp(image) / 255
        return lambda: np.array([image.min() + step * cv2.threshold(self.grey, 0, 255, flags)[0]])

    def watershed(self, job):
        """Of the image in 8 bits, since it takes nothing else; it draws lines between labels."""
        self.prepared(job)
        colour = self.library.cvtColor(self.grey, self.library.COLOR_GRAY2BGR)
        markers = job.markers.astype(np.int32)
        return lambda: self.library.watershed(colour, markers.copy())

    def quantities(self, job):
        self.library.setNumThreads(job.threads)
        classes = [(job.labels == k).astype(np.uint8) for k in (1, 2)]
        return lambda: [self.library.connectedComponentsWithStats(one, connectivity=4)
                        for one in classes] and None


class SciKitImage:
    name, module = "scikit-image", "skimage"

    def part(self, name):
        return importlib.import_module(f"skimage.{name}")

    def otsu(self, job):
        of = self.part("filters").threshold_otsu
        return lambda: np.array([of(job.image)])

    def multi_otsu(self, job):
        of = self.part("filters").threshold_multiotsu
        return lambda: of(job.image, 3)

    def cross_entropy(self, job):
        of = self.part("filters").threshold_li
        return lambda: np.array([of(job.image)])

    def chan_vese(self, job):
        """Its smoothing goes on where the call before ended: every second call gives our labels."""
        of = self.part("segmentation").morphological_chan_vese
        return lambda: of(job.image, 35)

    def geodesic_contour(self, job):
        parts = self.part("segmentation")

        def run():
            edges = parts.inverse_gaussian_gradient(job.image)
            return parts.morphological_geodesic_active_contour(edges, 35, balloon=-1)
        return run

    def watershed(self, job):
        filters, of, markers = self.part("filters"), self.part("segmentation").watershed, job.markers

        def run():
            return of(filters.sobel(filters.gaussian(job.image, 1, mode="reflect")), markers)
        return run

    def random_walker(self, job):
        of, markers = self.part("segmentation").random_walker, job.markers
        return lambda: of(job.image, markers, beta=130)

    def quantities(self, job):
        of = self.part("measure")

        def run():
            for k in (1, 2):
                objects = of.label(job.labels == k, connectivity=1)
                of.regionprops_table(objects, properties=("area",))
        return run


class Job:
    def __init__(self, folder, entry):
        self.row, self.kind, self.threads = entry["row"], entry["kind"], entry["threads"]
        self.model = folder / entry["model"]
        self.image = np.load(folder / entry["image"])
        self.expected = np.load(folder / entry["expected"]) if entry["expected"] else None
        if self.kind == "quantities":
            self.labels = self.image
        if entry["high_percentile"]:
            low, high = (np.percentile(self.image, entry[f"{end}_percentile"])
                         for end in ("low", "high"))
            self.markers = np.where(self.image <= low, 1, np.where(self.image >= high, 2, 0))

    def comparison(self, result):
        """How the peer's answer lies to ours."""
        if self.expected is None or result is None:
            return ""
        if self.expected.dtype == np.uint8:
            result = np.asarray(result)
            same = (result == result.max()) == (self.expected == self.expected.max())
            return f"{100 * same.mean():.2f} % the same labels"
        apart = np.abs(np.asarray(result).ravel() - self.expected.ravel()).max()
        if self.kind == "network":
            return f"apart by {apart:.1g}"
        return f"apart by {256 * apart / max(np.ptp(self.image), 1e-30):.1f} of 256 bins"


def figure(peer, job):
    if peer.library is None:
        return {"peer": peer.name, "remark": peer.why}
    made = getattr(peer, job.kind, None)
    name = f"{peer.name} {peer.library.__version__}"
    if made is None:
        return {"peer": name, "remark": "has no such method"}
    try:
        milliseconds, result = timed(made(job))
    except Exception as error:  # of whatever kind: it is theirs, and their figure is missing
        lines = [line.strip("> ") for line in str(error).splitlines() if line.strip("> ")]
        return {"peer": name, "remark": f"failed: {''.join(lines[-1:])[:160]}"}
    return {"peer": name, "milliseconds": milliseconds, "remark": job.comparison(result)}


def found(kind):
    peer = kind()
    peer.library, peer.why = None, ""
    try:
        peer.library = importlib.import_module(peer.module)
    except Exception as error:  # a module that is there and broken counts as none
        peer.why = f"not present: {error}"
    return peer


def main():
    folder = pathlib.Path(sys.argv[1])
    warnings.simplefilter("ignore")
    entries = json.loads((folder / "jobs.json").read_text())
    signal.alarm(60 + MOST_SECONDS_OF_A_JOB * len(entries))
    of_networks = any(entry["kind"] == "network" for entry in entries)
    kinds = (OnnxRuntime, OpenCV) if of_networks else (OpenCV, SciKitImage)
    peers = [found(kind) for kind in kinds]
    with (folder / "report.jsonl").open("a", buffering=1) as report:
        for entry in entries:
            job = Job(folder, entry)
            for peer in peers:
                report.write(json.dumps({"row": job.row, **figure(peer, job)}) + "\n")


if __name__ == "__main__":
    main()
