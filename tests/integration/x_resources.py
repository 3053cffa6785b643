"""Sets the resources of an X display, as a desktop does, and becomes the program that is to see them.

    xvfb-run -a x_resources.py "Xft.dpi: 192" PROGRAM ARGUMENT...
"""
import os
import pathlib
import socket
import struct
import sys

RESOURCE_MANAGER, STRING = 23, 31  # atoms that every server knows
CHANGE_PROPERTY, GET_INPUT_FOCUS = 18, 43


def padded(text):
    return text + bytes(-len(text) % 4)


def cookie():
    """Name and data of the first entry of the file that xvfb-run has made."""
    raw, at, fields = pathlib.Path(os.environ["XAUTHORITY"]).read_bytes(), 2, []
    for _ in range(4):  # address, display, name, data
        (length,) = struct.unpack_from(">H", raw, at)
        fields.append(raw[at + 2:at + 2 + length])
        at += 2 + length
    return fields[2:]


def read(server, count):
    got = b""
    while len(got) < count:
        part = server.recv(count - len(got))
        if not part:
            raise ConnectionError("the X server has closed the connection")
        got += part
    return got


def main(resources, *command):
    number = os.environ["DISPLAY"].partition(":")[2].partition(".")[0]
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"/tmp/.X11-unix/X{number}")
    name, key = cookie()
    server.sendall(struct.pack("<cxHHHHxx", b"l", 11, 0, len(name), len(key)) + padded(name) + padded(key))
    status, _, _, _, words = struct.unpack("<BBHHH", read(server, 8))
    told = read(server, 4 * words)
    if status != 1:
        raise ConnectionError(told)
    vendor, formats = struct.unpack_from("<H", told, 16)[0], told[21]
    (root,) = struct.unpack_from("<I", told, 32 + vendor + -vendor % 4 + 8 * formats)
    text = resources.encode() + b"\n"
    server.sendall(struct.pack("<BBHIIIBxxxI", CHANGE_PROPERTY, 0, 6 + len(padded(text)) // 4, root, RESOURCE_MANAGER,
                               STRING, 8, len(text)) + padded(text))
    server.sendall(struct.pack("<BxH", GET_INPUT_FOCUS, 1))
    read(server, 32)  # the server has done what came before
    server.set_inheritable(True)  # the last one to leave would reset the display
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
