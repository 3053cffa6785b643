"""Builds the package with the messages that protoc makes of the wire contract.

They are not kept in the repository: protoc writes them, with type stubs, into the package that is
built. Nothing is written into the source tree, so that it may be read-only.
"""
import pathlib
import shutil
import subprocess
import tempfile

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
CONTRACT = HERE.parents[1] / "proto"
# A temporary folder, removed at the end, instead of build/ and *.egg-info beside this file.
_SCRATCH = tempfile.TemporaryDirectory(prefix="slicecast-build-")


class BuildWithMessages(build_py):
    """build_py and slicecast/v1/*_pb2.py."""

    def run(self) -> None:
        super().run()
        contract = sorted((CONTRACT / "slicecast/v1").glob("*.proto"))
        if not contract:
            raise SystemExit(f"no messages in {CONTRACT}; build from a whole checkout of Slicecast")
        protoc = shutil.which("protoc")
        if protoc is None:
            raise SystemExit("protoc is missing; install it: apt-get install protobuf-compiler")
        subprocess.run(
            [
                protoc,
                f"-I{CONTRACT}",
                f"--python_out={self.build_lib}",
                f"--pyi_out={self.build_lib}",
                *map(str, contract),
            ],
            check=True,
        )
        (pathlib.Path(self.build_lib) / "slicecast/v1/__init__.py").write_text(
            '"""The messages of the wire contract, made from proto/slicecast/v1 by protoc."""\n'
        )


setup(
    cmdclass={"build_py": BuildWithMessages},
    options={"build": {"build_base": _SCRATCH.name}, "egg_info": {"egg_base": _SCRATCH.name}},
)
