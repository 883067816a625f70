"""kill -9 in the middle of 50 calls: nothing that was promised is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import audio
from drivers.pjsua import PJSUA
from drivers.sipp import Sipp
from drivers.wire import Wire, offer
from exchange import Exchange
from ports import free_port
from test_calls import connect
from test_sessions import Callee, Caller

CALLS = 50
CALLERS = range(110, 120)
CALLEE = 120


class Load:
    """50 calls between two sipps, through the exchange."""

    def __init__(self, exchange: Exchange, folder: Path, rate: int) -> None:
        line = exchange.line(CALLEE)
        port = free_port()
        with Wire(line, port=port) as registrar:
            assert registrar.register().status == 200
        self.callee = Sipp("callee", line, folder, port=port, calls=CALLS, timeout=90)
        accounts = folder / "accounts.csv"
        accounts.write_text("SEQUENTIAL\n" + "".join(
            f"{n};[authentication username={n} password={exchange.people[str(n)].password}]\n"
            for n in CALLERS))
        self.caller = Sipp("caller", exchange.line(CALLERS[0]), folder, calls=CALLS, rate=rate,
                           callee=str(CALLEE), accounts=accounts, milliseconds=60_000, timeout=90)

    def __enter__(self) -> "Load":
        self.callee.start()
        self.caller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.caller.close()
        self.callee.close()

    def answered(self) -> set[str]:
        """The Call-IDs of the calls that the callers saw answered."""
        return {str(m.field("Call-ID")) for m in self.caller.messages()
                if m.received and m.start.startswith("SIP/2.0 200")
                and str(m.field("CSeq")).endswith("INVITE")}


@pytest.fixture
def own_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.configure()
    made.start()
    yield made
    made.stop()
    assert made.errors == []


def assert_all_records_are_closed(exchange: Exchange) -> None:
    assert exchange.rows('SELECT * FROM "call" WHERE ended_at IS NULL') == []
    assert exchange.rows("SELECT * FROM call_leg WHERE ended_at IS NULL") == []
    twice = exchange.rows("SELECT call_id FROM call_event WHERE kind = 'ended'"
                          " GROUP BY call_id HAVING count(*) > 1")
    assert twice == [], "a call ended twice"


def test_kill_9_during_50_calls_and_a_restart_lose_nothing(own_exchange, tmp_path):
    exchange = own_exchange
    folder = tmp_path / "phones"
    wav = audio.tone(tmp_path / "440.wav", 440)
    back = audio.tone(tmp_path / "620.wav", 620)
    with PJSUA(exchange.line(100), folder / "a", play=wav) as caller, \
            PJSUA(exchange.line(101), folder / "b", play=back) as callee, \
            PJSUA(exchange.line(102, "tcp"), folder / "c") as over_tcp:
        assert [p.register() for p in (caller, callee, over_tcp)] == [200, 200, 200]
        for _ in range(3):  # three calls that ended in peace
            connect(caller, callee)
            caller.hang_up()
            callee.wait_ended()
        exchange.last_call()
        peaceful = exchange.history()
        assert len(peaceful) == 3
        with Load(exchange, tmp_path / "load", rate=25) as load:
            exchange.wait_calls(CALLS, timeout=20)
            deadline = time.monotonic() + 10
            while len(load.answered()) < CALLS and time.monotonic() < deadline:
                time.sleep(0.2)
            assert len(load.answered()) == CALLS, load.caller.trouble()
            before = {r["number"] if "number" in r else str(r) for r in exchange.registrations()}
            exchange.kill()
        exchange.start()

        history = exchange.history()
        assert history[:3] == peaceful, "a finished record changed"
        assert len(history) == 3 + CALLS
        crashed = history[3:]
        assert {row["end_reason"] for row in crashed} == {"exchangeRestarted"}
        assert all(row["started_at"] <= row["answered_at"] <= row["ended_at"] for row in crashed)
        assert_all_records_are_closed(exchange)
        assert exchange.calls() == []

        for number in (100, 101, CALLEE):
            assert len(exchange.registrations(number)) == 1, f"{number} lost its registration"
        assert exchange.registrations(102) == [], "its connection died with the daemon"
        assert len(before) >= 4

        connect(caller, callee)  # nobody registered again
        time.sleep(3)
        caller.hang_up()
        callee.wait_ended()
        audio.assert_heard(callee.recording(), 440)
        audio.assert_heard(caller.recording(), 620)
        assert over_tcp.register() == 200
        assert len(exchange.registrations(102)) == 1


def test_every_call_that_was_answered_before_a_kill_9_has_its_record(own_exchange, tmp_path):
    """Killed while calls are still being set up."""
    exchange = own_exchange
    with Load(exchange, tmp_path / "load", rate=40) as load:
        deadline = time.monotonic() + 20
        while len(load.answered()) < CALLS // 4:
            assert time.monotonic() < deadline, load.caller.trouble()
            time.sleep(0.02)
        exchange.kill()
        answered = load.answered()
    exchange.start()
    legs = exchange.rows("SELECT sip_call_id FROM call_leg WHERE role = 'caller'")
    recorded = {row["sip_call_id"] for row in legs}
    assert answered <= recorded, f"{len(answered - recorded)} of {len(answered)} have no record"
    assert_all_records_are_closed(exchange)


def test_a_callee_that_answers_at_once_is_in_the_records_when_the_caller_hears_it(own_exchange):
    """Killed when the caller has its 200: no person could be as quick."""
    exchange = own_exchange
    for _ in range(5):
        with Wire(exchange.line(100)) as caller, Wire(exchange.line(101)) as callee:
            assert caller.register().status == callee.register().status == 200
            here = Caller(caller, 101)
            here.invite(body=offer(4000))
            Callee(callee, callee.wait("INVITE")).respond(200, body=offer(4002))
            assert here.final("INVITE").status == 200
            exchange.kill()
        exchange.start()
        assert exchange.history()[-1]["end_reason"] == "exchangeRestarted"
        legs = exchange.rows("SELECT sip_call_id FROM call_leg WHERE role = 'caller'")
        assert here.name in {row["sip_call_id"] for row in legs}
    assert_all_records_are_closed(exchange)


def test_sigterm_ends_calls_in_order(own_exchange, tmp_path):
    exchange = own_exchange
    with PJSUA(exchange.line(100), tmp_path / "a") as caller, \
            PJSUA(exchange.line(101), tmp_path / "b") as callee:
        assert caller.register() == callee.register() == 200
        connect(caller, callee)
        assert exchange.stop() == 0
        caller.wait_ended()
        callee.wait_ended()
    record, = exchange.history()
    assert record["end_reason"] == "exchangeStopped"
    assert_all_records_are_closed(exchange)


def test_a_second_start_on_the_same_ports_is_refused_in_words(own_exchange, tmp_path):
    second = Exchange(tmp_path / "second")
    second.settings["sip"] = own_exchange.settings["sip"]
    second.configure()
    with pytest.raises(AssertionError) as refused:
        second.start()
    second.stop()
    said = str(refused.value).lower()
    assert "port" in said or "address" in said or "in use" in said, said
    assert own_exchange.is_alive()
