"""Resident memory stays within the configured budget + 10 % when any stage gets ten times too much.

Ten seconds each here; SLICECAST_SOAK_SECONDS (./dev soak) makes it longer.
"""
import os
import signal
import time

import pytest

import system
import wire_client

RING = 64  # frames
SECONDS = float(os.environ.get("SLICECAST_SOAK_SECONDS", "10"))


def watch(running, name, budget_mib, seconds=SECONDS):
    """Peak resident size of a process over a while."""
    pid = running.processes[name].pid
    end = time.monotonic() + seconds
    peak = 0.0
    while time.monotonic() < end:
        assert running.processes[name].poll() is None, running.log(name)
        peak = max(peak, system.resident_mib(pid))
        time.sleep(0.05)  # the pace of looking
    assert peak <= 1.1 * budget_mib, f"{name}: {peak:.0f} MiB of {budget_mib} MiB"
    return peak


def test_the_projection_server_keeps_its_budget_when_frames_come_far_too_fast():
    with system.System() as running:
        running.start("source", "--rows", "512", "--columns", "512", "--projections", "60", "--rate", "2000",
                      "--pre-render", "120", "--start", "immediately", "--noise=false")
        running.start("projection", "--memory", "256", "--threads", "1")
        watch(running, "projection", 256)


def test_the_slice_server_keeps_its_budget_with_too_many_projections_and_slices():
    with system.System() as running:
        running.start("source", "--rows", "256", "--columns", "256", "--projections", "1500", "--rate", "2000",
                      "--pre-render", "3000", "--start", "immediately", "--noise=false", "--phantom", "ellipsoids")
        running.start("projection", "--memory", "1024", "--axis-search=false")
        running.start("slice", "--memory", "256")
        control = running.control("slice")
        for i in range(8):
            control.request(set_slice=wire_client.square(1024, 100, i - 4.0, id=f"s{i}", pinned=True))
        reading, asleep = (running.feed("slice", ["slice/", "preview"]) for _ in range(2))
        asleep.take(30)
        asleep.ask()  # and never reads again
        reading.wait(lambda h: h.HasField("slice"))
        watch(running, "slice", 256)
        reading.wait(lambda h: h.HasField("slice"))  # it still serves
        reading.close()
        asleep.close()


def test_the_source_and_projection_keep_their_budgets_when_the_consumer_sleeps():
    with system.System() as running:
        running.start("source", "--rows", "256", "--columns", "256", "--projections", "60", "--rate", "500",
                      "--pre-render", "120", "--start", "immediately", "--noise=false")
        running.start("projection", "--memory", "256")
        running.start("slice", "--memory", "256")
        running.processes["slice"].send_signal(signal.SIGSTOP)
        watch(running, "projection", 256)


@pytest.mark.parametrize("dialect", ["native", "recastx"])
def test_the_source_keeps_to_what_it_announces_when_its_consumer_is_far_too_slow(dialect):
    push = f"tcp://127.0.0.1:{system.free_port()}"
    with system.System() as running:
        running.start("source", "--rows", "512", "--columns", "512", "--projections", "60", "--rate", "2000",
                      "--pre-render", "120", "--start", "immediately", "--pixel", "0.01", "--ring", RING,
                      "--dialect", dialect, "--push-address", push)
        # Phase retrieval and zinger search make a frame far dearer than sending it.
        recastx = ("--recastx", push, "--recastx-pixel-mm", "0.01") if dialect == "recastx" else ()
        running.start("projection", "--memory", "256", "--threads", "1", "--zinger-threshold", "0.5",
                      "--delta-beta", "500", "--energy-kev", "20", "--distance-mm", "100",
                      "--group-size", "60", *recastx)
        services = {service["name"]: service for service in running.status()["services"]}
        budget = services["source"]["gauges"]["slicecast_source_memory_bytes"] / (1 << 20)
        watch(running, "source", budget)
        services = {service["name"]: service for service in running.status()["services"]}
        offered, consumer = services["source"]["ledgers"][0]["received"], services["projection"]["ledgers"][0]
        print(f"{offered} frames offered", consumer)
        assert offered > consumer["done"] + consumer["in_flight"] + 10 * RING, "the consumer was not too slow"
        running.processes["projection"].send_signal(signal.SIGSTOP)
        watch(running, "source", budget, SECONDS / 2)
