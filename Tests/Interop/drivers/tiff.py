"""Pages as TIFFs: written plain, read by libtiff, whatever their compression."""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
from pathlib import Path

import numpy as np

WIDTH = 1728


def library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    assert found, f"lib{name} is missing; run setup.sh"
    return ctypes.CDLL(found)


def write_pages(tiff: Path, pages: list[np.ndarray], down: int = 196) -> Path:
    """Pages of bits, True is black, uncompressed, at 204 dots an inch across."""
    out = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4
    for page in pages:
        height, width = page.shape
        assert width == WIDTH
        pixels = np.packbits(page, axis=1).tobytes()
        start = len(out)
        out += pixels
        at = len(out)
        tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 1), (262, 3, 0),
                (273, 4, start), (277, 3, 1), (278, 4, height), (279, 4, len(pixels)),
                (282, 5, 0), (283, 5, 8), (296, 3, 2)]
        values = at + 2 + 12 * len(tags) + 4
        out += struct.pack("<H", len(tags))
        for tag, kind, value in tags:
            out += struct.pack("<HHII", tag, kind, 1, values + value if kind == 5 else value)
        out += struct.pack("<IIIII", 0, 204, 1, down, 1)
        out[link:link + 4] = struct.pack("<I", at)
        link = values - 4
    tiff.write_bytes(out)
    return tiff


def read_pages(tiff: Path) -> list[np.ndarray]:
    tiffs = library("tiff")
    tiffs.TIFFOpen.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(tiffs.TIFFOpen(str(tiff).encode(), b"r"))
    assert handle, f"{tiff} is no TIFF"
    pages = []
    while True:
        width, height, kind = ctypes.c_uint32(), ctypes.c_uint32(), ctypes.c_uint16()
        tiffs.TIFFGetField(handle, ctypes.c_uint32(256), ctypes.byref(width))
        tiffs.TIFFGetField(handle, ctypes.c_uint32(257), ctypes.byref(height))
        tiffs.TIFFGetField(handle, ctypes.c_uint32(262), ctypes.byref(kind))
        line = ctypes.create_string_buffer((width.value + 7) // 8)
        rows = []
        for row in range(height.value):
            assert tiffs.TIFFReadScanline(
                handle, line, ctypes.c_uint32(row), ctypes.c_uint16(0)) == 1
            rows.append(np.unpackbits(np.frombuffer(line.raw, np.uint8))[:width.value])
        bits = np.array(rows).astype(bool)
        pages.append(bits if kind.value == 0 else ~bits)
        if tiffs.TIFFReadDirectory(handle) != 1:
            break
    tiffs.TIFFClose(handle)
    return pages
