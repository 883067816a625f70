"""Offers that come late or not at all, and hops that run out."""

from __future__ import annotations

import re
import time

import audio
from drivers.rtp import RTPStream
from drivers.wire import Message, Wire, credentials, media_of, offer

SDP = ("Content-Type: application/sdp",)
CALLER_TONE, CALLEE_TONE = 440, 620


def contact_of(message: Message) -> str:
    found = re.search(r"<([^>]+)>", message["contact"] or "")
    assert found, message.start
    return found.group(1)


def call(wire: Wire, number: int, body: bytes = b"", hops: int | None = None) -> str:
    """Sends an INVITE with credentials; the Call-ID."""
    uri, name = f"sip:{number}@{wire.realm_host}", f"offer-{number}-{wire.port}"
    wire.send(wire.request("INVITE", uri, to=uri, body=body, fields=SDP if body else (), call=name))
    refused = wire.wait(range(300, 700))
    wire.acknowledge(refused, uri)
    value = credentials(
        wire.choose(refused, None), "INVITE", uri, wire.line.number, wire.line.password)
    fields = (f"Authorization: {value}", *(SDP if body else ()))
    request = wire.request("INVITE", uri, to=uri, body=body, fields=fields, call=name)
    if hops is not None:
        request = request.replace(b"Max-Forwards: 70", f"Max-Forwards: {hops}".encode())
    wire.send(request)
    return name


def within(wire: Wire, answer: Message, method: str) -> bytes:
    """A request of the caller inside the dialog that a 2xx made."""
    tag = re.search(r"tag=([^;]+)", answer["to"] or "")
    assert tag
    return wire.request(method, contact_of(answer), to=f"sip:101@{wire.realm_host}",
                        call=answer["call-id"], tags=(wire._seed, tag.group(1)))


def test_an_invite_without_an_offer_gets_ours_in_the_200_and_both_hear_each_other(exchange):
    """RFC 3261 §13.2.1; the 183 with a description on the way must not use our one offer up."""
    with Wire(exchange.line(100)) as caller, Wire(exchange.line(101)) as callee:
        assert callee.register().status == 200
        call(caller, 101)
        invite = callee.wait("INVITE")
        assert b"m=audio" in invite.body
        ours, theirs = RTPStream(), RTPStream()
        callee.respond(invite, 183, "Session Progress", body=offer(theirs.port), fields=SDP)
        progress = caller.wait(range(180, 200))
        assert progress.body == b"", "an offer in a provisional response that is not reliable"
        callee.respond(invite, 200, "OK", body=offer(theirs.port), fields=SDP)
        callee.wait("ACK")
        answer = caller.wait(range(200, 300))
        caller.acknowledge(answer, contact_of(answer), offer(ours.port))
        ours.start(media_of(answer.body), CALLER_TONE)
        theirs.start(media_of(invite.body), CALLEE_TONE)
        time.sleep(2)

        caller.send(within(caller, answer, "INVITE"))
        again = caller.wait(range(200, 700))
        assert again.status == 200 and b"m=audio" in again.body, "a re-INVITE without an offer"
        caller.acknowledge(again, contact_of(again), offer(ours.port))
        time.sleep(1)
        caller.send(within(caller, answer, "BYE"))
        assert caller.wait(range(200, 700)).status == 200
        callee.respond(callee.wait("BYE"), 200, "OK")
        ours.stop()
        theirs.stop()
        callee.register(expires=0)
    for stream, count in ((ours, len(ours.received)), (theirs, len(theirs.received))):
        assert count > 100, f"{stream.port} heard {count} packets"


def test_an_invite_that_has_no_hop_left_is_not_passed_on(exchange):
    with Wire(exchange.line(102)) as caller, Wire(exchange.line(103)) as callee:
        assert callee.register().status == 200
        call(caller, 103, offer(4000), hops=0)
        final = caller.wait(range(300, 700))
        assert final.status == 483
        caller.acknowledge(final, f"sip:103@{caller.realm_host}")
        callee.register(expires=0)


def test_a_phone_that_refuses_what_it_is_offered_is_offered_g711_alone(exchange):
    """488 to opus and G.722 beside G.711: the next offer is plain, and taken; once, no more."""
    with Wire(exchange.line(104)) as caller, Wire(exchange.line(105)) as callee:
        assert callee.register().status == 200
        port = 40000
        call(caller, 105, offer(port))
        first = callee.wait("INVITE")
        assert b"G722" in first.body
        callee.respond(first, 488, "Not Acceptable Here")
        second = callee.wait("INVITE")
        assert second["call-id"] != first["call-id"]
        assert re.search(rb"m=audio \d+ RTP/AVP 8 0 101\r\n", second.body), second.body
        callee.respond(second, 200, "OK", body=offer(port + 2), fields=SDP)
        callee.wait("ACK")
        answer = caller.wait(range(200, 700))
        assert answer.status == 200
        caller.acknowledge(answer, contact_of(answer))
        caller.send(within(caller, answer, "BYE").replace(b"sip:101@", b"sip:105@"))
        assert caller.wait(range(200, 700)).status == 200
        callee.respond(callee.wait("BYE"), 200, "OK")

        call(caller, 105, offer(port))
        for _ in range(2):
            callee.respond(callee.wait("INVITE"), 488, "Not Acceptable Here")
        assert caller.wait(range(300, 700)).status == 488
        callee.register(expires=0)
