"""Real processes for the integration tests: started on ephemeral ports, killed, stopped, restarted."""
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire_client
from slicecast.v1 import control_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SLICECAST_BIN", ROOT / "build/release/bin"))
DATA = pathlib.Path(os.environ.get("SLICECAST_TEST_DATA", ROOT / "../shared/data"))
GUARD_S = 60  # hang guard of every wait; sanitizer builds are slow


def free_port():
    """Outside of the range that the kernel deals out by itself, so that nobody has it before it is bound."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as dealt_out:
        first, last = map(int, dealt_out.read().split())
    ours = [*range(10000, first), *range(last + 1, 1 << 16)] or range(10000, 1 << 16)
    for port in random.SystemRandom().sample(ours, min(100, len(ours))):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:  # somebody has it
                continue
    raise AssertionError("no port is free")


def stand_still(pid):
    """Stops a process; it may have done anything up to the return, and does nothing after."""
    os.kill(pid, signal.SIGSTOP)

    def stopped():
        threads = [path.read_text() for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
        return threads and all(text.rsplit(")", 1)[1].split()[0] == "T" for text in threads)
    until(stopped, "standing still")


def until(condition, what, guard_s=GUARD_S):
    """Polls an outside fact (a process, an HTTP page) until it holds; a failed assertion ends it."""
    end = time.monotonic() + guard_s
    last = None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except AssertionError:
            raise
        except Exception as error:  # the thing asked is not there yet
            last = error
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen ({last})")


class System:
    """hub, source, projection and slice of one test; leaves nothing behind."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="slicecast-test-")
        self.path = pathlib.Path(self.folder.name)
        self.hub = f"tcp://127.0.0.1:{free_port()}"
        self.processes, self.arguments = {}, {}

    def __enter__(self):
        self.start("hub", "--control-port", self.hub.rsplit(":", 1)[1])
        until(lambda: wire_client.services(self.hub) is not None, "the hub answering")
        return self

    def __exit__(self, kind, *_):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(GUARD_S)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = "did not stop"
        logs = {name: self.log(name) for name in self.processes}
        if kind:
            for name, text in logs.items():
                print(f"--- {name} ---\n{text[-4000:]}", file=sys.stderr)
        self.folder.cleanup()
        if not kind:
            for name, text in logs.items():
                assert "ERROR: AddressSanitizer" not in text and "runtime error" not in text, text
                assert codes[name] in (0, -signal.SIGKILL), f"{name} ended with {codes[name]}:\n{text}"

    def start(self, service, *arguments, name=None):
        name = name or service
        self.arguments[name] = (service, arguments)
        ports = ["--metrics-port", "0"]
        if service != "hub":
            ports += ["--control-port", "0", "--name", name]
        ports += {"source": ["--bulk-port", "0"], "projection": ["--bulk-port", "0", "--feed-port", "0"],
                  "slice": ["--feed-port", "0"]}.get(service, [])
        if service == "hub":
            ports = ["--metrics-port", "-1"]
        given = {a for a in arguments if isinstance(a, str)}
        ports = [word for i in range(0, len(ports), 2) if ports[i] not in given
                 for word in ports[i:i + 2]]
        command = [BIN / f"slicecast-{service}", "--hub", self.hub, "--state-directory",
                   self.path / "state", *ports, *arguments]
        log = open(self.path / f"{name}.log", "ab")
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.path)}
        self.processes[name] = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log,
                                                env=environment)
        if service != "hub" and name == service:
            self.service(name)  # a wrong argument shows here, not as something that never comes
        return self.processes[name]

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def pause(self, name):
        """Stands still until resume(); the hub lists it all the while, however long that takes."""
        service = self.service(name)
        stand_still(service.pid)
        hub = wire_client.Control(self.hub)
        hub.request(announce=control_pb2.Announce(service=service, lease_ms=1000 * GUARD_S))
        hub.close()

    def resume(self, name):
        self.processes[name].send_signal(signal.SIGCONT)

    def restart(self, name):
        service, arguments = self.arguments[name]
        return self.start(service, *arguments, name=name)

    def log(self, name):
        return (self.path / f"{name}.log").read_text(errors="replace")

    def service(self, name):
        """The announcement of a service that answers."""
        def found():
            process = self.processes[name]
            assert process.poll() is None or name == "gone", self.log(name)
            return wire_client.services(self.hub).get(name)
        return until(found, f"{name} announcing itself")

    def control(self, name, **more):
        return wire_client.Control(wire_client.tcp_address(self.service(name), "control"), **more)

    def feed(self, name, prefixes):
        return wire_client.Feed(wire_client.tcp_address(self.service(name), "feed"), prefixes)

    def cli(self, *arguments, check=True):
        done = subprocess.run([str(word) for word in (BIN / "slicecast", *arguments)],
                              capture_output=True, text=True, timeout=5 * GUARD_S,
                              env={**os.environ, "SLICECAST_HUB": self.hub,
                                   "XDG_RUNTIME_DIR": str(self.path)})
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def program(self, service, *arguments):
        """A service's program that does something and ends: --write, --check, or a refusal."""
        return subprocess.run([str(word) for word in (BIN / f"slicecast-{service}", "--hub", self.hub, *arguments)],
                              capture_output=True, text=True, timeout=5 * GUARD_S)

    def status(self):
        return json.loads(self.cli("status", "--json").stdout)


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def data_file(relative):
    path = DATA / relative
    if not path.exists():
        assert os.environ.get("CI") != "true", f"test data {path} is missing"
        import pytest
        pytest.skip(f"{path} is not there")
    return path
