"""What is said of a scan's geometry reaches the slices: measured vectors, a principal point, a turned detector."""
import numpy as np
import pytest

import system
import wire_client

ROWS, COLUMNS, PIXEL_MM, PROJECTIONS = 64, 80, 0.5, 120
SOURCE_AXIS_MM, SOURCE_DETECTOR_MM = 160.0, 240.0
RADIUS_MM, ATTENUATION = 10.0, 0.02
SIZE, EDGE_MM = 80, 21.0
SCAN = ("--rows", ROWS, "--columns", COLUMNS, "--pixel", PIXEL_MM, "--rate", 0, "--phantom", "ellipsoids",
        "--radius", RADIUS_MM, "--attenuation", ATTENUATION)
EXACT = (*SCAN, "--already-linear")
BY_ANGLES = ("--projections", PROJECTIONS, "--scans", 1)
CONE = ("--beam", "cone")
DISTANCES = ("--source-axis", SOURCE_AXIS_MM, "--source-detector", SOURCE_DETECTOR_MM)


def measured_cone(source_error_mm=0.0, detector_error_px=0.0, seed=3):
    """12 numbers for each of the projections over a full turn, off by random amounts of this size."""
    random = np.random.default_rng(seed)
    angles = 2 * np.pi * np.arange(PROJECTIONS) / PROJECTIONS
    zero, one = np.zeros_like(angles), np.ones_like(angles)
    beam = np.stack([-np.sin(angles), np.cos(angles), zero], 1)
    across = np.stack([np.cos(angles), np.sin(angles), zero], 1)
    up = np.stack([zero, zero, one], 1)
    source = -SOURCE_AXIS_MM * beam + source_error_mm * random.uniform(-1, 1, (PROJECTIONS, 3))
    off = detector_error_px * PIXEL_MM * random.uniform(-1, 1, (PROJECTIONS, 2))
    detector = (SOURCE_DETECTOR_MM - SOURCE_AXIS_MM) * beam + off[:, :1] * across + off[:, 1:] * up
    return np.hstack([source, detector, PIXEL_MM * across, PIXEL_MM * up])


def file_of(running, name, vectors):
    path = running.path / f"{name}.npy"
    np.save(path, vectors)
    return path


class Slices:
    """One slice of every scan that sources stream one after the other."""

    def __init__(self, running, server="slice", **more):
        self.running = running
        self.feed = running.feed(server, ["slice/"])
        running.control(server).request(
            set_slice=wire_client.square(SIZE, EDGE_MM, more.pop("z_mm", 0.0), id="a", pinned=True, **more))

    def of(self, name, projections=PROJECTIONS):
        _, image = self.feed.wait(lambda h: h.slice.stamp.scan_id.startswith(name)
                                  and h.slice.projections == projections
                                  and h.slice.stamp.newest_projection == projections - 1)
        return image

    def streamed(self, name, *arguments):
        self.running.start("source", "--title", name, *arguments)
        image = self.of(name)
        self.running.processes["source"].terminate()
        assert self.running.processes["source"].wait(system.GUARD_S) == 0
        return image


def servers(running, *more):
    running.start("projection", "--store", "float", "--padding", "zero", "--axis-search=false", *more)
    running.start("slice", "--preview-size", 0, "--store", "float")


def rms(image):
    return np.sqrt(np.mean(np.square(image, dtype=np.float64)))


@pytest.mark.parametrize("words, told", [
    (("--vectors", "none.npy"), "none.npy"), (("--vectors", "PATH", "--tilt", 3), "tilt changes nothing"),
    (("--vectors", "PATH", "--projections", 60), "as many projections as measured vectors"),
    (("--principal-row", 3), "a parallel beam has no principal point")])
def test_a_geometry_that_contradicts_itself_is_refused_in_one_line(words, told):
    with system.System() as running:
        path = file_of(running, "vectors", measured_cone())
        beam = CONE if "--vectors" in words else ()
        done = running.program("source", *EXACT, *beam, *(path if word == "PATH" else word for word in words))
        assert done.returncode != 0
        assert told in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_simulated_scan_of_measured_vectors_gives_the_slice_of_the_same_angles():
    with system.System() as running:
        servers(running)
        slices = Slices(running)
        angles = slices.streamed("angles", *EXACT, *CONE, *DISTANCES, *BY_ANGLES)
        vectors = slices.streamed("vectors", *EXACT, *CONE, "--vectors",
                                  file_of(running, "vectors", measured_cone()))
        assert rms(vectors - angles) < 1e-5 * rms(angles)
        # The same by way of a file.
        scan = running.path / "scan.h5"
        done = running.program("source", *EXACT, *CONE, "--vectors", running.path / "vectors.npy", "--write", scan)
        assert done.returncode == 0, done.stderr
        assert rms(slices.streamed("file", "--file", scan, "--rate", 0) - angles) < 1e-5 * rms(angles)


