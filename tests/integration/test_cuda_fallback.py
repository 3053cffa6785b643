"""Servers whose card is not there, or goes while they work: cpu takes over, told once, and no slice is wrong.

The card is simulated by libslicecast_cuda_simulated.so: the backend is the real one, its kernels run on the host.
"""
import subprocess

import numpy as np
import pytest

import system
import wire_client
from slicecast.v1 import control_pb2

MODULE = system.BIN.parent / "lib" / "libslicecast_cuda_simulated.so"
FALLBACKS = "slicecast_backend_fallbacks_total"
SERVERS = ("projection", "slice")
# At rest and without noise: every whole window shows the same, up to the rounding of the store.
SOURCE = ("--rows", "16", "--columns", "32", "--projections", "24", "--speed", "0", "--no-noise", "--rate", "60")
TOLERANCE = 0.02  # of the largest value


def card(monkeypatch, text):
    monkeypatch.setenv("SLICECAST_CUDA_MODULE", str(MODULE))
    monkeypatch.setenv("SLICECAST_SIMULATED_CARD", text)


def start_all(running, monkeypatch, broken=SERVERS, fault="", backend="auto"):
    """All services; the servers named in `broken` have a card with that fault, the others one without."""
    running.start("source", *SOURCE)
    for server, more in (("projection", ()), ("slice", ("--preview-size", "8"))):
        card(monkeypatch, fault if server in broken else "")
        running.start(server, "--backend", backend, *more)
    running.control("slice").request(set_slice=wire_client.square(24, 12, id="a", pinned=True))
    return running.feed("slice", ["slice/"])


def status(running, service):
    return running.control(service).request(wire_client.LOOK_MS, get_status=control_pb2.GetStatus()).status


def lines(running, service, text):
    return [line for line in running.log(service).splitlines() if text in line]


def expect_fallback(running, service, why):
    """On cpu, counted once, and said in one line that names the reason."""
    system.until(lambda: status(running, service).gauges[FALLBACKS] == 1, f"{service} falling back")
    assert status(running, service).facts["backend"].startswith("cpu"), status(running, service).facts
    told = lines(running, service, "instead of cuda")
    assert len(told) == 1 and why in told[0], running.log(service)
    assert why in status(running, service).facts["backend"]


def on_cpu(running):
    """The slice as cpu alone shows it, from the same source."""
    running.start("projection", "--backend", "cpu", name="plain-projection")
    running.start("slice", "--backend", "cpu", "--preview-size", "0", "--projections", "plain-projection",
                  name="plain-slice")
    running.service("plain-projection")
    running.control("plain-slice").request(set_slice=wire_client.square(24, 12, id="a", pinned=True))
    feed = running.feed("plain-slice", ["slice/"])
    _, values = feed.wait(lambda h: not h.slice.filling)
    feed.close()
    return values


def expect_same(values, wanted):
    assert np.isfinite(values).all()
    assert np.abs(values - wanted).max() <= TOLERANCE * np.abs(wanted).max()


def expect_closed(running):
    """What was received is done, dropped by a named reason, or on its way."""
    for service in SERVERS:
        for ledger in status(running, service).ledgers:
            dropped = sum(ledger.dropped.values())
            assert ledger.received == ledger.done + dropped + ledger.in_flight, ledger


def test_a_device_that_is_no_device_is_refused_before_anything_starts():
    for service in SERVERS:
        with pytest.raises(AssertionError, match="device 'first' is neither an index nor a UUID"):
            with system.System() as running:
                running.start(service, "--device", "first")


def test_a_kernel_configuration_that_is_not_there_or_wrong_is_refused(tmp_path):
    wrong = tmp_path / "kernels.toml"
    wrong.write_text("[cpu]\ntile_updates = 3\n")
    for path, why in ((tmp_path / "none.toml", "cannot read kernel configuration"),
                      (wrong, "cpu.tile_updates = 3 is not from 1000")):
        with pytest.raises(AssertionError, match=why):
            with system.System() as running:
                running.start("slice", "--kernel-config", path)


@pytest.mark.parametrize("fault, why", [
    ("driver=none", "no NVIDIA driver"), ("driver=12040", "supports CUDA 12.4"),
    ("memory=64", "MiB of card memory"), ("memory=2048 taken=2000", "MiB of card memory")])
def test_a_card_that_cannot_be_used_is_replaced_at_the_start(monkeypatch, fault, why):
    with system.System() as running:
        feed = start_all(running, monkeypatch, fault=fault)
        for service in SERVERS:
            expect_fallback(running, service, why)
        _, values = feed.wait(lambda h: not h.slice.filling)
        assert np.isfinite(values).all() and values.max() > 0
        expect_closed(running)
        feed.close()


