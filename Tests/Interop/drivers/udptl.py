"""UDPTL (T.38 §9.1), written for the tests alone: a second opinion on what the exchange sends."""

from __future__ import annotations


def _piece(raw: bytes) -> bytes:
    assert len(raw) < 0x4000
    size = bytes([len(raw)]) if len(raw) < 0x80 else bytes([0x80 | len(raw) >> 8, len(raw) & 0xFF])
    return size + raw


class Writer:
    """Redundancy over so many packets, or parity over so many."""

    def __init__(self, redundancy: int = 3, parity: int = 0) -> None:
        self.redundancy, self.parity = redundancy, parity
        self.number = 0
        self.sent: list[bytes] = []

    def datagram(self, packet: bytes) -> bytes:
        head = self.number.to_bytes(2, "big") + _piece(packet)
        if self.parity and len(self.sent) >= self.parity:
            covered = self.sent[-self.parity:]
            folded = bytearray(max(map(len, covered)))
            for each in covered:
                for place, byte in enumerate(each):
                    folded[place] ^= byte
            tail = bytes([0x80, 1, self.parity, 1]) + _piece(bytes(folded))
        elif self.redundancy and not self.parity:
            before = list(reversed(self.sent[-self.redundancy:]))
            tail = bytes([0, len(before)]) + b"".join(map(_piece, before))
        else:
            tail = bytes([0, 0])
        self.number = (self.number + 1) & 0xFFFF
        self.sent = [*self.sent, packet][-16:]
        return head + tail


class Reader:
    """Packets in order, with their numbers; those that are lost come back by redundancy."""

    def __init__(self) -> None:
        self.next = 0
        self.recovered = 0
        self.datagrams = 0

    def packets(self, raw: bytes) -> list[tuple[int, bytes]]:
        number = int.from_bytes(raw[:2], "big")
        at, primary = self._take(raw, 2)
        assert at < len(raw), "a datagram without recovery"
        is_parity = raw[at] & 0x80
        at += 1
        found = [(number, primary)]
        self.datagrams += 1
        if not is_parity:
            count = raw[at]
            at += 1
            for back in range(1, count + 1):
                at, packet = self._take(raw, at)
                found.append(((number - back) & 0xFFFF, packet))
            assert at == len(raw), "bytes behind the last piece"
        fresh = [(n, p) for n, p in reversed(found) if 0 <= ((n - self.next) & 0xFFFF) < 0x8000]
        self.recovered += len(fresh) - 1 if fresh else 0
        if fresh:
            self.next = (number + 1) & 0xFFFF
        return fresh

    @staticmethod
    def _take(raw: bytes, at: int) -> tuple[int, bytes]:
        size = raw[at]
        at += 1
        if size & 0x80:
            assert size & 0x40 == 0, "a fragment"
            size = (size & 0x3F) << 8 | raw[at]
            at += 1
        assert at + size <= len(raw), "a piece that is longer than its datagram"
        return at + size, raw[at:at + size]
