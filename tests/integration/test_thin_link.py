"""The viewer at the far end of `ssh -D` over some 100 Mbit/s: it asks for what the link carries."""
import json
import threading

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
    before = proxy.brought
    proxy.pace.closing.wait(seconds)
    return (proxy.brought - before) / seconds


def test_over_12_mb_per_s_images_are_asked_for_as_small_and_as_rarely_as_fits(tmp_path):
    script = tmp_path / "thin.script"
    script.write_text("deadline 120\nwait connected\nwait slices 1\nwait slice s1 image\n"
                      "wait link limited\n"
                      # Beside other programs the first measurement may be too low; it is mended within seconds.
                      "wait text link limits: 8-bit images at\nscreenshot thin\nsay limited\nwait slices 2\n")
    proxy = socks_proxy.SocksProxy(LINK)
    proxy.start()
    with system.System() as running:
        start_services(running)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script,
                                     "--screenshot-dir", tmp_path, "--report", tmp_path / "report.json")
        guard = threading.Timer(4 * system.GUARD_S, process.kill)
        guard.start()
        lines = iter(process.stdout.readline, "")
        assert "limited" in (line.strip() for line in lines), process.stderr.read()
        used = bytes_brought(proxy, 5)
        running.control("slice").request(set_slice=wire_client.square(16, 4, id="last", pinned=True))
        _, err = process.communicate()
        guard.cancel()
        assert process.returncode == 0, err
    report = json.loads((tmp_path / "report.json").read_text())
    link = report["link"]
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
    script.write_text("deadline 120\nwait connected\nwait slice s1 image\nsay shown\nwait preview\n")
    proxy = socks_proxy.SocksProxy(LINK / 6)
    proxy.start()
    with system.System() as running:
        start_services(running, side, preview)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script)
        guard = threading.Timer(4 * system.GUARD_S, process.kill)
        guard.start()
        assert "shown" in (line.strip() for line in iter(process.stdout.readline, ""))
        brought = proxy.brought
        _, err = process.communicate()
        guard.cancel()
        assert process.returncode == 0, err
    proxy.close()
    assert brought < preview**3, "a quarter of the preview"


def test_below_1_mb_per_s_the_first_images_are_small_and_so_is_the_preview(tmp_path):
    rate, preview = 200e3, 128
    script = tmp_path / "thinner.script"
    script.write_text("deadline 120\nwait connected\nwait slice s1 image\nsay shown\nwait preview\nwait link limited\n"
                      "say limited\nwait slices 2\n")
    proxy = socks_proxy.SocksProxy(rate)
    proxy.start()
    with system.System() as running:
        start_services(running, SIDE, preview)
        forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script, "--report",
                                     tmp_path / "report.json")
        guard = threading.Timer(4 * system.GUARD_S, process.kill)
        guard.start()
        lines = iter(process.stdout.readline, "")
        assert "shown" in (line.strip() for line in lines)
        first = proxy.brought
        assert "limited" in (line.strip() for line in lines)
        all_came, used = proxy.brought, bytes_brought(proxy, 5)
        running.control("slice").request(set_slice=wire_client.square(16, 4, id="last", pinned=True))
        _, err = process.communicate()
        guard.cancel()
        assert process.returncode == 0, err
    proxy.close()
    link = json.loads((tmp_path / "report.json").read_text())["link"]
    print(link, f"{first} bytes to the first image, {all_came} in all, then {used / 1e3:.0f} kB/s")
    # A whole image has 4 MB, a whole preview 8.
    assert first < SIDE * SIDE / 4 and all_came < preview**3, (first, all_came)
    assert (link["encoding"], link["max_side"]) == ("QUANTISED_8", 256), link
    assert link["max_rate_hz"] > 0 and used < 1.05 * rate


def test_on_one_machine_images_come_whole(tmp_path):
    script = tmp_path / "near.script"
    script.write_text("wait connected\nwait slices 1\nwait slice s1 image\nsay shown\nwait slices 2\n"
                      "expect link free\n")
    with system.System() as running:
        start_services(running)
        process = test_viewer.viewer(running, "--script", script, "--report", tmp_path / "report.json")
        guard = threading.Timer(4 * system.GUARD_S, process.kill)
        guard.start()
        assert "shown" in (line.strip() for line in iter(process.stdout.readline, ""))
        guard.finished.wait(3)  # as long as it takes to find a thin link thin
        running.control("slice").request(set_slice=wire_client.square(16, 4, id="last", pinned=True))
        _, err = process.communicate()
        guard.cancel()
        assert process.returncode == 0, err
    link = json.loads((tmp_path / "report.json").read_text())["link"]
    assert (link["encoding"], link["max_side"], link["max_rate_hz"]) == ("NATIVE", 0, 0)
