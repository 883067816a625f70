"""A fax machine that calls, or is called: T.30 by libspandsp, by sound over RTP and by T.38."""

from __future__ import annotations

import ctypes
import random
import re
import socket
import struct
import time
from pathlib import Path

import numpy as np

import audio

from .phone import Line
from .robot import Dialog, Robot
from .tiff import library
from .udptl import Reader, Writer
from .wire import LOCAL, Message, offer

PACKET = 160
SEND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
                        ctypes.POINTER(ctypes.c_uint8), ctypes.c_int, ctypes.c_int)


def spandsp() -> ctypes.CDLL:
    made = library("spandsp")
    for name in ("fax_init", "fax_get_t30_state", "t38_terminal_init",
                 "t38_terminal_get_t30_state", "t38_terminal_get_t38_core_state"):
        getattr(made, name).restype = ctypes.c_void_p
    made.t30_get_rx_ident.restype = ctypes.c_char_p
    return made


def image_offer(port: int, *, version: int = 1, correction: str = "t38UDPRedundancy") -> bytes:
    return "\r\n".join([
        "v=0", f"o=- 1 {version} IN IP4 {LOCAL}", "s=-", f"c=IN IP4 {LOCAL}", "t=0 0",
        f"m=image {port} udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
        "a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxBuffer:1024",
        "a=T38FaxMaxDatagram:400", f"a=T38FaxUdpEC:{correction}", "",
    ]).encode()


def place_of(body: bytes) -> tuple[str, str, int]:
    """Kind, address and port of the first line that is taken."""
    text = body.decode(errors="replace")
    address = re.search(r"^c=IN IP4 (\S+)", text, re.M)
    lines = re.findall(r"^m=(audio|image) (\d+)", text, re.M)
    taken = [(kind, int(port)) for kind, port in lines if port != "0"]
    assert address and taken, f"nothing is taken in {text!r}"
    return taken[0][0], address.group(1), taken[0][1]


class Machine:
    """One of libspandsp's machines, by sound or by T.38."""

    ends_with_call = True

    def __init__(self, *, is_image: bool, calls: bool, pages: Path, name: str, writer: Writer) -> None:
        self.lib = spandsp()
        self.is_image = is_image
        self.writer, self.reader = writer, Reader()
        self.outgoing: list[bytes] = []
        if is_image:
            self._keep = SEND(self._send)
            self.state = ctypes.c_void_p(
                self.lib.t38_terminal_init(None, int(calls), self._keep, None))
            self.core = ctypes.c_void_p(self.lib.t38_terminal_get_t38_core_state(self.state))
            self.t30 = ctypes.c_void_p(self.lib.t38_terminal_get_t30_state(self.state))
        else:
            self.state = ctypes.c_void_p(self.lib.fax_init(None, int(calls)))
            self.t30 = ctypes.c_void_p(self.lib.fax_get_t30_state(self.state))
            self.lib.fax_set_transmit_on_idle(self.state, 1)
        if calls:
            self.lib.t30_set_tx_file(self.t30, str(pages).encode(), -1, -1)
        else:
            self.lib.t30_set_rx_file(self.t30, str(pages).encode(), -1)
        self.lib.t30_set_tx_ident(self.t30, name.encode())
        self.lib.t30_set_ecm_capability(self.t30, 1)
        self.lib.t30_set_supported_modems(self.t30, 7)

    def _send(self, core: int, user: int, packet: object, count: int, times: int) -> int:
        self.outgoing.append(self.writer.datagram(bytes(packet[:count])))  # type: ignore[index]
        return 0

    @property
    def is_active(self) -> bool:
        return bool(self.lib.t30_call_active(self.t30))

    @property
    def confirmed(self) -> int:
        numbers = (ctypes.c_int * 64)()
        self.lib.t30_get_transfer_statistics(self.t30, numbers)
        return int(numbers[2])  # bit_rate, error_correcting_mode, pages_tx

    @property
    def corrects(self) -> bool:
        numbers = (ctypes.c_int * 64)()
        self.lib.t30_get_transfer_statistics(self.t30, numbers)
        return bool(numbers[1])

    def hear(self, sound: bytes) -> None:
        frame = (ctypes.c_int16 * PACKET)()
        ctypes.memmove(frame, sound, 2 * PACKET)
        self.lib.fax_rx(self.state, frame, PACKET)

    def speak(self) -> np.ndarray:
        frame = (ctypes.c_int16 * PACKET)()
        made = self.lib.fax_tx(self.state, frame, PACKET)
        spoken = np.frombuffer(frame, np.int16).astype(float) / 32768
        spoken[max(0, made):] = 0
        return spoken

    def take(self, datagram: bytes) -> None:
        for number, packet in self.reader.packets(datagram):
            self.lib.t38_core_rx_ifp_packet(self.core, packet, len(packet), number)

    def pass_frame(self) -> list[bytes]:
        self.lib.t38_terminal_send_timeout(self.state, PACKET)
        made, self.outgoing = self.outgoing, []
        return made


