"""An address translator for one phone's SIP over UDP: it leaves by another port."""

from __future__ import annotations

import select
import socket
import threading

LOCAL = "127.0.0.1"


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOCAL, 0))
    return made


class NATBox:
    """Forwards between the phone (who sends to `inside`) and one far address."""

    def __init__(self, far: tuple[str, int]) -> None:
        self._far = far
        self._phone: tuple[str, int] | None = None
        self._inner, self._outer = _socket(), _socket()
        self._stopped = False
        self.inward = 0
        self.outward = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def inside(self) -> tuple[str, int]:
        return LOCAL, self._inner.getsockname()[1]

    @property
    def outside(self) -> tuple[str, int]:
        return LOCAL, self._outer.getsockname()[1]

    def forget(self) -> None:
        """The mapping is lost: from now on another outside port, and nothing comes by the old."""
        old, self._outer = self._outer, _socket()
        old.close()
        self.inward = self.outward = 0

    def _run(self) -> None:
        while not self._stopped:
            inner, outer = self._inner, self._outer
            try:
                ready, _, _ = select.select([inner, outer], [], [], 0.1)
                if inner in ready:
                    raw, self._phone = inner.recvfrom(65536)
                    self._outer.sendto(raw, self._far)
                    self.outward += 1
                if outer in ready:
                    raw = outer.recv(65536)
                    if self._phone:
                        inner.sendto(raw, self._phone)
                        self.inward += 1
            except (OSError, ValueError):
                continue  # a socket was closed meanwhile

    def __enter__(self) -> "NATBox":
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()
        self._inner.close()
        self._outer.close()
