"""A phone behind a router of each kind: Linux's own translation, in networks made by the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers import netns
from drivers.baresip import Baresip
from drivers.phone import Line
from exchange import Exchange
from test_calls import CALLEE_TONE, CALLER_TONE, connect

PORT = 5060

pytestmark = pytest.mark.skipif(
    not netns.can_be_made(), reason="makes network namespaces: root and nft are needed")


@pytest.fixture(params=netns.KINDS)
def office(request: pytest.FixtureRequest) -> Iterator[netns.Office]:
    made = netns.Office(request.param)
    yield made
    made.close()


@pytest.fixture
def exchange(office: netns.Office, tmp_path) -> Iterator[Exchange]:
    made = Exchange(tmp_path / "exchange")
    made.settings["sip"] = {kind: f"{netns.EXCHANGE}:{PORT}" for kind in ("udp", "tcp")}
    made.settings["media"]["address"] = netns.EXCHANGE
    made.configure()
    with office.inside("exchange"):
        made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


@pytest.fixture
def pair(exchange, office, tmp_path, tones) -> Iterator[list[Baresip]]:
    """A phone behind the router, and one beside the exchange."""
    made = []
    for role, number, address, hertz in (
            ("phone", "100", netns.PHONE, CALLER_TONE),
            ("exchange", "101", netns.EXCHANGE, CALLEE_TONE)):
        line = Line(number, exchange.people[number].password, netns.EXCHANGE, PORT)
        with office.inside(role):
            made.append(Baresip(line, tmp_path / number, play=tones(hertz), address=address))
        assert made[-1].register() == 200
    yield made
    for phone in made:
        phone.close()


def test_calls_from_and_to_a_phone_behind_a_router_are_heard(exchange, office, pair):
    hidden, other = pair
    contact = exchange.registrations(100)[0]
    assert netns.ROUTER in str(contact), contact
    for caller, callee in ((hidden, other), (other, hidden)):
        connect(caller, callee)
        hidden.wait_hearing(CALLEE_TONE)
        other.wait_hearing(CALLER_TONE)
        caller.hang_up()
        callee.wait_ended()
    exchange.wait_calls(0)