class FaxMachine(Robot):
    """A fax machine with a line of its own.

    - takes_image: whether it takes a re-INVITE to T.38, else it refuses by that status, or with a
      port of 0.
    - asks_image: whether it asks for T.38 itself, after so many seconds; and with what.
    - returns: after so many seconds of T.38 it asks back to sound, and begins anew there.
    - loss: of its own datagrams of T.38, and of those that come, where it can bring those back: its
      reader knows no parity.
    """

    def __init__(
        self, line: Line, *, takes_image: bool = False, asks_image: float | None = None,
        correction: str = "t38UDPRedundancy", loss: float = 0, name: str = "4930123456",
        refusal: int = 488, returns: float | None = None,
    ) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOCAL, 0))
        self.socket.setblocking(False)
        self.takes_image, self.asks_image = takes_image, asks_image
        self.correction, self.loss, self.ident = correction, loss, name
        self.refusal, self.returns = refusal, returns
        self.far: tuple[str, int] | None = None
        self.is_image = False
        self.offers: list[bytes] = []
        self.bodies: dict[str, bytes] = {}
        self.refusals: list[int] = []
        self.strangers = 0
        self.chance = random.Random(7)
        super().__init__(line)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    # Signalling

    def _body(self) -> bytes:
        return offer(self.port).replace(b" 8 101", b" 8").replace(
            b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n", b"")

    def _take(self, came: Message) -> None:
        if came.status >= 200 and (came["cseq"] or "").endswith("INVITE"):
            if came.status == 200 and came.body:
                kind, *far = place_of(came.body)
                self.far = (far[0], far[1])
                self.is_image = kind == "image"
                self.bodies[kind] = came.body
            elif came.status not in (401, 407):
                self.refusals.append(came.status)
                dialog = self.dialogs.get(came["call-id"] or "")
                if dialog is not None:
                    self.wire.acknowledge(came, dialog.target)
        super()._take(came)

    def _offered(self, came: Message, dialog: Dialog | None) -> None:
        self._version += 1
        if dialog is None:
            kind, *far = place_of(came.body)
            self.far, self.is_image = (far[0], far[1]), kind == "image"
            return super()._offered(came, dialog)
        self.offers.append(came.body)
        kind, *far = place_of(came.body)
        if kind == "image" and not self.takes_image:
            if self.refusal:
                return self.wire.respond(came, self.refusal, "Not Like This")
            return self.wire.respond(
                came, 200, "OK", body=image_offer(0, version=self._version),
                fields=("Content-Type: application/sdp",))
        body = (image_offer(self.port, version=self._version, correction=self.correction)
                if kind == "image"
                else self._body().replace(b"o=- 1 1", b"o=- 1 %d" % self._version))
        self.wire.respond(came, 200, "OK", body=body, fields=("Content-Type: application/sdp",))
        self.far, self.is_image = (far[0], far[1]), kind == "image"

    def ask(self, dialog: Dialog, body: bytes) -> None:
        """A re-INVITE."""
        dialog.sequence += 1
        request = self.wire.request(
            "INVITE", dialog.target, call=dialog.call, tags=(dialog.ours, dialog.theirs),
            sequence=dialog.sequence, body=body, fields=("Content-Type: application/sdp",))
        request = re.sub(rb"\r\nTo: [^\r]*",
                         f"\r\nTo: {dialog.remote};tag={dialog.theirs}".encode(), request)
        self.wire.send(request)

    def return_to_sound(self, dialog: Dialog) -> None:
        """A re-INVITE to G.711, as machines make it when a fax by T.38 is over, or fails."""
        self._version += 1
        self.ask(dialog, self._body().replace(b"o=- 1 1", b"o=- 1 %d" % self._version))

    # Faxing

    def _machine(self, calls: bool, pages: Path) -> Machine:
        parity = 3 if self.correction == "t38UDPFEC" else 0
        return Machine(is_image=self.is_image, calls=calls, pages=pages, name=self.ident,
                       writer=Writer(parity=parity))

    def send(self, number: str, tiff: Path, patience: float = 120) -> tuple[Machine, Dialog]:
        """Calls, sends, and comes back when the machines have said goodbye."""
        dialog = self.call(number)
        return self.run(dialog, True, tiff, patience), dialog

    def run(self, dialog: Dialog, calls: bool, pages: Path, patience: float = 120) -> Machine:
        machine = self.machine = self._machine(calls, pages)
        sequence, timestamp, source = random.getrandbits(15), random.getrandbits(31), 77
        due, began = time.monotonic(), time.monotonic()
        waiting = np.zeros(0, np.int16)
        asked = False
        image_began: float | None = None
        while machine.is_active and not (dialog.is_over and machine.ends_with_call):
            now = time.monotonic()
            assert now - began < patience, "the fax takes for ever"
            if self.asks_image is not None and not asked and now - began > self.asks_image:
                asked = True
                self._version += 1
                self.ask(dialog, image_offer(
                    self.port, version=self._version, correction=self.correction))
            if self.returns is not None and machine.is_image:
                image_began = image_began or now
                if now - image_began > self.returns:
                    self.returns = None
                    self.return_to_sound(dialog)
            if self.is_image != machine.is_image:
                machine = self.machine = self._machine(calls, pages)
            assert self.far
            for packet in self._heard():
                if machine.is_image:
                    is_lost = self.chance.random() < self.loss and not machine.writer.parity
                    if packet[0] & 0xC0 != 0x80 and not is_lost:
                        machine.take(packet)
                elif len(packet) > 12 and packet[1] & 0x7F == 8:
                    waiting = np.concatenate(
                        [waiting, EXPANDED[np.frombuffer(packet[12:], np.uint8)]])
            if machine.is_image:
                for datagram in machine.pass_frame():
                    if self.chance.random() >= self.loss:
                        self.socket.sendto(datagram, self.far)
            else:
                while len(waiting) >= PACKET:
                    part, waiting = waiting[:PACKET], waiting[PACKET:]
                    machine.hear(part.tobytes())
                header = struct.pack(">BBHII", 0x80, 8, sequence & 0xFFFF,
                                     timestamp & 0xFFFFFFFF, source)
                self.socket.sendto(header + audio.a_law(machine.speak()), self.far)
            sequence, timestamp = sequence + 1, timestamp + PACKET
            due += 0.02
            time.sleep(max(0, due - time.monotonic()))
        return machine

    def talk(self, hertz: float, seconds: float) -> np.ndarray:
        """Speaks a tone, as whoever has the receiver in hand; what is heard meanwhile, 8 kHz."""
        sequence, timestamp = random.getrandbits(15), random.getrandbits(31)
        spoken, heard = audio.sine(hertz, seconds), [np.zeros(0, np.int16)]
        due = time.monotonic()
        for start in range(0, len(spoken), PACKET):
            assert self.far and not self.is_image
            header = struct.pack(">BBHII", 0x80, 8, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 78)
            self.socket.sendto(header + audio.a_law(spoken[start:start + PACKET]), self.far)
            heard += [EXPANDED[np.frombuffer(packet[12:], np.uint8)] for packet in self._heard()
                      if packet[0] == 0x80 and packet[1] & 0x7F == 8]
            sequence, timestamp, due = sequence + 1, timestamp + PACKET, due + 0.02
            time.sleep(max(0, due - time.monotonic()))
        return np.concatenate(heard).astype(float) / 32768

    def _heard(self) -> list[bytes]:
        came = []
        while True:
            try:
                packet, source = self.socket.recvfrom(2048)
            except OSError:
                return came
            if source == self.far:
                came.append(packet)
            else:
                self.strangers += 1


def expanded(code: int) -> int:
    """The sample of an A-law byte."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (mantissa << 4) + 8
    if exponent:
        size = (size + 256) << (exponent - 1)
    return size if code & 0x80 else -size


EXPANDED = np.array([expanded(code) for code in range(256)], np.int16)
