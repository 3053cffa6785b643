"""`slicecast demo`: runs by itself, shows a scan on one line, writes pictures, leaves no process."""
import os
import pathlib
import re
import signal
import struct
import subprocess
import time
import zlib

import h5py
import numpy as np
import pytest

import system

PICTURES = ["oblique.png", "preview-maximum.png", "xy.png", "xz.png", "yz.png"]


def pixels(path):
    """An 8-bit PNG, grey or in colours, as an array, decoded by the letter of the specification."""
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    at, body = 8, b""
    while at < len(raw):
        length, kind = struct.unpack(">I4s", raw[at:at + 8])
        content = raw[at + 8:at + 8 + length]
        assert zlib.crc32(kind + content) == struct.unpack(">I", raw[at + 8 + length:at + 12 + length])[0]
        if kind == b"IHDR":
            width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", content)
            assert depth == 8
            channels = {0: 1, 2: 3}[colour]
        elif kind == b"IDAT":
            body += content
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, channels * width + 1)
    image = np.zeros((height, width, channels), int)
    for y, line in enumerate(lines):
        coded = line[1:].reshape(width, channels).astype(int)
        above = image[y - 1] if y else np.zeros((width, channels), int)
        if line[0] in (0, 2):
            image[y] = (coded + (above if line[0] else 0)) % 256
            continue
        for channel in range(channels):
            left = corner = 0
            for x, (value, up) in enumerate(zip(coded[:, channel].tolist(), above[:, channel].tolist())):
                paeth = min((left, up, corner), key=lambda it: abs(left + up - corner - it))
                left = (value + (0, left, up, (left + up) // 2, paeth)[line[0]]) % 256
                image[y, x, channel], corner = left, up
    return image.astype(np.uint8).squeeze(axis=2) if channels == 1 else image.astype(np.uint8)


def demo(*arguments, folder, front=("--headless",), **more):
    command = [system.BIN / "slicecast", "demo", *front, "--slice-size", "96", *arguments]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, "TMPDIR": str(folder), **more.pop("env", {})}, **more)


def with_hub(hub):
    """Processes that have the demo's hub on their command line, or are that hub."""
    port = hub.rsplit(":", 1)[1].encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:  # ended meanwhile
            continue
        if words and b"slicecast-" in words[0] and any(
                word == port or word.endswith(b":" + port) for word in words):
            found.append(int(entry.name))
    return found


def test_a_snapshot_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    refused = demo("--snapshot", tmp_path / "file", folder=tmp_path)
    text, _ = refused.communicate(timeout=system.GUARD_S)
    assert refused.returncode == 2 and "--snapshot" in text and "hub" not in text, text


def small_scan(path):
    subprocess.run([system.BIN / "slicecast-source", "--write", path, "--rows", "64", "--columns", "80",
                    "--projections", "60", "--scans", "1"], check=True, timeout=system.GUARD_S)
    return path


def test_a_scan_that_cannot_be_corrected_ends_a_timed_demo_with_the_reason(tmp_path):
    scan = small_scan(tmp_path / "scan.h5")
    with h5py.File(scan, "r+") as file:
        del file["/exchange/data_white"]
    refused = demo("--seconds", "600", "--file", scan, folder=tmp_path)
    text, _ = refused.communicate(timeout=system.GUARD_S)
    assert refused.returncode == 2 and "no flat field" in text.splitlines()[-1], text


def test_a_damaged_frame_does_not_end_in_success(tmp_path):
    scan = small_scan(tmp_path / "scan.h5")
    with h5py.File(scan, "r+") as file:  # one frame is a chunk: the last is damaged
        frames = file["/exchange/data"][:]
        del file["/exchange/data"]
        data = file.create_dataset("/exchange/data", data=frames, chunks=(1, *frames.shape[1:]),
                                   compression="gzip")
        chunk = data.id.get_chunk_info(len(frames) - 1)
    with open(scan, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)
    ended = demo("--seconds", "600", "--file", scan, folder=tmp_path)
    text, _ = ended.communicate(timeout=system.GUARD_S)
    assert ended.returncode == 2 and "projection 59" in text.splitlines()[-1], text


def pictures_of(folder, *arguments):
    """Of a timed demo that must go well, as arrays by name."""
    for seconds in ("3", "40"):  # longer if it says so
        running = demo("--seconds", seconds, "--snapshot", folder / "shots", *arguments, folder=folder)
        text, _ = running.communicate(timeout=3 * system.GUARD_S)
        if "give the demo more --seconds" not in text:
            break
    assert running.returncode == 0, text
    assert re.search(r"\d frames/s .*newest slice +\d+ \+- [\d.]+ ms old", text), text
    assert with_hub(re.search(r"hub (\S+);", text).group(1)) == []
    assert list(folder.glob("slicecast-demo-*")) == []
    pictures = {path.name: pixels(path) for path in (folder / "shots").iterdir()}
    assert sorted(pictures) == PICTURES
    return pictures


