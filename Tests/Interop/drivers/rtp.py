"""RTP by hand: a stream of A-law packets from one socket, and what comes back to it."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable

import audio

PACKET = 160  # samples, 20 ms
LOCAL = "127.0.0.1"


class RTPStream:
    """Sends a tone in real time to one address and counts what arrives."""

    def __init__(self, ssrc: int | None = None, address: str = LOCAL) -> None:
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.ssrc = ssrc if ssrc is not None else random.getrandbits(32)
        self.received: list[bytes] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(
        self, far: tuple[str, int], hertz: float = 440, *, sound: bytes | None = None,
        lost: Callable[[int], bool] = lambda number: False,
    ) -> "RTPStream":
        """hertz: a tone for ever; sound: A-law instead, over and over. lost: which packets are."""
        sound = sound or audio.a_law(audio.sine(hertz, 1.0))
        self._thread = threading.Thread(target=self._run, args=(far, sound, lost), daemon=True)
        self._thread.start()
        return self

    def _run(self, far: tuple[str, int], sound: bytes, lost: Callable[[int], bool]) -> None:
        first = None
        sequence, timestamp = random.getrandbits(15), random.getrandbits(31)
        due, at = time.monotonic(), 0
        while not self._stop.is_set():
            header = struct.pack(">BBHII", 0x80, 8, sequence & 0xFFFF, timestamp & 0xFFFFFFFF,
                                 self.ssrc)
            first = sequence if first is None else first
            if not lost(sequence - first):
                self.socket.sendto(header + sound[at:at + PACKET], far)
            sequence, timestamp, at = sequence + 1, timestamp + PACKET, (at + PACKET) % len(sound)
            self._drain()
            due += 0.02
            time.sleep(max(0, due - time.monotonic()))

    def press(
        self, far: tuple[str, int], text: str, payload_type: int = 101, *,
        lost: Callable[[int], bool] = lambda number: False,
    ) -> None:
        """Presses keys by telephone events (RFC 4733), 100 ms each and 100 ms between; waits."""
        sequence, timestamp = random.getrandbits(15), random.getrandbits(31)
        due, sent = time.monotonic(), 0
        for key in text:
            code = "0123456789*#ABCD".index(key)
            # Five while it is down, then its end three times.
            for part in range(8):
                duration, flags = min(part + 1, 5) * PACKET, 0x80 if part >= 5 else 0
                header = struct.pack(
                    ">BBHII", 0x80, payload_type | (0x80 if part == 0 else 0), sequence & 0xFFFF,
                    timestamp & 0xFFFFFFFF, self.ssrc)
                if not lost(sent):
                    self.socket.sendto(header + struct.pack(">BBH", code, flags | 10, duration), far)
                sequence, sent = sequence + 1, sent + 1
                due += 0.02
                time.sleep(max(0, due - time.monotonic()))
            timestamp += 10 * PACKET
            due += 0.04

    def _drain(self) -> None:
        while True:
            try:
                self.received.append(self.socket.recv(2048))
            except OSError:
                return

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._drain()
        self.socket.close()
