"""The exchange is asked to end while people talk: they may finish, and nobody begins."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from drivers.pjsua import PJSUA
from exchange import Exchange
from test_calls import CALLEE_TONE, CALLER_TONE, connect


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One that waits for its calls, and is ended by the test."""
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["calls"] = {"drain": 30}
    made.configure()
    made.start()
    yield made
    if made.is_alive():
        made.signal(signal.SIGTERM)  # The first lets people finish, the second does not.
    made.stop()


@pytest.fixture(autouse=True)
def nothing_is_left() -> None:
    """Here the daemon is meant to end."""


def end_of(exchange: Exchange, within: float) -> int | None:
    deadline = time.monotonic() + within
    while exchange.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    return None if exchange.is_alive() else exchange.stop()


def test_who_talks_may_finish_and_nobody_begins(exchange, phones, tones):
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 101, play=tones(CALLEE_TONE))
    late = phones(PJSUA, 102)
    connect(caller, callee)
    exchange.signal(signal.SIGTERM)
    time.sleep(0.5)
    late.call("103")
    assert late.ended_with() == 503
    before = caller.heard(CALLEE_TONE), callee.heard(CALLER_TONE)
    time.sleep(2)
    assert caller.heard(CALLEE_TONE) - before[0] > 1.5
    assert callee.heard(CALLER_TONE) - before[1] > 1.5
    assert exchange.is_alive()
    caller.hang_up()
    callee.wait_ended()
    assert end_of(exchange, within=5) == 0
    assert exchange.rows('SELECT * FROM "call" WHERE ended_at IS NULL') == []


def test_a_second_signal_hangs_up_at_once(exchange, phones, tones):
    caller = phones(PJSUA, 104, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 105, play=tones(CALLEE_TONE))
    connect(caller, callee)
    exchange.signal(signal.SIGTERM)
    time.sleep(1)
    assert exchange.is_alive()
    exchange.signal(signal.SIGTERM)
    caller.wait_ended()
    callee.wait_ended()
    assert end_of(exchange, within=5) == 0
    assert exchange.rows('SELECT * FROM "call" WHERE ended_at IS NULL') == []
