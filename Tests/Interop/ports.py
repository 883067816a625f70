"""Ports of this machine that nobody else in the run uses.

All lie below the kernel's own range, so that no socket that asks for any port gets one of them.
Each pytest-xdist worker has a block of 2,000 for media (1,000 for the exchange, 1,000 for the
phones) and one of 500 for everything else, which is gone through in turn.
"""

from __future__ import annotations

import itertools
import os
import random
import socket

FIRST = 12000
BLOCK = 2000
HALF = 1000
FIRST_OTHER = 28000
OTHER_BLOCK = 500
WORKERS = 8


def _worker() -> int:
    name = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return int(name.removeprefix("gw")) % WORKERS


def _block() -> int:
    return FIRST + BLOCK * _worker()


_turn = itertools.cycle(range(OTHER_BLOCK))


def free_port() -> int:
    """A port free for both UDP and TCP on 127.0.0.1, and not given before for a long while."""
    for offset in itertools.islice(_turn, OTHER_BLOCK):
        port = FIRST_OTHER + OTHER_BLOCK * _worker() + offset
        if all(is_free(port, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
            return port
    raise RuntimeError("no port is free")


def is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as one:
        try:
            one.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def exchange_media_ports() -> tuple[int, int]:
    return _block(), _block() + HALF - 1


def media_ports() -> tuple[int, int]:
    """A small range for one phone's RTP."""
    first = _block() + HALF + 20 * random.randrange(HALF // 20)
    return first, first + 18
