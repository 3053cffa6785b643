"""Pushes scans and reads slices knowing only the .proto files and the reference pages."""
import h5py
import numpy as np

import system
import wire_client
from slicecast.v1 import bulk_pb2, common_pb2, control_pb2


def reference_fbp(lines, angles, size, axis):
    """Double-precision filtered backprojection of rows [angle][column]: spatial Ram-Lak kernel, linear
    interpolation; one value per unit pixel."""
    columns = lines.shape[1]
    n = np.arange(-(columns - 1), columns)
    kernel = np.where(n == 0, 0.25, np.where(n % 2 == 0, 0.0, -1 / (np.pi * np.where(n == 0, 1, n)) ** 2))
    filtered = np.stack([np.convolve(row, kernel)[columns - 1:2 * columns - 1] for row in lines])
    x = np.arange(size) - (size - 1) / 2
    xx, yy = np.meshgrid(x, x)
    # Angular weight: half of both neighbouring gaps modulo half a turn.
    order = np.argsort(angles % np.pi)
    turned = (angles % np.pi)[order]
    gaps = np.diff(np.append(turned, turned[0] + np.pi))
    weights = np.empty(len(angles))
    weights[order] = 0.5 * (gaps + np.roll(gaps, 1))
    image = np.zeros((size, size))
    for row, theta, weight in zip(filtered, angles, weights):
        t = xx * np.cos(theta) + yy * np.sin(theta) + axis
        image += weight * np.interp(t.ravel(), np.arange(columns), row, left=0, right=0).reshape(t.shape)
    return image


def push_scan(source, scan_id, geometry, window, darks, flats, projections, angles):
    source.publish(scan_start=bulk_pb2.ScanStart(
        scan_id=scan_id, geometry=geometry, window=window,
        pixel_type=wire_client.TYPES[projections.dtype], projections=len(projections)))
    for kind, frames in ((bulk_pb2.DARK, darks), (bulk_pb2.FLAT, flats)):
        for i, frame in enumerate(frames):
            source.publish(frame, frame=bulk_pb2.Frame(scan_id=scan_id, kind=kind, id=i))
    for i, (frame, angle) in enumerate(zip(projections, angles)):
        source.publish(frame, frame=bulk_pb2.Frame(scan_id=scan_id, kind=bulk_pb2.PROJECTION, id=i,
                                                   angle_rad=angle))
    source.publish(scan_end=bulk_pb2.ScanEnd(scan_id=scan_id, projections=len(projections)))


K11 = "k11_diad/k11-18014.nxs"


def k11_scan():
    with h5py.File(system.data_file(K11)) as file:
        entry = file["entry"]
        key = entry["instrument/imaging/image_key"][...]
        angles = np.deg2rad(entry["imaging/gts_theta_value"][...])
        frames = entry["imaging/data"][...]
    return frames[key == 2], frames[key == 1], frames[key == 0], angles[key == 0]


