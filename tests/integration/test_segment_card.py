"""slicecast-segment on a card that is not there, works, or is lost while it segments: labels go on, and the
reason is told once.

The card is simulated by libslicecast_cuda_simulated.so: its kernels run on the host.
"""
import numpy as np
import pytest

import system
import wire_client
from slicecast.v1 import control_pb2

MODULE = system.BIN.parent / "lib" / "libslicecast_cuda_simulated.so"
NETWORK = ("--method", "network", "--model", "gel")
SIDE, PIXEL_MM = 96, 0.3115  # of the size that the network was trained on


def show(scan, side):
    """A square across the wall of the container."""
    edge = side * PIXEL_MM
    scan.control("slice").request(set_slice=control_pb2.SetSlice(
        base=wire_client.vec(60 - edge / 2, -edge / 2, 0), axis1=wire_client.vec(edge, 0, 0),
        axis2=wire_client.vec(0, edge, 0), rows=side, columns=side, id="a", pinned=True))


@pytest.fixture(scope="module")
def scan():
    with system.System() as run:
        run.start("source", "--projections", "60", "--rate", "30", "--pre-render", "120")
        run.start("projection")
        run.start("slice", "--preview-size", "0")
        run.start("segment", *NETWORK, "--backend", "cpu", name="plain")
        show(run, SIDE)
        yield run


@pytest.fixture
def segment(scan, monkeypatch):
    """Starts slicecast-segment beside the plain one, with this card; ends it after the test."""
    started = []

    def start(card, *options, module=MODULE):
        monkeypatch.setenv("SLICECAST_CUDA_MODULE", str(module))
        monkeypatch.setenv("SLICECAST_SIMULATED_CARD", card)
        name = f"segment{len(scan.processes)}"
        scan.start("segment", *NETWORK, *options, name=name)
        started.append(name)
        return name
    yield start
    for name in started:
        scan.processes[name].terminate()
        assert scan.processes[name].wait(system.GUARD_S) == 0, scan.log(name)
    show(scan, SIDE)


def told(scan, name, text):
    return [line for line in scan.log(name).splitlines() if text in line]


def same_labels(scan, name, count=3, side=SIDE):
    """Labels of `count` images of this size, equal to those of the processor but where two classes are alike."""
    feeds = {of: scan.feed(of, ["labels/"]) for of in (name, "plain")}
    found = {of: {} for of in feeds}

    def pairs():
        for of, feed in feeds.items():
            got = feed.take(0.05)
            if got and got[0].HasField("labels") and got[1].shape == (side, side):
                found[of][got[0].labels.input.SerializeToString(deterministic=True)] = got[1]
        return [(found[name][key], found["plain"][key]) for key in found[name] if key in found["plain"]]
    system.until(lambda: len(pairs()) >= count, f"labels of {name} and of the plain one")
    for of_card, plain in pairs():
        assert (of_card != plain).mean() < 1e-3
    for feed in feeds.values():
        feed.close()


@pytest.mark.parametrize("card, module, why", [
    ("", "/nonexistent/libslicecast_cuda.so", "libslicecast_cuda.so is not there"),
    ("driver=none", MODULE, "no NVIDIA driver"),
])
def test_without_a_card_the_processor_segments_and_the_reason_is_told(scan, segment, card, module, why):
    name = segment(card, "--backend", "cuda", module=module)
    same_labels(scan, name)
    (line,) = told(scan, name, "the network runs on")
    assert "runs on msd: " in line and why in line and "warn" in line.lower()


def test_a_card_that_is_not_asked_for_is_not_opened(scan, segment):
    name = segment("driver=none", "--backend", "cpu")
    same_labels(scan, name, count=1)
    (line,) = told(scan, name, "the network runs on")
    assert line.endswith("runs on msd")


def test_the_card_labels_as_the_processor_does_and_is_left_live(scan, segment):
    name = segment("")
    same_labels(scan, name)
    (line,) = told(scan, name, "the network runs on")
    assert line.endswith("runs on msd_cuda")
    scan.cli("params", "set", "--service", name, "backend=cpu")
    system.until(lambda: told(scan, name, "runs on msd"), "the processor told")
    same_labels(scan, name, count=1)
    assert told(scan, name, "the network runs on")[-1].endswith("runs on msd")


@pytest.mark.parametrize("fault", ["lost_when", "full_when"])
def test_a_card_that_fails_while_it_segments_is_given_up_with_no_image_lost(scan, segment, tmp_path, fault):
    now = tmp_path / "now"
    name = segment(f"{fault}={now}")
    same_labels(scan, name, count=2)
    now.touch()
    side = 2 * SIDE if fault == "full_when" else SIDE  # larger images need more memory
    show(scan, side)
    system.until(lambda: told(scan, name, "from now on"), "the card given up")
    same_labels(scan, name, count=2, side=side)
    assert len(told(scan, name, "from now on")) == 1
    status = scan.control(name).request(get_status=control_pb2.GetStatus()).status
    assert all(ledger.dropped.get("failed", 0) == 0 for ledger in status.ledgers)