@pytest.mark.parametrize("kind", ["plain", "cone", "file"])
def test_a_timed_demo_shows_its_speed_and_writes_five_pictures(kind, tmp_path):
    more = ["--cone"] if kind == "cone" else []
    if kind == "file":
        more = ["--file", small_scan(tmp_path / "scan.h5")]
    for name, image in pictures_of(tmp_path, *more).items():
        assert image.std() > 5, f"{name} is all but constant"


def test_a_recorded_scan_of_two_rows_is_shown(tmp_path):
    pictures = pictures_of(tmp_path, "--file", system.data_file("tooth/tooth.h5"))
    assert pictures["xy.png"].std() > 5  # the upright pictures meet the two rows in a line at most


@pytest.mark.parametrize("asleep", [False, True])
def test_an_interrupt_ends_the_demo_and_all_its_processes(asleep, tmp_path):
    running = demo(folder=tmp_path)
    hub = re.search(r"hub (\S+);", running.stdout.readline()).group(1)
    for line in running.stdout:
        if "ms old" in line:
            break
    children = [pid for pid in with_hub(hub) if pid != running.pid]
    assert len(children) == 4
    if asleep:
        for pid in children:
            os.kill(pid, signal.SIGSTOP)
    running.send_signal(signal.SIGINT)
    text, _ = running.communicate(timeout=system.GUARD_S)
    assert running.returncode == 0, text
    assert with_hub(hub) == []
    assert list(tmp_path.glob("slicecast-demo-*")) == []


def viewers_among(hub):
    return [pid for pid in with_hub(hub)
            if b"slicecast-viewer" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]]


def hub_of(running):
    for line in running.stdout:
        if found := re.search(r"hub (\S+);", line):
            return found.group(1)
    raise AssertionError("the demo named no hub")


def wait_for_line(running, words):
    for line in running.stdout:
        if words in line:
            return line
    raise AssertionError(f"the demo never said '{words}'")


def test_without_a_display_one_line_says_so_and_the_demo_goes_on(tmp_path):
    running = demo(folder=tmp_path, front=(), env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    hub = hub_of(running)
    assert "--headless" in wait_for_line(running, "no display")
    wait_for_line(running, "ms old")
    assert viewers_among(hub) == []
    running.send_signal(signal.SIGINT)
    text, _ = running.communicate(timeout=system.GUARD_S)
    assert running.returncode == 0, text


@pytest.fixture
def display():
    """A display of its own, as xvfb-run would give, whose number is chosen by the server."""
    readable, writable = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writable), "-screen", "0", "1280x800x24"],
                              pass_fds=(writable,), stderr=subprocess.DEVNULL)
    os.close(writable)
    with os.fdopen(readable) as number:
        name = ":" + number.readline().strip()
    yield {"DISPLAY": name, "LIBGL_ALWAYS_SOFTWARE": "1"}
    server.terminate()
    server.wait(system.GUARD_S)


def test_headless_opens_no_viewer_although_there_is_a_display(display, tmp_path):
    running = demo(folder=tmp_path, env=display)
    hub = hub_of(running)
    wait_for_line(running, "ms old")
    assert viewers_among(hub) == []
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=system.GUARD_S)
    assert running.returncode == 0


@pytest.mark.parametrize("end", ["closed", "interrupted"])
def test_the_demo_opens_the_viewer_and_outlives_it(end, display, tmp_path):
    running = demo(folder=tmp_path, front=(), env={**display, "XDG_CONFIG_HOME": str(tmp_path / "config")})
    hub = hub_of(running)
    (viewer,) = system.until(lambda: viewers_among(hub), "the viewer's process")
    wait_for_line(running, "ms old")
    if end == "closed":
        os.kill(viewer, signal.SIGTERM)
        assert "viewer closed" in wait_for_line(running, "the demo goes on")
        wait_for_line(running, "ms old")
    running.send_signal(signal.SIGINT)
    text, _ = running.communicate(timeout=system.GUARD_S)
    assert running.returncode == 0, text
    assert with_hub(hub) == []
    assert not (tmp_path / "config").exists(), "a demo leaves no traces"


@pytest.mark.parametrize("viewer_is", ["starting", "showing", "asleep"])
def test_ctrl_c_with_the_viewer_open_leaves_no_process(viewer_is, display, tmp_path):
    """Two seconds are promised; the guard against hanging is ten times that."""
    # As from a terminal: the signal goes to the whole group.
    running = demo(folder=tmp_path, front=(), env=display, start_new_session=True)
    hub = hub_of(running)
    (viewer,) = system.until(lambda: viewers_among(hub), "the viewer's process")
    if viewer_is != "starting":
        wait_for_line(running, "ms old")
    if viewer_is == "asleep":
        os.kill(viewer, signal.SIGSTOP)
    began = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    text, _ = running.communicate(timeout=20)
    print(f"ended within {time.monotonic() - began:.2f} s")
    assert running.returncode == 0, text
    assert with_hub(hub) == [] and not pathlib.Path(f"/proc/{viewer}").exists()
    assert list(tmp_path.glob("slicecast-demo-*")) == []
