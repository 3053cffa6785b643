"""What the tests of the Python package share: pages whose code blocks are run, and plugins as
processes."""
import os
import pathlib
import re
import subprocess
import sys

import system

EXAMPLES = system.ROOT / "plugins/python/examples"
# A scan that stays quick under any test machine.
SOURCE = (
    "--rows",
    "32",
    "--columns",
    "48",
    "--projections",
    "30",
    "--rate",
    "60",
    "--pre-render",
    "60",
)


def code_blocks(page, language="python"):
    """The fenced blocks of a page below docs, in order."""
    text = (system.ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def start_script(running, script, *arguments, name, python=sys.executable):
    """A Python program as one of the processes of a system, listed under `name` when it is a
    plugin."""
    log = open(running.path / f"{name}.log", "ab")
    running.processes[name] = subprocess.Popen(
        [str(word) for word in (python, script, *arguments)],
        stdout=log,
        stderr=log,
        env={**os.environ, "SLICECAST_HUB": running.hub, "XDG_RUNTIME_DIR": str(running.path)},
    )
    return running.processes[name]


def start_plugin(running, script, *arguments, name):
    """The same, once it is listed; its announcement."""
    start_script(running, script, "--name", name, *arguments, name=name)
    return running.service(name)


def run_plugin(running, script, *arguments):
    """To its end; for those that are refused."""
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=system.GUARD_S,
        env={**os.environ, "SLICECAST_HUB": running.hub},
    )


def write_script(folder, name, *texts):
    path = pathlib.Path(folder) / name
    path.write_text("\n".join(texts))
    return path


def inputs_of(client, plugin):
    """The ledger of a plugin; it must close at any moment."""
    ledger = client.status(plugin).ledgers[0]
    assert ledger.received == ledger.done + ledger.in_flight + sum(ledger.dropped.values()), ledger
    return ledger
