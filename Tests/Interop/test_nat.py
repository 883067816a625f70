"""Phones behind address translation: what they say of themselves is wrong, and it works (OV-3)."""

from __future__ import annotations

import os
import socket
import struct
import time

import audio
from drivers.natbox import NATBox
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import Wire, media_of, offer
from test_calls import connect

PRIVATE = "192.0.2.7"  # RFC 5737: nobody is there
CALLER_TONE, CALLEE_TONE = 440, 620


def test_a_response_goes_where_the_request_came_from(exchange):
    """RFC 3581: received and rport, whatever the Via says."""
    with Wire(exchange.line(100), via=f"{PRIVATE}:5060") as wire:
        wire.send(wire.request("OPTIONS", f"sip:{wire.realm_host}"))
        answer = wire.wait(range(200, 700))
        via = answer["via"] or ""
        assert f"rport={wire.port}" in via and "received=127.0.0.1" in via, via


def test_a_call_reaches_a_phone_whose_contact_nobody_can_reach(exchange, phones, tones):
    caller = phones(PJSUA, 101, play=tones(CALLER_TONE))
    lost = f"<sip:102@{PRIVATE}:5060>"
    with Wire(exchange.line(102), via=f"{PRIVATE}:5060", contact=lost) as wire:
        assert wire.register().status == 200
        caller.call("102")
        invite = wire.wait("INVITE")
        stream = RTPStream()
        # Its SDP, too, names the private address.
        wire.respond(invite, 200, "OK", body=offer(49170, PRIVATE),
                     fields=("Content-Type: application/sdp",))
        wire.wait("ACK")
        caller.wait_answered()
        stream.start(media_of(invite.body), CALLEE_TONE)
        time.sleep(2.5)
        caller.ask("hangup", call=caller._call)
        wire.respond(wire.wait("BYE"), 200, "OK")
        caller.wait_ended()
        stream.stop()
        wire.register(expires=0)
    audio.assert_heard(caller.recording(), CALLEE_TONE)
    assert len(stream.received) > 50, "the phone behind NAT hears nothing"


def test_a_phone_behind_a_changed_port_is_reached_at_the_new_one(exchange, phones, tones):
    """The box forgets its mapping; the phone registers again and is called by the new one."""
    caller = phones(PJSUA, 103, play=tones(CALLER_TONE))
    with NATBox((exchange.line(104).host, exchange.udp)) as box:
        callee = phones(PJSUA, 104, proxy=box.inside, play=tones(CALLEE_TONE))
        connect(caller, callee)
        caller.hang_up()
        callee.wait_ended()
        old = box.outside
        box.forget()
        assert box.outside != old
        assert callee.register() == 200
        connect(caller, callee)
        time.sleep(2)
        caller.hang_up()
        callee.wait_ended()
        assert box.inward > 0
        audio.assert_heard(caller.recording(), CALLEE_TONE)
        audio.assert_heard(callee.recording(), CALLER_TONE)
        callee.close()


def test_keep_alives_are_answered(exchange):
    """CRLF pings over TCP (RFC 5626 §3.5.1) and STUN over UDP (§3.5.2)."""
    with socket.create_connection(("127.0.0.1", exchange.tcp), 5) as stream:
        stream.sendall(b"\r\n\r\n")
        stream.settimeout(3)
        assert stream.recv(16) == b"\r\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(3)
        datagrams.bind(("127.0.0.1", 0))
        cookie, transaction = 0x2112A442, os.urandom(12)
        request = struct.pack(">HHI", 1, 0, cookie) + transaction
        datagrams.sendto(request, ("127.0.0.1", exchange.udp))
        answer = datagrams.recv(2048)
        kind, _, got_cookie = struct.unpack(">HHI", answer[:8])
        assert (kind, got_cookie, answer[8:20]) == (0x0101, cookie, transaction)
        mapped = answer.find(struct.pack(">HHBB", 0x0020, 8, 0, 1))
        assert mapped > 0, "no XOR-MAPPED-ADDRESS"
        port = struct.unpack(">H", answer[mapped + 6:mapped + 8])[0] ^ (cookie >> 16)
        assert port == datagrams.getsockname()[1]
        datagrams.sendto(b"\r\n\r\n", ("127.0.0.1", exchange.udp))