def expected_middle(darks, flats, projections, angles):
    """The slice of the middle row, over all columns."""
    rows, columns = projections.shape[1:]
    dark, flat = darks.mean(0), flats.mean(0)
    transmission = (projections - dark) / (flat - dark)
    lines = -np.log(np.maximum(transmission, 1e-6))
    return reference_fbp(lines[:, rows // 2, :], angles, columns, (columns - 1) / 2)


def assert_equal_within_the_field(image, expected):
    size = len(expected)
    x = np.arange(size) - (size - 1) / 2
    inside = np.hypot(*np.meshgrid(x, x)) <= (size - 1) / 2
    assert np.all(image[~inside] == 0)
    error = np.sqrt(np.mean((image - expected)[inside] ** 2) / np.mean(expected[inside] ** 2))
    assert error < 1e-4, error


def test_a_real_file_is_streamed_with_its_angles_flats_and_darks():
    darks, flats, projections, angles = k11_scan()
    rows, columns = projections.shape[1:]
    with system.System() as running:
        running.start("projection", "--store", "float", "--padding", "zero", "--axis-search=false",
                      "--axis-column", str((columns - 1) / 2))
        running.start("slice", "--store", "float", "--preview-size", "0")
        feed = running.feed("slice", ["slice/"])
        running.control("slice").request(
            set_slice=wire_client.square(columns, columns, (rows - 1) / 2 - rows // 2))
        running.start("source", "--file", system.data_file(K11), "--rate", "0")
        # The last projection is the first, mirrored, and takes its place.
        header, image = feed.wait(lambda h: h.slice.stamp.newest_projection == len(angles) - 1
                                  and h.slice.projections == len(angles) - 1)
        assert not header.slice.filling
        assert_equal_within_the_field(image, expected_middle(darks, flats, projections[1:], angles[1:]))
        feed.close()


def test_a_pushed_scan_comes_back_as_slices_equal_to_a_numpy_reconstruction():
    darks, flats, projections, angles = k11_scan()
    # Every tenth of the 3001; the last one is the first, mirrored.
    projections, angles = projections[:-1:10].copy(), angles[:-1:10]
    rows, columns = projections.shape[1:]
    row, size = rows // 2, columns
    expected = expected_middle(darks, flats, projections, angles)

    source = wire_client.RawSource()
    source.start()
    with system.System() as running:
        running.start("projection", "--source", source.address, "--store", "float", "--padding", "zero",
                      "--axis-search=false")
        running.start("slice", "--store", "float", "--preview-size", "0")
        feed = running.feed("slice", ["slice/"])
        geometry = common_pb2.Geometry(rows=rows, columns=columns)
        window = common_pb2.Window(group_size=len(angles))
        push_scan(source, "k11", geometry, window, darks, flats, projections, angles)
        z = (rows - 1) / 2 - row
        running.control("slice").request(set_slice=wire_client.square(size, size, z))
        header, image = feed.wait(lambda h: h.slice.stamp.newest_projection == len(angles) - 1
                                  and h.slice.projections == len(angles))
        assert header.slice.value_unit == "1/pixel"
        assert image.dtype == np.float32
        assert_equal_within_the_field(image, expected)
        feed.close()
    source.close()


def test_garbage_on_every_port_ends_nothing():
    source = wire_client.RawSource()
    source.start()
    rng = np.random.default_rng(1)
    with system.System() as running:
        running.start("projection", "--source", source.address)
        running.start("slice")
        sockets = []
        for name, links in (("projection", ("control", "bulk", "feed")), ("slice", ("control", "feed"))):
            service = running.service(name)
            for link in links:
                socket = wire_client.zmq.Context.instance().socket(wire_client.zmq.DEALER)
                socket.linger = 0
                socket.connect(wire_client.tcp_address(service, link))
                sockets.append(socket)
                for length in (0, 1, 10, 1000, 70000):
                    socket.send(rng.bytes(length))
                    socket.send_multipart([rng.bytes(length), b"", rng.bytes(length)])
        # The same from the producing side: frames that lie about their size, type and scan.
        geometry = common_pb2.Geometry(rows=8, columns=8)
        good = np.ones((8, 8), np.uint16)
        source.publish(good, frame=bulk_pb2.Frame(scan_id="never started"))
        source.publish(scan_start=bulk_pb2.ScanStart(scan_id="s", geometry=geometry,
                                                     pixel_type=common_pb2.UINT16, already_linear=True))
        source.publish(np.ones((4, 4), np.uint16), frame=bulk_pb2.Frame(scan_id="s", id=0, angle_rad=0))
        source.publish(np.ones((8, 8), np.float64), frame=bulk_pb2.Frame(scan_id="s", id=1, angle_rad=0))
        source.publish(good, frame=bulk_pb2.Frame(scan_id="s", id=2, angle_rad=float("nan")))
        source.publish(good, frame=bulk_pb2.Frame(scan_id="s", id=3, angle_rad=0, matrix=[1, 2, 3]))
        with source.lock:
            source.ring.append([b"\xff\xfe not a header", bytes(good)])
            huge = bulk_pb2.BulkHeader(instance=source.instance, sequence=len(source.ring) + 1)
            huge.frame.scan_id = "s"
            huge.pixels.CopyFrom(common_pb2.PixelFormat(type=common_pb2.UINT16, bytes=1 << 62,
                                                        shape=[1 << 31, 1 << 30]))
            source.ring.append([huge.SerializeToString(), b"tiny"])
        source.publish(good, frame=bulk_pb2.Frame(scan_id="s", id=9, angle_rad=0.1))
        def closes():
            for service in running.status()["services"]:
                for ledger in service.get("ledgers", []):
                    assert ledger["received"] == (ledger["done"] + ledger["in_flight"]
                                                  + sum(ledger["dropped"].values())), ledger
            frames = [ledger for service in running.status()["services"] if service["name"] == "projection"
                      for ledger in service["ledgers"] if ledger["flow"] == "frames"][0]
            return frames["dropped"].get("wrong_scan", 0) >= 1 and frames["done"] >= 1
        system.until(closes, "the ledger counting what was wrong")
        for name in ("projection", "slice"):
            assert running.processes[name].poll() is None
        for socket in sockets:
            socket.close()
    source.close()
