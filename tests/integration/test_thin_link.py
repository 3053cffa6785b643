"""The viewer at the far end of `ssh -D` over some 100 Mbit/s: it asks for what the link carries."""
import contextlib
import json
import threading
import time

import socks_proxy
import system
import test_viewer
import wire_client

SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60")
SIDE = 1024  # 42 MB/s at ten updates a second
LINK = 12e6  # bytes/s
PER_PIXEL = {"NATIVE": 4, "QUANTISED_16": 2, "QUANTISED_8": 1}


def start_services(running, side=SIDE, preview=0):
    running.start("source", *SOURCE)
    running.start("projection")
    running.start("slice", "--slices", "xy@0", "--slice-size", side, "--preview-size", preview)


def forget_local_sockets(running):
    """As from another machine: only tcp is left for whoever comes now."""
    for path in (running.path / "slicecast").iterdir():
        path.unlink()


def bytes_brought(proxy, seconds):
    """Bytes per second over about so long."""
    before, began = proxy.brought, time.monotonic()
    proxy.pace.closing.wait(seconds)
    return (proxy.brought - before) / (time.monotonic() - began)


@contextlib.contextmanager
def guarded(process):
    """The lines that a viewer's script says; the viewer is killed if it hangs, and in any case at the end."""
    guard = threading.Timer(4 * system.GUARD_S, process.kill)
    guard.start()
    try:
        yield (line.strip() for line in iter(process.stdout.readline, ""))
    finally:
        guard.cancel()
        process.kill()


def end(running, process):
    """Adds the slice that a script waits for as its last; the script must succeed."""
    running.control("slice").request(set_slice=wire_client.square(16, 4, id="last", pinned=True))
    _, err = process.communicate()
    assert process.returncode == 0, err


def test_over_12_mb_per_s_images_are_asked_for_as_small_and_as_rarely_as_fits(tmp_path):
    script = tmp_path / "thin.script"
    script.write_text("deadline 120\nwait connected\nwait slices 1\nwait slice s1 image\n"
                      "wait link limited\n"
                      # Beside other programs the first measurement may be too low; it is mended within seconds.
                      "wait text link limits: 8-bit images at\nnote limited\nsay limited\nwait slices 2\n")
    proxy = socks_proxy.SocksProxy(LINK)
    proxy.start()
    with system.System() as running:
        start_services(running)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script,
                                     "--report", tmp_path / "report.json")
        with guarded(process) as said:
            assert "limited" in said, process.stderr.read()
            used = bytes_brought(proxy, 5)
            end(running, process)
    report = json.loads((tmp_path / "report.json").read_text())
    link = report["noted"]["limited"]["link"]
    print(link, f"{used / 1e6:.1f} MB/s over the link, age {report['age_ms']}")
    assert link["encoding"] != "NATIVE" and link["max_rate_hz"] > 0
    side = link["max_side"] or SIDE
    asked = side * side * PER_PIXEL[link["encoding"]] * link["max_rate_hz"]
    # Fits, with room for poses, and makes use of the link; one quality better would stutter.
    assert 0.3 * LINK < asked < 0.95 * LINK, link
    better = (4 if link["max_side"] else 2) * asked / link["max_rate_hz"]
    assert 5 * better > 0.8 * LINK, link
    assert used < 0.95 * LINK
    assert link["text"].startswith("link limits: "), link
    proxy.close()


def test_the_first_slice_does_not_wait_for_the_preview(tmp_path):
    side, preview = 256, 128
    script = tmp_path / "first.script"
    script.write_text("deadline 120\nwait connected\nwait slice s1 image\nexpect no_preview\nsay shown\nwait preview\n")
    proxy = socks_proxy.SocksProxy(LINK / 8)
    proxy.start()
    with system.System() as running:
        start_services(running, side, preview)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script)
        with guarded(process) as said:
            assert "shown" in said, process.stderr.read()
            brought = proxy.brought
            _, err = process.communicate()
            assert process.returncode == 0, err
    proxy.close()
    assert brought < 3 * preview**3, "three quarters of the preview"


def test_below_1_mb_per_s_the_first_images_are_small_and_so_is_the_preview(tmp_path):
    rate, preview = 200e3, 128
    script = tmp_path / "thinner.script"
    script.write_text("deadline 120\nwait connected\nwait slice s1 image\nsay shown\nwait preview\n"
                      "wait text link limits: 8-bit images of 256 px\nnote limited\nsay limited\nwait slices 2\n")
    proxy = socks_proxy.SocksProxy(rate)
    proxy.start()
    with system.System() as running:
        start_services(running, SIDE, preview)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script, "--report",
                                     tmp_path / "report.json")
        with guarded(process) as said:
            assert "shown" in said, process.stderr.read()
            first = proxy.brought
            assert "limited" in said, process.stderr.read()
            all_came, used = proxy.brought, bytes_brought(proxy, 5)
            end(running, process)
    proxy.close()
    link = json.loads((tmp_path / "report.json").read_text())["noted"]["limited"]["link"]
    print(link, f"{first} bytes to the first image, {all_came} in all, then {used / 1e3:.0f} kB/s")
    # A whole image has 4 MB, a whole preview 8.
    assert first < SIDE * SIDE and all_came < 4 * preview**3, (first, all_came)
    assert (link["encoding"], link["max_side"]) == ("QUANTISED_8", 256), link
    assert link["max_rate_hz"] > 0 and used < 1.05 * rate


def test_on_one_machine_images_come_whole(tmp_path):
    script = tmp_path / "near.script"
    script.write_text("wait connected\nwait slices 1\nwait slice s1 image\nsay shown\nwait slices 2\n"
                      "expect link free\n")
    with system.System() as running:
        start_services(running)
        process = test_viewer.viewer(running, "--script", script, "--report", tmp_path / "report.json")
        with guarded(process) as said:
            assert "shown" in said, process.stderr.read()
            threading.Event().wait(3)  # as long as it takes to find a thin link thin
            end(running, process)
    link = json.loads((tmp_path / "report.json").read_text())["link"]
    assert (link["encoding"], link["max_side"], link["max_rate_hz"]) == ("NATIVE", 0, 0)