def test_a_jittered_scan_is_right_with_its_vectors_as_the_reference_and_the_truth_say():
    with system.System() as running:
        servers(running)
        running.start("slice", "--backend", "reference", "--preview-size", 0, "--store", "float", name="exact")
        slices, exact = Slices(running), Slices(running, "exact")
        straight = slices.streamed("straight", *EXACT, *CONE, *DISTANCES, *BY_ANGLES)
        vectors = file_of(running, "vectors", measured_cone(source_error_mm=1.0, detector_error_px=3.0))
        jittered = slices.streamed("jittered", *EXACT, *CONE, "--vectors", vectors)
        assert rms(jittered - exact.of("jittered")) < 1e-5 * rms(jittered)
        # The ball in the middle of the phantom, a fifth of its radius large.
        y, x = np.mgrid[:SIZE, :SIZE] * EDGE_MM / SIZE - EDGE_MM / 2 * (1 - 1 / SIZE)
        ball = np.hypot(x, y) < 0.15 * RADIUS_MM
        assert abs(jittered[ball].mean() / ATTENUATION - 1) < 0.01
        # Edges fall between other pixels than before, which is the same however large the errors are.
        assert rms(jittered - straight) < 0.12 * rms(straight)

        # The same frames taken for a scan without errors.
        scan = running.path / "scan.h5"
        running.program("source", *EXACT, *CONE, "--vectors", vectors, "--write", scan)
        ideal = file_of(running, "ideal", measured_cone())
        blurred = slices.streamed("blurred", "--file", scan, "--vectors", ideal, "--rate", 0)
        assert rms(blurred - straight) > 0.3 * rms(straight)

        # Errors of whole pixels leave the edges where they were.
        whole = measured_cone()
        whole[:, 3:6] += np.random.default_rng(1).integers(-3, 4, (PROJECTIONS, 1)) * whole[:, 6:9]
        shifted = slices.streamed("shifted", *EXACT, *CONE, "--vectors", file_of(running, "whole", whole))
        assert rms(shifted - straight) < 0.03 * rms(straight)


def test_a_principal_point_off_the_middle_moves_the_image_and_not_the_slice():
    with system.System() as running:
        servers(running)
        slices = Slices(running, z_mm=0.9)
        centred = slices.streamed("centred", *EXACT, *CONE, *DISTANCES, *BY_ANGLES)
        moved = slices.streamed("moved", *EXACT, *CONE, *DISTANCES, *BY_ANGLES,
                                "--principal-column", 51.5, "--principal-row", 21.5)
        assert rms(moved - centred) < 0.12 * rms(centred)  # edges fall between other pixels
        scan = running.path / "scan.h5"
        running.program("source", *EXACT, *CONE, *DISTANCES, *BY_ANGLES, "--principal-column", 51.5,
                        "--principal-row", 21.5, "--write", scan)
        again = slices.streamed("again", "--file", scan, "--rate", 0)
        assert rms(again - moved) < 1e-5 * rms(moved)
        ignored = slices.streamed("ignored", "--file", scan, "--rate", 0, "--principal-column", 39.5,
                                  "--principal-row", 31.5)
        assert rms(ignored - centred) > 0.2 * rms(centred)


@pytest.mark.parametrize("turns", [("transpose", "flip-u"), ("flip-u", "flip-v"), ("transpose", "flip-v")])
def test_a_turned_recastx_detector_gives_the_slice_of_an_upright_one(turns):
    with system.System() as running:
        push = f"tcp://127.0.0.1:{system.free_port()}"
        quiet = (*SCAN, "--no-noise", "--axis-column", 36, *BY_ANGLES)
        servers(running, "--axis-column", 36)
        slices = Slices(running, z_mm=3.0)
        upright = slices.streamed("upright", *quiet)
        running.kill("projection")
        running.start("projection", "--store", "float", "--padding", "zero", "--axis-search=false",
                      "--recastx", push, "--recastx-angles", PROJECTIONS, "--recastx-pixel-mm", PIXEL_MM,
                      "--group-size", PROJECTIONS, "--axis-column", 36,
                      *(f"--recastx-{turn}" for turn in turns))
        sides = ("--rows", COLUMNS, "--columns", ROWS) if "transpose" in turns else ()
        running.start("source", *quiet, *sides, "--dialect", "recastx", "--push-address", push,
                      *(f"--{turn}" for turn in turns))
        turned = slices.of("recastx")
        assert rms(turned - upright) < 0.01 * rms(upright)