def test_a_card_that_is_asked_for_where_no_module_is_built_is_replaced(monkeypatch):
    monkeypatch.setenv("SLICECAST_CUDA_MODULE", "/nonexistent/libslicecast_cuda.so")
    with system.System() as running:
        running.start("slice", "--backend", "cuda")
        expect_fallback(running, "slice", "libslicecast_cuda.so is not there")
        running.start("projection")
        assert status(running, "projection").gauges[FALLBACKS] == 0
        assert len(lines(running, "projection", "libslicecast_cuda.so is not there")) == 1


def test_a_card_shows_what_cpu_shows(monkeypatch):
    with system.System() as running:
        feed = start_all(running, monkeypatch)
        _, values = feed.wait(lambda h: not h.slice.filling)
        for service in SERVERS:
            assert status(running, service).facts["backend"].startswith("cuda (simulated card"), \
                running.log(service)
            assert status(running, service).gauges[FALLBACKS] == 0
        expect_same(values, on_cpu(running))
        expect_closed(running)
        feed.close()


@pytest.mark.parametrize("broken", [("projection",), ("slice",), SERVERS])
def test_a_card_lost_in_mid_scan_costs_no_slice_and_shows_no_wrong_one(monkeypatch, broken):
    with system.System() as running:
        gone = running.path / "gone"
        feed = start_all(running, monkeypatch, broken=broken, fault=f"lost_when={gone}")
        before, wanted = feed.wait(lambda h: not h.slice.filling)
        gone.touch()
        for service in broken:
            expect_fallback(running, service, "fell off the bus")
        # Whatever is shown meanwhile is whole and right.
        fresh = 0
        while fresh < 10:
            header, values = feed.take()
            assert not header.slice.filling and header.slice.projections >= before.slice.projections - 1
            assert header.slice.stamp.version > before.slice.stamp.version
            expect_same(values, wanted)
            fresh += header.slice.stamp.newest_projection > before.slice.stamp.newest_projection + 24
            before.slice.stamp.version = header.slice.stamp.version
        for service in set(SERVERS) - set(broken):
            assert status(running, service).gauges[FALLBACKS] == 0
        expect_closed(running)
        feed.close()


def test_a_card_without_memory_left_in_mid_scan_is_replaced(monkeypatch):
    with system.System() as running:
        full = running.path / "full"
        feed = start_all(running, monkeypatch, broken=("slice",), fault=f"full_when={full}")
        feed.wait(lambda h: h.slice.projections >= 3)
        full.touch()
        # Memory is taken anew for a slice larger than any before.
        running.control("slice").request(set_slice=wire_client.square(700, 12, id="b", pinned=True))
        expect_fallback(running, "slice", "MiB of card memory")
        header, _ = feed.wait(lambda h: not h.slice.filling and h.slice.stamp.slice_id == "a")
        _, values = feed.wait(lambda h: not h.slice.filling and h.slice.stamp.slice_id == "a"
                              and h.slice.projections >= 24)
        expect_same(values, on_cpu(running))
        expect_closed(running)
        feed.close()


def test_a_lost_card_at_the_end_of_a_scan_leaves_the_slices_that_can_still_be_moved(monkeypatch):
    with system.System() as running:
        gone = running.path / "gone"
        card(monkeypatch, f"lost_when={gone}")
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        running.start("source", *SOURCE, "--scans", "1")
        control = running.control("slice")
        control.request(set_slice=wire_client.square(24, 12, id="a", pinned=True))
        feed = running.feed("slice", ["slice/"])
        _, wanted = feed.wait(lambda h: h.slice.stamp.newest_projection == 23)
        gone.touch()
        control.request(set_slice=wire_client.square(24, 12, id="a", z_mm=1.0, pinned=True))
        expect_fallback(running, "slice", "fell off the bus")
        control.request(set_slice=wire_client.square(24, 12, id="a", pinned=True))
        header, values = feed.wait(lambda h: h.slice.stamp.pose_revision >= 3)
        assert header.slice.projections == 24
        expect_same(values, wanted)
        feed.close()


def test_a_reconstruction_whose_card_is_lost_begins_again_on_cpu(monkeypatch):
    with system.System() as running:
        scan, wanted, got = (running.path / name for name in ("scan.h5", "wanted.npy", "got.npy"))
        subprocess.run([str(system.BIN / "slicecast-source"), *SOURCE[:6], "--scans", "1", "--write", str(scan)],
                       check=True, timeout=system.GUARD_S)
        command = ("reconstruct", scan, "--axis", "15.5", "--size", "40", "--volume", "--out")
        running.cli(*command, wanted, "--backend", "cpu")
        lost = 0
        for launches in range(0, 1000, 7):  # in filtering, in summing, and at last not any more
            card(monkeypatch, f"lost_after={launches}")
            told = running.cli(*command, got).stderr
            if not told:
                break
            lost += 1
            assert told.count("instead of cuda") == 1 and "failed in" in told, told
            assert np.array_equal(np.load(wanted), np.load(got))
        assert 3 <= lost < 100
        card(monkeypatch, "")
        assert running.cli(*command, got, "--backend", "cuda").stderr == ""
        expect_same(np.load(got), np.load(wanted))
