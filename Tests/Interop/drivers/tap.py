"""A wire that is listened in on: datagrams pass between one phone and the exchange, and are kept."""

from __future__ import annotations

import socket
import threading

from .wire import LOCAL, Message


class Tap:
    """The phone takes `port` for the exchange's."""

    def __init__(self, exchange_port: int) -> None:
        self.sent: list[Message] = []  # by the phone
        self.came: list[Message] = []  # to it
        self._phone: tuple[str, int] | None = None
        self._near, self._far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
        for end in (self._near, self._far):
            end.bind((LOCAL, 0))
        self._far.connect((LOCAL, exchange_port))
        self.port: int = self._near.getsockname()[1]
        for pass_on in (self._out, self._in):
            threading.Thread(target=pass_on, daemon=True).start()

    def _out(self) -> None:
        while True:
            raw, self._phone = self._near.recvfrom(65536)
            self.sent.append(Message.parse(raw))
            self._far.send(raw)

    def _in(self) -> None:
        while True:
            raw = self._far.recv(65536)
            self.came.append(Message.parse(raw))
            if self._phone:
                self._near.sendto(raw, self._phone)
