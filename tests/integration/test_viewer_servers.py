"""The viewer and its servers: going to those of another hub in the window, and a slice server that lies."""
import threading

import numpy as np

import system
import test_viewer
import test_viewer_tools
import wire_client
import wire_plugin
from slicecast.v1 import common_pb2, feed_pb2

SIDE = 64
HALF_MM = 16.0
REFUSED = "health_loss.viewer.slices.bad_header"


def pose(base=-HALF_MM):
    return {"base": wire_client.vec(base, -HALF_MM, 0), "axis1": wire_client.vec(2 * HALF_MM, 0, 0),
            "axis2": wire_client.vec(0, 2 * HALF_MM, 0)}


def shape(*sides, announced):
    return common_pb2.PixelFormat(type=common_pb2.FLOAT32, shape=sides, bytes=announced)


class SliceServer(wire_plugin.FeedProducer):
    """Announced as the slice server of a hub; says whatever it is told to."""

    def __init__(self, hub):
        super().__init__()
        self.announcer = wire_plugin.Announcer(hub, "slice", self, ["slice/", "scene", "preview"], kind="slice")
        self.start(), self.announcer.start()

    def scene(self, revision, *slices):
        self.publish("scene", scene=feed_pb2.Scene(revision=revision, slices=slices))

    def slice(self, slice_id, image, told=None, **more):
        """`told`: what the header says of the pixels instead of the truth."""
        with self.lock:
            key = f"slice/{slice_id}"
            version = self.newest[key][0] + 1 if key in self.newest else 1
            stamp = common_pb2.Stamp(scan_id="lies", instance=self.instance, slice_id=slice_id, pose_revision=1,
                                   version=version, newest_projection=version)
            header = feed_pb2.FeedHeader(
                instance=self.instance, key=key, version=version, pixels=told or wire_client.pixel_format(image),
                slice=feed_pb2.SliceImage(stamp=stamp, projections=1, value_unit="1/mm", **{**pose(), **more}))
            self.newest[key] = (version, header, wire_client.split(image))
        self.wake()
        return key

    def taken(self, key):
        """By every consumer, which then waits for more."""
        def all_have():
            with self.lock:
                return self.viewers and all(viewer.seen.get(key) == self.newest[key][0] and not viewer.in_flight
                                            for viewer in self.viewers.values())
        system.until(all_have, f"{key} being taken")

    def close(self):
        self.announcer.close()
        super().close()


def told(slice_id, rows=SIDE, columns=SIDE, **more):
    return feed_pb2.SceneSlice(id=slice_id, name=slice_id, rows=rows, columns=columns, pose_revision=1,
                               **{**pose(), **more})


def lie(server, image):
    """One after the other, each taken before the next."""
    whole = image.nbytes
    server.taken(server.slice("s1", image, told=shape(2 * SIDE, 2 * SIDE, announced=whole)))
    server.taken(server.slice("s1", image, told=shape(SIDE, SIDE, SIDE, announced=whole)))
    server.taken(server.slice("s1", image, told=shape(0, 4294967295, announced=whole)))
    server.taken(server.slice("s1", image, told=shape(1 << 20, 4, announced=whole)))
    server.taken(server.slice("s1", image, told=shape(SIDE, SIDE, announced=2 * whole)))
    server.taken(server.slice("s1", image, told=shape(16384, 16384, announced=1 << 30)))
    server.taken(server.slice("s1", image, base=wire_client.vec(float("nan"), 0, 0)))
    server.taken(server.slice("s1", image, axis2=wire_client.vec(0, 0, 0)))
    for lies in (float("nan"), float("inf"), 3e38):
        server.taken(server.slice("s1", np.full_like(image, lies)))
    with server.lock:
        server.newest["preview"] = (1, feed_pb2.FeedHeader(
            instance=server.instance, key="preview", version=1, pixels=shape(8, 8, 64, announced=whole),
            preview=feed_pb2.Preview(voxel_mm=float("nan"))), wire_client.split(image))
    server.wake()
    server.taken("preview")


def test_a_slice_server_that_lies_costs_its_images_and_is_told_of(tmp_path):
    script = tmp_path / "lies.script"
    script.write_text("wait connected\nwait slices 1\nwait slice s1 exact\nsay ready\n"
                      f"wait slice s2 exact\nwait item {REFUSED}\nwait idle\nexpect slices 2\n"
                      f"move item {REFUSED}\nwait text tooltip:The last one:\nscreenshot told\n")
    image = np.linspace(0, 1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    grown = []
    with system.System() as running:
        server = SliceServer(running.hub)
        server.announcer.announced.wait(system.GUARD_S)
        server.scene(1, told("s1"))
        server.slice("s1", image)
        process = test_viewer.viewer(running, "--script", script, "--screenshot-dir", tmp_path, "--size", "1280x1400")

        def follow():
            for line in process.stdout:
                if line.strip() != "ready":
                    continue
                (pid,) = test_viewer.viewers_of(running.hub)
                before = system.resident_mib(pid)
                lie(server, image)
                grown.append(system.resident_mib(pid) - before)
                server.scene(2, told("s1"), told("nan", base=wire_client.vec(0, float("nan"), 0)),
                             told("flat", axis1=wire_client.vec(0, 0, 0)), told("vast", rows=4294967295), told("s2"))
                server.slice("s1", image)
                server.slice("s2", image)
        helper = threading.Thread(target=follow)
        helper.start()
        try:
            process.wait(2 * system.GUARD_S)
        finally:
            process.kill()
            helper.join()
            server.close()
        assert process.returncode == 0, process.stderr.read()
    assert grown and grown[0] < 256, f"{grown} MiB more"


def test_the_window_goes_to_another_hub_and_back_by_its_recent_addresses(tmp_path):
    with system.System() as first, system.System() as second:
        for running, slices in ((first, "xy@0 xz@0 yz@0"), (second, "xy@0")):
            running.start("source", *test_viewer.SOURCE, "--rate", "0", "--scans", "1")
            running.start("projection")
            running.start("slice", "--slices", slices, "--slice-size", "64", "--preview-size", "0")
        test_viewer_tools.run(first, tmp_path, f"""
wait connected
wait slices 3
wait services 3
wait text Connections:hub {first.hub}
click item hub_address
text {second.hub}
key Enter
wait text Connections:hub {second.hub}
wait connected
wait slices 1
wait services 3
click text Recent
wait text popup:{second.hub}
click text popup:{first.hub}
wait text Connections:hub {first.hub}
wait connected
wait slices 3
wait services 3
""", "--settings-directory", tmp_path / "kept")
        kept = (tmp_path / "kept" / "viewer-recent.toml").read_text()
        assert kept.index(first.hub) < kept.index(second.hub), "the newest first"
