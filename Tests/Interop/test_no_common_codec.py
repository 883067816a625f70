"""Transfers to whom, or to what, the party that waits shares no codec with: said by hand, since no
phone that can be had here speaks G.729 alone. The exchange relays that, and speaks it not itself."""

from __future__ import annotations

import time

import pytest

from drivers.wire import Message, Wire, offer
from test_sessions import SDP, Caller, Callee

TARGETS = {"the echo": "*80", "a conference": "700*881", "somebody": "112"}


def only_g729(port: int, version: int = 1) -> bytes:
    return (offer(port).replace(b" 8 101", b" 18 101").replace(b"8 PCMA", b"18 G729")
            .replace(b"o=- 1 1", b"o=- 1 %d" % version))


class Three:
    """A caller and a callee that talk by G.729, and somebody who has A-law."""

    def __init__(self, caller: Wire, callee: Wire, target: Wire) -> None:
        self.caller, self.callee, self.target = caller, callee, target
        self.here = Caller(caller, int(callee.line.number))
        self.here.invite(body=only_g729(4000))
        self.there = Callee(callee, callee.wait("INVITE"))
        self.there.respond(200, body=only_g729(4002))
        self.here.take(self.here.final("INVITE"))
        assert self.here.answer and b"G729" in self.here.answer.body
        self.here.acknowledge()
        callee.wait("ACK")

    def refer(self, to: str) -> None:
        self.here.within("REFER", f"Refer-To: <sip:{to}@{self.caller.realm_host}>")
        assert self.here.final("REFER").status == 202

    def answer_target(self) -> Callee:
        there = Callee(self.target, self.target.wait("INVITE"))
        assert b"PCMA" in there.invite.body and b"G729" in there.invite.body
        there.respond(200, body=offer(4004))
        self.target.wait("ACK")
        return there

    def news(self) -> list[int]:
        """What the transferor is told, to the last."""
        statuses: list[int] = []
        while not statuses or statuses[-1] < 200:
            notify = self.caller.wait("NOTIFY")
            self.caller.respond(notify, 200, "OK")
            statuses.append(int(notify.body.split()[1]))
        return statuses

    def asked_anew(self) -> Message:
        """The re-INVITE of the party that waits: with what the exchange, or the target, speaks."""
        asked = self.callee.wait("INVITE")
        assert b"PCMA" in asked.body
        return asked


@pytest.fixture
def three(exchange):
    with Wire(exchange.line(110)) as caller, Wire(exchange.line(111)) as callee, \
            Wire(exchange.line(112)) as target:
        assert callee.register().status == target.register().status == 200
        yield Three(caller, callee, target)
        callee.register(expires=0)
        target.register(expires=0)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_who_shares_no_codec_with_where_it_is_sent_stays_with_the_transferor(three, target):
    three.refer(target)
    rung = three.answer_target() if target == "112" else None
    three.callee.respond(three.asked_anew(), 488, "Not Acceptable Here")
    three.callee.wait("ACK")
    assert three.news()[-1] == 488
    if rung:
        rung.end()
    # They talk on, by what they had.
    time.sleep(0.5)
    three.here.within("INVITE", body=only_g729(4000, 2))
    again = three.callee.wait("INVITE")
    assert b"G729" in again.body
    three.callee.respond(again, 200, "OK", body=only_g729(4002, 2), fields=SDP)
    three.callee.wait("ACK")
    final = three.here.final("INVITE")
    assert final.status == 200 and b"G729" in final.body
    three.here.take(final)
    three.here.acknowledge()
    three.here.hang_up()
    three.there.end()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_who_takes_another_codec_then_goes_where_it_is_sent(three, target):
    three.refer(target)
    rung = three.answer_target() if target == "112" else None
    three.callee.respond(three.asked_anew(), 200, "OK", body=offer(4002), fields=SDP)
    three.callee.wait("ACK")
    assert three.news()[-1] == 200
    three.caller.respond(three.caller.wait("BYE"), 200, "OK")
    # It may be offered the same once more.
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            asked = three.callee.wait("INVITE", 0.3)
        except AssertionError:
            continue
        three.callee.respond(asked, 200, "OK", body=offer(4002), fields=SDP)
    three.there.within("BYE")
    assert three.callee.wait(range(200, 700)).status == 200
    if rung:
        rung.end()


def test_a_target_that_hangs_up_before_there_is_a_codec_fails_the_transfer(three):
    three.refer("112")
    rung = three.answer_target()
    asked = three.asked_anew()
    rung.within("BYE")
    assert three.target.wait(range(200, 700)).status == 200
    assert three.news()[-1] == 480
    three.callee.respond(asked, 488, "Not Acceptable Here")
    three.here.hang_up()
    three.there.end()
