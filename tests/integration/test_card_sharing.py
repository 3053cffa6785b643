"""Two servers on one card, a simulated one: projections pass inside its memory, or as pixels after all."""
import signal
import time

import numpy as np
import pytest

import system
import wire_client
from slicecast.v1 import control_pb2

MODULE = system.BIN.parent / "lib" / "libslicecast_cuda_simulated.so"
SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60",
          "--no-noise")
ON_CARD = "slicecast_slice_projections_on_card_total"
REFUSED = "slicecast_slice_card_refusals_total"
HANDED_OVER = "slicecast_projection_handed_over"


@pytest.fixture(autouse=True)
def simulated_module(monkeypatch):
    monkeypatch.setenv("SLICECAST_CUDA_MODULE", str(MODULE))


def status(running, name):
    return running.control(name).request(wire_client.LOOK_MS, get_status=control_pb2.GetStatus()).status


def gauge(running, name, figure):
    return status(running, name).gauges.get(figure, 0)


def start(running, monkeypatch, service, card, *arguments, name=None):
    monkeypatch.setenv("SLICECAST_SIMULATED_CARD", card)
    running.start(service, *arguments, name=name)


def start_all(running, monkeypatch, slice_card="", device="0", source=()):
    running.start("source", *SOURCE, *source)
    start(running, monkeypatch, "projection", "", "--backend", "cuda")
    start(running, monkeypatch, "slice", slice_card, "--backend", "cuda", "--device", device,
          "--preview-size", "0")
    running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
    return running.feed("slice", ["slice/"])


def closes(running):
    for ledger in status(running, "slice").ledgers:
        dropped = sum(ledger.dropped.values())
        assert ledger.received == ledger.done + dropped + ledger.in_flight, ledger
        assert set(ledger.dropped) <= {"wrong_scan"}, ledger


def test_projections_of_another_card_come_as_pixels(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch, slice_card="cards=2", device="1")
        feed.wait(lambda h: not h.slice.filling)
        assert gauge(running, "slice", ON_CARD) == 0 and gauge(running, "slice", REFUSED) == 0
        assert gauge(running, "projection", HANDED_OVER) == 0
        feed.close()


def test_projections_that_cannot_be_mapped_come_as_pixels_and_none_is_lost(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch, slice_card="mapping=none")
        feed.wait(lambda h: not h.slice.filling)
        system.until(lambda: gauge(running, "slice", REFUSED) == 1, "one refusal")
        now = time.time_ns()
        feed.wait(lambda h: h.slice.stamp.acquired_ns > now)
        assert gauge(running, "slice", REFUSED) == 1 and gauge(running, "slice", ON_CARD) == 0
        assert "come as pixels instead of on the card" in running.log("slice")
        closes(running)
        feed.close()


def test_projections_pass_inside_the_card_and_make_the_same_slice(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch, source=("--speed", "0"))
        start(running, monkeypatch, "slice", "", "--backend", "cpu", "--preview-size", "0", name="pixels")
        running.control("pixels").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        other = running.feed("pixels", ["slice/"])
        system.until(lambda: gauge(running, "slice", ON_CARD) > 40, "projections on the card")
        assert gauge(running, "pixels", ON_CARD) == 0
        now = time.time_ns()
        later = lambda h: not h.slice.filling and h.slice.stamp.acquired_ns > now
        _, on_card = feed.wait(later)
        _, by_pixels = other.wait(later)
        assert np.abs(on_card).max() > 0
        difference = np.sqrt(np.mean((on_card - by_pixels) ** 2) / np.mean(by_pixels ** 2))
        assert difference < 2e-2, difference  # not of the same projections
        taken = gauge(running, "slice", ON_CARD)
        system.until(lambda: gauge(running, "projection", HANDED_OVER) >= taken, "as many handed over")
        closes(running)
        feed.close()
        other.close()


def test_a_projection_server_that_comes_back_hands_over_again(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch)
        system.until(lambda: gauge(running, "slice", ON_CARD) > 10, "projections on the card")
        running.kill("projection")
        before = gauge(running, "slice", ON_CARD)
        now = time.time_ns()
        running.restart("projection")
        system.until(lambda: gauge(running, "slice", ON_CARD) > before + 10, "projections on the card")
        feed.wait(lambda h: not h.slice.filling and h.slice.stamp.acquired_ns > now)
        feed.close()


def test_images_are_kept_for_a_slice_server_that_is_stopped_and_goes_on(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch)
        system.until(lambda: gauge(running, "slice", ON_CARD) > 10, "projections on the card")
        running.processes["slice"].send_signal(signal.SIGSTOP)
        time.sleep(4)  # longer than the 3 s after which a silent consumer is forgotten
        running.processes["slice"].send_signal(signal.SIGCONT)
        before, now = gauge(running, "slice", ON_CARD), time.time_ns()
        system.until(lambda: gauge(running, "slice", ON_CARD) > before + 40, "projections on the card")
        feed.wait(lambda h: not h.slice.filling and h.slice.stamp.acquired_ns > now)
        assert gauge(running, "slice", REFUSED) == 0
        feed.close()
