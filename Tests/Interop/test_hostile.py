"""Bytes from strangers while a call is up: the call does not notice, the daemon lives."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import audio
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import Wire, media_of, offer
from test_calls import connect

CALLER_TONE, CALLEE_TONE, STRANGER_TONE = 440, 620, 900
LOCAL = "127.0.0.1"

STARTS = [
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\n", b"REGISTER sip:\xff\xfe SIP/2.0\r\n",
    b"SIP/2.0 200 OK\r\n", b"SIP/2.0 99999999999999999999 Yes\r\n", b"\r\n\r\n\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP [::1]:99999999;branch=\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"INVITE sip:100@127.0.0.1 SIP/2.0\r\nContent-Length: -1\r\nCSeq: 4294967296 INVITE\r\n\r\n",
    b"BYE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: none\r\nCSeq: 1 BYE\r\n\r\n",
]


def nonsense(draw: random.Random) -> bytes:
    """Noise, or a SIP message cut, repeated or with bytes changed."""
    kind = draw.randrange(4)
    if kind == 0:
        return draw.randbytes(draw.randrange(1, 1400))
    start = draw.choice(STARTS)
    if kind == 1:
        return start[:draw.randrange(1, len(start) + 1)]
    if kind == 2:
        return (start * 200)[:draw.randrange(1, 60_000)]
    changed = bytearray(start + b"From: <sip:x@y>;tag=\r\n" * draw.randrange(50) + b"\r\n")
    for _ in range(draw.randrange(1, 20)):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


@contextmanager
def meanwhile(*actions: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=action, args=(stop,), daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(10)


def shower(address: tuple[str, int], seed: int) -> Callable[[threading.Event], None]:
    """Nonsense in datagrams, some 500 a second."""
    def run(stop: threading.Event) -> None:
        draw = random.Random(seed)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not stop.is_set():
                try:
                    out.sendto(nonsense(draw), address)
                except OSError:
                    pass
                time.sleep(0.002)
    return run


def stream_shower(address: tuple[str, int], seed: int) -> Callable[[threading.Event], None]:
    """Connections that send nonsense, or half a message, or nothing, and go."""
    def run(stop: threading.Event) -> None:
        draw = random.Random(seed)
        while not stop.is_set():
            try:
                with socket.create_connection(address, 1) as out:
                    for _ in range(draw.randrange(4)):
                        out.sendall(nonsense(draw))
            except OSError:
                pass
            time.sleep(0.01)
    return run


@pytest.fixture
def call(exchange, phones, tones) -> tuple[PJSUA, PJSUA]:
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 101, play=tones(CALLEE_TONE))
    connect(caller, callee)
    time.sleep(0.7)  # both relay ports know their phone by now
    return caller, callee


def end_and_judge(caller: PJSUA, callee: PJSUA, decibels: float = 20) -> None:
    caller.hang_up()
    callee.wait_ended()
    audio.assert_heard(caller.recording(), CALLEE_TONE, seconds=3, decibels=decibels)
    audio.assert_heard(callee.recording(), CALLER_TONE, seconds=3, decibels=decibels)


def test_nonsense_to_every_sip_port_does_not_disturb_a_call(exchange, call):
    caller, callee = call
    with meanwhile(
        shower((LOCAL, exchange.udp), 1), shower((LOCAL, exchange.sha256), 2),
        stream_shower((LOCAL, exchange.tcp), 3), stream_shower((LOCAL, exchange.tls), 4),
    ):
        time.sleep(4)
        assert caller.register() == 200, "nobody else can register meanwhile"
    exchange.wait_calls(1)
    end_and_judge(caller, callee)


def test_nonsense_to_the_rtp_and_rtcp_ports_does_not_disturb_a_call(exchange, call):
    caller, callee = call
    ports = [phone.far_media()[1] for phone in (caller, callee)]
    with meanwhile(*(shower((LOCAL, port + rtcp), port) for port in ports for rtcp in (0, 1))):
        time.sleep(4)
    end_and_judge(caller, callee)


def test_a_strangers_rtp_is_not_relayed(exchange, call):
    """Well-formed A-law from another port of the same address, to both relay ports."""
    caller, callee = call
    streams = [RTPStream().start(phone.far_media(), STRANGER_TONE) for phone in (caller, callee)]
    time.sleep(4)
    for stream in streams:
        stream.stop()
    end_and_judge(caller, callee)
    for phone in (caller, callee):
        audio.assert_not_heard(phone.recording(), STRANGER_TONE, seconds=0)
    for stream in streams:
        assert stream.received == [], "audio of the call went to a stranger"
    dropped = exchange.rows("SELECT sum(strangers_dropped) AS n FROM call_leg WHERE call_id = ?",
                            exchange.last_call()["call_id"])
    assert dropped[0]["n"] >= 2 * 150


def test_a_stranger_who_knows_the_source_is_not_relayed_either(exchange, call):
    """Half a second of listening would give him SSRC and sequence: the address still decides."""
    caller, callee = call
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        far, sound = caller.far_media(), audio.a_law(audio.sine(STRANGER_TONE, 0.02))
        for sequence in range(200):
            for ssrc in (0, 1, 0xFFFFFFFF):
                out.sendto(struct.pack(">BBHII", 0x80, 8, sequence * 300 & 0xFFFF,
                                       sequence * 160, ssrc) + sound, far)
            time.sleep(0.01)
    time.sleep(2)
    end_and_judge(caller, callee)


def test_before_a_phone_has_spoken_only_its_own_address_counts(exchange, phones, tones):
    """The callee answers and is silent; a stranger of another address speaks in its place."""
    caller = phones(PJSUA, 103, play=tones(CALLER_TONE))
    with Wire(exchange.line(104)) as wire:
        assert wire.register().status == 200
        caller.call("104")
        invite = wire.wait("INVITE")
        own, stranger = RTPStream(), RTPStream(address="127.0.0.2")
        wire.respond(invite, 200, "OK", body=offer(own.port),
                     fields=("Content-Type: application/sdp",))
        wire.wait("ACK")
        caller.wait_answered()
        far = media_of(invite.body)
        stranger.start(far, STRANGER_TONE)
        time.sleep(1.5)
        own.start(far, CALLEE_TONE)
        time.sleep(2.5)
        for stream in (stranger, own):
            stream.stop()
        caller.tell("hangup", call=caller._call)
        wire.respond(wire.wait("BYE"), 200, "OK")
        caller.wait_ended()
        wire.register(expires=0)
    audio.assert_heard(caller.recording(), CALLEE_TONE)
    audio.assert_not_heard(caller.recording(), STRANGER_TONE, seconds=0)
    assert stranger.received == []
    assert len(own.received) > 100


def test_a_forged_bye_does_not_end_a_call(exchange, call):
    """Tags and Call-ID are not enough to know: guessing them must not hit."""
    caller, callee = call
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((LOCAL, 0))
        out.settimeout(2)
        call_id = os.urandom(6).hex()
        out.sendto("\r\n".join([
            "BYE sip:101@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{out.getsockname()[1]};branch=z9hG4bK{call_id}",
            "From: <sip:100@127.0.0.1>;tag=a", "To: <sip:101@127.0.0.1>;tag=b",
            f"Call-ID: {call_id}", "CSeq: 1 BYE", "Max-Forwards: 70", "Content-Length: 0", "", "",
        ]).encode(), (LOCAL, exchange.udp))
        assert out.recv(4096).startswith(b"SIP/2.0 481 ")
    time.sleep(3.5)
    end_and_judge(caller, callee)


def test_400_silent_connections_do_not_shut_anybody_out(exchange, phones):
    held = []
    try:
        for _ in range(400):
            held.append(socket.create_connection((LOCAL, exchange.tcp), 2))
        for transport in ("tcp", "tls", "udp"):
            phones(PJSUA, 102, transport).close()
    finally:
        for one in held:
            one.close()
