"""A SIP phone of few lines over one UDP socket, for what no real phone can be made to send.

It keeps every byte it got, so a test can compare answers exactly, and lies when told to.
"""

from __future__ import annotations

import hashlib
import random
import re
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from .phone import Line

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
LOCAL = "127.0.0.1"
LOCAL_V6 = "::1"


@dataclass
class Message:
    """A parsed SIP message; field names in lower case, the first of each name in `fields`."""

    raw: bytes
    start: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def parse(cls, raw: bytes) -> "Message":
        head, _, body = raw.partition(b"\r\n\r\n")
        start, *rest = head.decode(errors="replace").split("\r\n")
        pairs = [text.partition(":") for text in rest]
        return cls(raw, start, [(n.strip().lower(), v.strip()) for n, _, v in pairs], body)

    def __getitem__(self, name: str) -> str | None:
        return next((value for key, value in self.lines if key == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.lines if key == name.lower()]

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.start.split()[0]


def parameters(challenge: str) -> dict[str, str]:
    found = re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', challenge)
    return {name.lower(): quoted or bare for name, quoted, bare in found}


def credentials(
    challenge: str, method: str, uri: str, username: str, password: str, count: int = 1,
) -> str:
    """The value of Authorization for one Digest challenge (RFC 3261 §22, RFC 8760)."""
    given = parameters(challenge)
    algorithm = given.get("algorithm", "MD5")

    def digest(text: str) -> str:
        return HASHES[algorithm.upper()](text.encode()).hexdigest()

    once, counted = f"{random.getrandbits(64):016x}", f"{count:08x}"
    secret = digest(f"{username}:{given['realm']}:{password}")
    asked = digest(f"{method}:{uri}")
    value = (f'Digest username="{username}", realm="{given["realm"]}", nonce="{given["nonce"]}", '
             f'uri="{uri}", algorithm={algorithm}')
    if "qop" in given:
        response = digest(f"{secret}:{given['nonce']}:{counted}:{once}:auth:{asked}")
        value += f', qop=auth, nc={counted}, cnonce="{once}"'
    else:
        response = digest(f"{secret}:{given['nonce']}:{asked}")
    if "opaque" in given:
        value += f', opaque="{given["opaque"]}"'
    return value + f', response="{response}"'


class Wire:
    """The phone. `contact` and `via` may name places where it is not (a phone behind NAT)."""

    def __init__(
        self, line: Line, *, contact: str | None = None, via: str | None = None,
        port: int = 0,
    ) -> None:
        self.line = line
        is_v6 = ":" in line.host
        self.socket = socket.socket(
            socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOCAL_V6 if is_v6 else LOCAL, port))
        self.port: int = self.socket.getsockname()[1]
        self.far = (line.host.strip("[]"), line.port)
        here = f"[{LOCAL_V6}]" if is_v6 else LOCAL
        self.via = via or f"{here}:{self.port}"
        self.contact = contact or f"<sip:{line.number}@{here}:{self.port}>"
        self.got: list[Message] = []
        self.realm_host = line.domain or f"{line.host}:{line.port}"
        self._sequence = random.randrange(1, 1000)
        self._seed = f"{random.getrandbits(48):x}"

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def rebind(self) -> None:
        """Goes on from another port, as behind a NAT box that was restarted."""
        self.socket.close()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOCAL, 0))
        self.port = self.socket.getsockname()[1]

    def send(self, raw: bytes) -> None:
        self.socket.sendto(raw, self.far)

    def receive(self, timeout: float = 5) -> Message:
        """The next message, whatever it is."""
        self.socket.settimeout(max(0.01, timeout))
        try:
            raw = self.socket.recv(65536)
        except TimeoutError:
            starts = [m.start for m in self.got[-10:]]
            raise AssertionError(f"nothing came in {timeout} s; before: {starts}") from None
        message = Message.parse(raw)
        self.got.append(message)
        return message

    def wait(self, wanted: str | range, timeout: float = 5) -> Message:
        """The next request of that method, or the next response with such a status."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.receive(deadline - time.monotonic())
            if message.method == wanted if isinstance(wanted, str) else message.status in wanted:
                return message

    def request(
        self, method: str, uri: str, *, to: str | None = None, fields: tuple[str, ...] = (),
        body: bytes = b"", call: str | None = None, tags: tuple[str, str] | None = None,
        sequence: int | None = None, number: str | None = None,
    ) -> bytes:
        """The bytes of a request. tags: (ours, theirs) inside a dialog."""
        if sequence is None:
            self._sequence += 1
            sequence = self._sequence
        me = f"sip:{number or self.line.number}@{self.realm_host}"
        from_tag, to_tag = tags or (self._seed, "")
        head = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.via};rport;branch=z9hG4bK{random.getrandbits(64):x}",
            f"From: <{me}>;tag={from_tag}",
            f"To: <{to or me}>" + (f";tag={to_tag}" if to_tag else ""),
            f"Call-ID: {call or self._seed + method}",
            f"CSeq: {sequence} {method}",
            f"Contact: {self.contact}",
            "Max-Forwards: 70",
            *fields,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def ask(
        self, method: str, uri: str, *, password: str | None = None, number: str | None = None,
        algorithm: str | None = None, fields: tuple[str, ...] = (), **rest: Any,
    ) -> Message:
        """Sends a request, answers one challenge, returns the final response."""
        self.send(self.request(method, uri, fields=fields, number=number, **rest))
        final = self.wait(range(200, 700))
        if final.status not in (401, 407):
            return final
        if method == "INVITE":
            self.acknowledge(final, uri)
        challenge = self.choose(final, algorithm)
        name = "Authorization" if final.status == 401 else "Proxy-Authorization"
        value = credentials(challenge, method, uri, number or self.line.number,
                            password or self.line.password)
        self.send(self.request(method, uri, fields=(*fields, f"{name}: {value}"), number=number,
                               **rest))
        return self.wait(range(200, 700), timeout=35)

    @staticmethod
    def choose(refused: Message, algorithm: str | None) -> str:
        offered = refused.all("www-authenticate") + refused.all("proxy-authenticate")
        for challenge in offered:
            if algorithm in (None, parameters(challenge).get("algorithm", "MD5")):
                return challenge
        raise AssertionError(f"no {algorithm} challenge among {offered}")

    def register(self, expires: int = 300, **rest: Any) -> Message:
        return self.ask("REGISTER", f"sip:{self.realm_host}",
                        fields=(f"Expires: {expires}",), **rest)

    def acknowledge(self, final: Message, uri: str, body: bytes = b"") -> None:
        """ACK for a failed INVITE (same branch) or, with a new branch, for a 2xx."""
        sequence = (final["cseq"] or "0").split()[0]
        via = final["via"] if final.status >= 300 else (
            f"SIP/2.0/UDP {self.via};rport;branch=z9hG4bK{random.getrandbits(64):x}")
        head = [f"ACK {uri} SIP/2.0", f"Via: {via}", f"From: {final['from']}", f"To: {final['to']}",
                f"Call-ID: {final['call-id']}", f"CSeq: {sequence} ACK", "Max-Forwards: 70",
                *(["Content-Type: application/sdp"] if body else []),
                f"Content-Length: {len(body)}", "", ""]
        self.send("\r\n".join(head).encode() + body)

    def respond(
        self, request: Message, status: int, reason: str, *, tag: str = "wire",
        body: bytes = b"", fields: tuple[str, ...] = (),
    ) -> None:
        to = request["to"] or ""
        head = [f"SIP/2.0 {status} {reason}", *(f"Via: {via}" for via in request.all("via")),
                *(f"Record-Route: {route}" for route in request.all("record-route")),
                f"From: {request['from']}", f"To: {to}" + ("" if "tag=" in to else f";tag={tag}"),
                f"Call-ID: {request['call-id']}", f"CSeq: {request['cseq']}",
                f"Contact: {self.contact}", *fields, f"Content-Length: {len(body)}"]
        self.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def offer(port: int, address: str = LOCAL) -> bytes:
    """An SDP offer or answer with A-law and telephone events."""
    family = "IP6" if ":" in address else "IP4"
    return "\r\n".join([
        "v=0", f"o=- 1 1 IN {family} {address}", "s=-", f"c=IN {family} {address}", "t=0 0",
        f"m=audio {port} RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv", "",
    ]).encode()


def media_of(body: bytes) -> tuple[str, int]:
    """Where an SDP body wants its audio."""
    text = body.decode(errors="replace")
    address = re.search(r"^c=IN IP[46] (\S+)", text, re.M)
    port = re.search(r"^m=audio (\d+)", text, re.M)
    assert address and port, f"no audio in {text!r}"
    return address.group(1), int(port.group(1))
