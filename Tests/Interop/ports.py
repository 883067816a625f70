"""Ports of this machine that nobody else in the run uses.

SIP ports are asked of the kernel. Media port ranges lie below the kernel's own range, one block of
2,000 for each pytest-xdist worker: 1,000 for the exchange, 1,000 for the phones.
"""

from __future__ import annotations

import os
import random
import socket

FIRST = 12000
BLOCK = 2000
HALF = 1000


def free_port() -> int:
    """A port free for both UDP and TCP on 127.0.0.1 at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", 0))
            port: int = datagrams.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
                try:
                    stream.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


def _block() -> int:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return FIRST + BLOCK * (int(worker.removeprefix("gw")) % 8)


def exchange_media_ports() -> tuple[int, int]:
    return _block(), _block() + HALF - 1


def media_ports() -> tuple[int, int]:
    """A small range for one phone's RTP."""
    first = _block() + HALF + 20 * random.randrange(HALF // 20)
    return first, first + 18
