"""Several networks, IPv6, and a certificate that changes while people talk."""

from __future__ import annotations

import signal
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import audio
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import LOCAL_V6, Wire, media_of, offer
from exchange import Exchange
from ports import free_port
from test_calls import connect
from test_offers import SDP, call, contact_of, within

ADVERTISED = "192.0.2.77"  # RFC 5737: nobody is there


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Exchange]]:
    made: list[Exchange] = []

    def begin(**settings: Any) -> Exchange:
        exchange = Exchange(tmp_path_factory.mktemp("exchange"))
        exchange.settings.update(settings)
        exchange.configure()
        made.append(exchange.start())
        return exchange

    yield begin
    for exchange in made:
        assert exchange.stop() == 0
        assert exchange.errors == []


def test_phones_of_a_network_are_told_the_address_that_reaches_us(start):
    exchange = start(networks=[
        {"bind": "127.0.0.1", "advertise": ADVERTISED, "reach": ["127.0.0.0/8"]}])
    with Wire(exchange.line(100)) as caller, Wire(exchange.line(101)) as callee:
        assert callee.register().status == 200
        call(caller, 101, offer(4000))
        invite = callee.wait("INVITE")
        assert f"{ADVERTISED}:{exchange.udp}" in (invite["via"] or "")
        assert f"@{ADVERTISED}:{exchange.udp}" in contact_of(invite)
        assert media_of(invite.body)[0] == ADVERTISED
        callee.respond(invite, 200, "OK", body=offer(4002), fields=SDP)
        callee.wait("ACK")
        answer = caller.wait(range(200, 300))
        assert f"@{ADVERTISED}:{exchange.udp}" in contact_of(answer)
        assert media_of(answer.body)[0] == ADVERTISED
        caller.acknowledge(answer, contact_of(answer))
        caller.send(within(caller, answer, "BYE"))
        callee.respond(callee.wait("BYE"), 200, "OK")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine speaks no IPv6")
def test_a_call_over_ipv6_alone(start):
    port = free_port()
    exchange = start(sip={"udp": f"[{LOCAL_V6}]:{port}"},
                     media={"address": LOCAL_V6, "ports": "41000-41099"})

    def line(number: int) -> Any:
        plain = exchange.line(number, port=port)
        return type(plain)(plain.number, plain.password, f"[{LOCAL_V6}]", port, "udp", None)

    with Wire(line(100)) as caller, Wire(line(101)) as callee:
        assert callee.register().status == 200
        ours, theirs = RTPStream(address=LOCAL_V6), RTPStream(address=LOCAL_V6)
        call(caller, 101, offer(ours.port, LOCAL_V6))
        invite = callee.wait("INVITE")
        assert media_of(invite.body)[0] == LOCAL_V6
        callee.respond(invite, 200, "OK", body=offer(theirs.port, LOCAL_V6), fields=SDP)
        callee.wait("ACK")
        answer = caller.wait(range(200, 300))
        caller.acknowledge(answer, contact_of(answer))
        ours.start(media_of(answer.body), 440)
        theirs.start(media_of(invite.body), 620)
        time.sleep(1.5)
        caller.send(within(caller, answer, "BYE"))
        callee.respond(callee.wait("BYE"), 200, "OK")
        ours.stop()
        theirs.stop()
    assert len(ours.received) > 40 and len(theirs.received) > 40


def test_a_changed_certificate_is_shown_to_the_next_phone_and_no_call_is_dropped(
    start, tmp_path, tones,
):
    exchange = start()

    def certificate() -> str:
        return ssl.get_server_certificate(("127.0.0.1", exchange.tls))

    caller = PJSUA(exchange.line(100, "tls"), tmp_path / "caller", play=tones(440))
    callee = PJSUA(exchange.line(101, "tls"), tmp_path / "callee", play=tones(620))
    try:
        assert caller.register() == 200 and callee.register() == 200
        connect(caller, callee)
        before = certificate()
        for name in ("tls-certificate.pem", "tls-key.pem"):
            (exchange.data / name).unlink()
        exchange.signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while certificate() == before and time.monotonic() < deadline:
            time.sleep(0.1)
        assert certificate() != before
        time.sleep(2)
        assert len(exchange.wait_calls(1)) == 1
        caller.hang_up()
        callee.wait_ended()
        audio.assert_heard(caller.recording(), 620)
        audio.assert_heard(callee.recording(), 440)
    finally:
        caller.close()
        callee.close()
