"""The window itself, under Xvfb with Mesa's software renderer, driven by a script where GLFW's events come in."""
import contextlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import numpy as np
import pytest

import system
import test_labels
import wire_client

HERE = pathlib.Path(__file__).parent / "viewer"
SOURCE = ("--phantom", "shepp_logan", "--no-noise", "--rows", "96", "--columns", "128", "--projections", "90")
SLICES = ("--slices", "xy@0 xz@0 yz@0", "--slice-size", "256", "--preview-size", "64")


class Windowed(subprocess.Popen):
    """A program and the display made for it, which ends when what is between them is killed as well."""

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def viewer(running, *arguments, display=True, dpi=None):
    command = [system.BIN / "slicecast-viewer", "--hub", running.hub if running else "tcp://127.0.0.1:9",
               *arguments]
    environment = {**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1", "GALLIUM_DRIVER": "llvmpipe"}
    if running:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            environment[name] = str(running.path)
    if display:
        if dpi:
            command = [sys.executable, HERE.parent / "x_resources.py", f"Xft.dpi: {dpi}", *command]
        # A folder of its own for the key, which it would make otherwise, it cannot always remove: then it
        # ends with 5, whatever the viewer said.
        key = ["-f", tempfile.mkstemp(prefix="Xauthority-", dir=running.path)[1]] if running else []
        command = ["xvfb-run", "-a", *key, "-s", "-screen 0 2560x1440x24", *command]
    else:
        environment.pop("DISPLAY", None)
        environment.pop("WAYLAND_DISPLAY", None)
    return Windowed([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                    env=environment, start_new_session=True)


def ended(process, guard_s=2 * system.GUARD_S):
    """What a program said by its end, (stdout, stderr); one that hangs is killed, and nothing is left of it."""
    try:
        return process.communicate(timeout=guard_s)
    finally:
        process.kill()


def played(process, answer, guard_s=3 * system.GUARD_S):
    """What the viewer's script said, line by line, each of them given to `answer` first; the script must succeed."""
    said = []

    def follow():
        for line in process.stdout:
            said.append(line.strip())
            answer(said[-1])
    follower = threading.Thread(target=follow)
    follower.start()
    try:
        process.wait(guard_s)
    finally:
        process.kill()
        follower.join()
    assert process.returncode == 0, f"{process.stderr.read()}\nsaid {said}"
    return said


def start_servers(running, rate="300", scans="1"):
    running.start("source", *SOURCE, "--rate", rate, "--scans", scans)
    running.start("projection")
    running.start("slice", *SLICES)


def viewers_of(hub):
    """Process ids of the viewers themselves, not of the scripts around them."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:  # ended meanwhile
            continue
        if words and words[0].endswith(b"slicecast-viewer") and hub.encode() in words:
            found.append(int(entry.name))
    return found


def test_without_a_display_one_line_says_what_to_do():
    refused = viewer(None, display=False)
    _, err = ended(refused)
    assert refused.returncode == 2 and len(err.splitlines()) == 1, err
    assert "xvfb-run" in err


@pytest.mark.parametrize("arguments, words", [(("--observ",), "--observe"), (("--size", "wide"), "1280x800"),
                                              (("--theme", "dusk"), "dark")])
def test_options_that_make_no_sense_are_refused_with_what_is_meant(arguments, words):
    refused = viewer(None, *arguments, display=False)
    _, err = ended(refused)
    assert refused.returncode == 2 and words in err, err


def test_a_script_that_fails_names_its_line(tmp_path):
    script = tmp_path / "bad.script"
    script.write_text("# first\nexpect connected\n")
    with system.System() as running:
        failed = viewer(running, "--script", script)
        _, err = ended(failed)
        assert failed.returncode == 3 and "line 2" in err, err


def helper(running, folder):
    """Does what a script asks for by the lines it says, and puts a file `paused` into the folder for it to wait for."""
    def pause():
        running.pause("slice")
        (folder / "paused").touch()
    does = {"labels": lambda: test_labels.start_labels(running), "kill-slice-server": lambda: running.kill("slice"),
            "pause-slice-server": pause, "resume-slice-server": lambda: running.resume("slice"),
            "restart-slice-server": lambda: running.restart("slice")}
    return lambda line: does.get(line, lambda: None)()


def rgb_pixels(path):
    """An RGB PNG without filters, as the viewer writes it, as an array."""
    raw, at, body = path.read_bytes(), 8, b""
    while at < len(raw):
        length, kind = struct.unpack(">I4s", raw[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", raw[at + 8:at + 16])
        elif kind == b"IDAT":
            body += raw[at + 8:at + 8 + length]
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + 3 * width)
    assert not lines[:, 0].any(), "the picture is filtered"
    return lines[:, 1:].reshape(height, width, 3)


def png_of(pixels):
    """As the viewer writes it, so that rgb_pixels reads it."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, 3 * width)], axis=1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b""))


def reduced(pixels, by):
    """Means of by x by pixels."""
    height, width, _ = pixels.shape
    return pixels.reshape(height // by, by, width // by, by, 3).mean(axis=(1, 3)).round().astype(np.uint8)


def assert_golden(folder, name, by=1):
    """Scene and slice panel against the picture that was looked at, both reduced so much; panels with figures are
    left out."""
    sidecar = json.loads((folder / f"{name}.png.json").read_text())
    golden = HERE / "golden" / f"{name}.png"
    new = reduced(rgb_pixels(folder / f"{name}.png"), by)
    if os.environ.get("SLICECAST_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(png_of(new))
    new, old = new.astype(int), rgb_pixels(golden).astype(int)
    for area in ("scene", "slice"):
        x, y, width, height = (round(float(word) / by) for word in sidecar[f"view.{area}_area"].split(","))
        part = np.s_[y:y + height, x:x + width]
        differ = (abs(new[part] - old[part]).max(axis=2) > 16).mean()
        assert differ <= 0.005, f"{name}, {area}: {100 * differ:.2f} % of the pixels differ"


def shown_as_wanted(sidecar, slice_id):
    for what in ("base", "axis1", "axis2"):
        wanted, shown = (sidecar[f"slice.{slice_id}.{kind}_{what}_mm"].split(",")
                         for kind in ("wanted", "shown"))
        if any(abs(float(a) - float(b)) > 1e-6 for a, b in zip(wanted, shown)):
            return False
    return True


def test_a_session_drags_labels_freezes_and_survives_the_slice_server(tmp_path):
    with system.System() as running:
        start_servers(running)
        process = viewer(running, "--script", HERE / "session.script", "--screenshot-dir", tmp_path,
                         "--report", tmp_path / "report.json", "--font-scale", "1", "--theme", "dark")
        assert played(process, helper(running, tmp_path), 4 * system.GUARD_S)[-1] == "done"
        for name in ("start", "dragged", "viridis", "overlay", "volume", "stale", "recovered", "help"):
            assert (tmp_path / f"{name}.png").stat().st_size > 10000, name
        sidecar = json.loads((tmp_path / "dragged.png.json").read_text())
        assert sidecar["slice.s1.exact"] == "true" and shown_as_wanted(sidecar, "s1")
        start = json.loads((tmp_path / "start.png.json").read_text())
        assert start["slice.s1.wanted_base_mm"] != sidecar["slice.s1.wanted_base_mm"]
        for name in ("start", "viridis", "overlay", "help"):
            assert_golden(tmp_path, name)
        report = json.loads((tmp_path / "report.json").read_text())
        assert report["drag_to_swap_count"] > 2
        print("drag to swap, ms:", report["drag_to_swap_ms"])
        for job, count in report["jobs"].items():
            assert count["done"] > 0 and count["wrong_thread"] == 0, f"{job}: {count}"


def test_a_large_window_looks_as_it_was_approved(tmp_path):
    """Slices with a colour map, the volume, light and dark; on four times the pixels, with larger text."""
    script = tmp_path / "large.script"
    script.write_text("wait connected\nwait slices 3\nwait slice s1 exact\nwait slice s2 exact\nwait slice s3 exact\n"
                      "wait text scan ended\nwait slice s1 full\nwait slice s2 full\nwait slice s3 full\n"
                      "wait preview full\ndo view_fit\ndrag slice s1 at 0.85 0.15 by 40 20 shift\n"
                      "wait slice s1 exact\nset colour_map inferno\nset limits 0 0.5\nwait idle\nscreenshot large\n"
                      "set volume on\ndo view_front\nselect s3\nset theme dark\nwait idle\nscreenshot large_volume\n")
    with system.System() as running:
        start_servers(running)
        process = viewer(running, "--script", script, "--screenshot-dir", tmp_path, "--size", "2560x1440",
                         "--font-scale", "1.5", "--theme", "light")
        _, err = ended(process, 4 * system.GUARD_S)
        assert process.returncode == 0, err
    for name in ("large", "large_volume"):
        assert_golden(tmp_path, name, by=2)


def test_the_preview_stands_in_where_a_slice_is_dragged_until_its_image_comes(tmp_path):
    script = tmp_path / "stand_in.script"
    script.write_text("wait connected\nwait slice s1 exact\nwait preview\ndo view_fit\nwait idle\n"
                      "say pause-slice-server\nwait file paused\ndrag slice s1 at 0.85 0.15 by 0 -45 steps 40\n"
                      "wait slice s1 stand_in\nscreenshot waiting\nsay resume-slice-server\n"
                      "wait slice s1 exact\nscreenshot there\n")
    with system.System() as running:
        start_servers(running)
        process = viewer(running, "--script", script, "--screenshot-dir", tmp_path)
        played(process, helper(running, tmp_path))
        waiting, there = (json.loads((tmp_path / f"{name}.png.json").read_text())
                          for name in ("waiting", "there"))
        assert waiting["slice.s1.exact"] == "false" and not shown_as_wanted(waiting, "s1")
        assert there["slice.s1.exact"] == "true" and shown_as_wanted(there, "s1")
        x, y, width, height = (round(float(word)) for word in waiting["view.scene_area"].split(","))
        stripes = rgb_pixels(tmp_path / "waiting.png")[y:y + height, x:x + width].astype(int)
        image = rgb_pixels(tmp_path / "there.png")[y:y + height, x:x + width].astype(int)
        orange = [((part[..., 0] - part[..., 2]) > 60).mean() for part in (stripes, image)]
        assert orange[0] > orange[1] + 0.005, f"the stand-in is not marked: {orange}"


def test_layout_and_addresses_are_kept_and_a_damaged_file_costs_one_line(tmp_path):
    script = tmp_path / "light.script"
    kept = tmp_path / "kept"
    with system.System() as running:
        def lines_of(text):
            script.write_text(text)
            process = viewer(running, "--script", script, "--settings-directory", kept)
            _, err = ended(process)
            assert process.returncode == 0, err
            return [line for line in err.splitlines() if line.startswith("slicecast-viewer:")]

        running.start("slice", *SLICES)
        assert lines_of("wait services 1\nset theme light\nset panel health off\n") == []
        layouts = (kept / "viewer-layouts.toml").read_text()
        assert "light" in layouts and running.hub in (kept / "viewer-recent.toml").read_text()
        assert lines_of("wait idle\n") == []
        assert (kept / "viewer-layouts.toml").read_text() == layouts
        (kept / "viewer-layouts.toml").write_text("panels = [")
        (said,) = lines_of("wait idle\n")
        assert "default layout" in said
        assert "light" not in (kept / "viewer-layouts.toml").read_text()


def test_memory_stays_flat_while_images_come():
    """Seconds here; ten minutes with SLICECAST_VIEWER_SOAK_SECONDS=600 (./dev soak)."""
    seconds = float(os.environ.get("SLICECAST_VIEWER_SOAK_SECONDS", "8"))
    with system.System() as running:
        start_servers(running, rate="60", scans="0")
        script = running.path / "watch.script"
        script.write_text("wait connected\nwait slice s3 exact\nset volume on\nwait images 100\nsay watch\n"
                          f"deadline {10 * seconds + 120}\nwait images 100000000\n")
        process = viewer(running, "--script", script)
        try:
            assert process.stdout.readline().strip() == "watch"
            (pid,) = viewers_of(running.hub)
            half = []
            for _ in range(2):
                end, peak = time.monotonic() + seconds / 2, 0.0
                while time.monotonic() < end:
                    assert process.poll() is None, process.stderr.read()
                    peak = max(peak, system.resident_mib(pid))
                    time.sleep(0.05)  # the pace of looking
                half.append(peak)
            print("peak of each half, MiB:", half)
            # History fills up to its own bound at first; what leaks would go on growing.
            assert half[1] <= 1.1 * half[0] + (16 if seconds > 60 else 64), half
        finally:
            for pid in viewers_of(running.hub):
                os.kill(pid, signal.SIGTERM)
            ended(process)


def test_an_observer_is_refused_by_the_server_and_moves_nothing(tmp_path):
    script = tmp_path / "observe.script"
    script.write_text("wait connected\nwait slices 3\nwait slice s1 exact\n"
                      "drag slice s1 at 0.85 0.15 by 0 -45\nkey N\nwait idle\nexpect slices 3\n"
                      "screenshot seen\n")
    with system.System() as running:
        start_servers(running)
        process = viewer(running, "--observe", "--script", script, "--screenshot-dir", tmp_path)
        _, err = ended(process)
        assert process.returncode == 0, err
        control = running.control("slice", role=wire_client.control_pb2.OBSERVE)
        with pytest.raises(wire_client.ControlError, match="permission_denied"):
            control.request(set_slice=wire_client.square(32, 20, id="a"))
