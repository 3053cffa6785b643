"""Makes the pictures of docs/how-to/viewer.md: real services, the real window under Xvfb.

    SLICECAST_BIN=build/release/bin PYTHONPATH=build/release/python \
        /usr/bin/python3 tests/integration/viewer_pictures.py docs/images
"""
import json
import pathlib
import struct
import sys
import tempfile
import zlib

import numpy as np

import socks_proxy
import system
import test_labels
import test_thin_link
import test_viewer

SOURCE = ("--phantom", "bubbles", "--rows", "192", "--columns", "256", "--projections", "90", "--rate", "60",
          "--pre-render", "180", "--seed", "3")
SLICES = ("--slices", "xy@0 xz@0 yz@0", "--slice-size", "384", "--preview-size", "96")
LOOK = ("--font-scale", "1", "--theme", "dark", "--size", "1280x800")
SESSION = """
deadline 120
wait connected
wait slices 3
wait slice s1 exact
wait slice s2 exact
wait slice s3 exact
wait preview
select s1
key C
do view_fit
drag slice s2 at 0.15 0.15 by 40 24 steps 20
drag slice s1 at 0.9 0.1 by 10 50 steps 20 shift
wait slice s2 exact
wait slice s1 exact
wait idle
screenshot window
say labels
wait slice s1 overlay
wait idle
screenshot overlay
do overlay_toggle
set volume on
wait idle
screenshot volume
"""
LARGEST = 400_000  # bytes
THRESHOLD = 0.012  # 1/mm, between air and gel


def run(running, text, folder, *arguments):
    script = folder / "pictures.script"
    script.write_text(text)
    process = test_viewer.viewer(running, *LOOK, "--script", script, "--screenshot-dir", folder, *arguments)
    test_viewer.played(process, test_viewer.helper(running, folder), 4 * system.GUARD_S)


def write_png(path, pixels):
    """Rows as differences to the row above, which pack better than the rows themselves."""
    height, width, _ = pixels.shape
    rows = pixels.reshape(height, -1)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    filtered = np.hstack([np.full((height, 1), 2, np.uint8), rows - above])
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
              (b"IDAT", zlib.compress(filtered.tobytes(), 9)), (b"IEND", b""))
    body = b"\x89PNG\r\n\x1a\n"
    for kind, content in chunks:
        body += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    assert len(body) < LARGEST, f"{path}: {len(body)} bytes"
    path.write_bytes(body)


def main(target):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        test_labels.THRESHOLD = THRESHOLD
        with system.System() as running:
            running.start("source", *SOURCE)
            running.start("projection")
            running.start("slice", *SLICES)
            run(running, SESSION, folder)
        proxy = socks_proxy.SocksProxy(test_thin_link.LINK)
        proxy.start()
        with system.System() as running:
            test_thin_link.start_services(running)
            test_thin_link.forget_local_sockets(running)
            run(running, "deadline 60\nwait slice s1 image\nwait link limited\nscreenshot thin\n", folder,
                "--socks", proxy.address)
        proxy.close()

        sidecar = json.loads((folder / "window.png.json").read_text())
        scene, plane = ([round(float(word)) for word in sidecar[f"view.{area}_area"].split(",")]
                        for area in ("scene", "slice"))
        taken = {name: test_viewer.rgb_pixels(folder / f"{name}.png")
                 for name in ("window", "overlay", "volume", "thin")}
        x, y, width, height = scene
        top, bottom = 28, 772  # between the two bars
        write_png(target / "viewer-window.png", taken["window"])
        write_png(target / "viewer-left.png", taken["overlay"][top:bottom, :x - 2])
        rim = max(0, (height - width) // 2 - 20)  # nothing is drawn above and below in a high panel
        write_png(target / "viewer-volume.png", taken["volume"][y + rim:y + height - rim, x:x + width])
        write_png(target / "viewer-thin.png", taken["thin"][bottom:, :840])
        x, y, width, height = plane
        rim = max(0, (height - width) // 2 - 20)
        write_png(target / "viewer-right.png", taken["window"][top:bottom, x + width + 2:])
        write_png(target / "viewer-overlay.png", taken["overlay"][y:y + height - rim, x:x + width])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
