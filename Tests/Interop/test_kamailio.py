"""kamailio as the provider of a trunk: calls out and in, and by the second when the first is dead."""

from __future__ import annotations

import threading
import subprocess
import time
from collections.abc import Iterator

import pytest

from drivers.kamailio import PASSWORD, Kamailio
from drivers.phone import end_program
from drivers.pjsua import PJSUA
from exchange import LOCAL, Exchange, program
from ports import free_port
from test_calls import CALLEE_TONE, CALLER_TONE, connect
from test_trunks import trunk, wait_phase

OUTSIDE = 250


class Follower:
    """`pbxctl events --follow`, line by line."""

    def __init__(self, exchange: Exchange) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._program = subprocess.Popen(
            [program("pbxctl", "PBXCTL"), "--config", str(exchange.file), "events", "--follow"],
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._program.stdout
        for line in self._program.stdout:
            with self._changed:
                self.lines.append(line.rstrip())
                self._changed.notify_all()

    def wait(self, *words: str, timeout: float = 30) -> str:
        def found() -> str | None:
            return next((line for line in self.lines if all(w in line for w in words)), None)
        with self._changed:
            assert self._changed.wait_for(found, timeout), f"no {words} in {self.lines}"
            return found() or ""

    def close(self) -> None:
        end_program(self._program)


@pytest.fixture
def providers(exchange: Exchange, tmp_path) -> Iterator[list[Kamailio]]:
    """Two of them; the trunks `one` and `two` are signed in there as 4300, and take calls to 2…."""
    made = [Kamailio(tmp_path / name, free_port()).start() for name in ("one", "two")]
    names = ("one", "two")
    try:
        for name, provider in zip(names, made):
            exchange.ctl(
                "trunk", "add", name, f"{LOCAL}:{provider.port}", "--register", "--line", "4300",
                "--password", PASSWORD, "--did", "4300=100", "--probe", "10")
        exchange.ctl("route", "add", "2", "--trunks", "one,two")
        for name in names:
            wait_phase(exchange, name, "registered")
        yield made
    finally:
        exchange.ctl("route", "remove", "2")
        for name in names:
            exchange.ctl("trunk", "remove", name)
        for provider in made:
            provider.stop()


@pytest.fixture
def outside(providers, tmp_path, tones) -> Iterator[list[PJSUA]]:
    made = []
    for index, provider in enumerate(providers):
        phone = PJSUA(provider.line(OUTSIDE), tmp_path / f"outside-{index}",
                      play=tones(CALLEE_TONE))
        made.append(phone)
        assert phone.register() == 200
    yield made
    for phone in made:
        phone.close()


def talk(caller, callee, caller_hertz, callee_hertz):
    caller.wait_hearing(callee_hertz)
    callee.wait_hearing(caller_hertz)
    caller.hang_up()
    callee.wait_ended()


def test_calls_leave_and_come(exchange, outside, phones, tones):
    inside = phones(PJSUA, 100, play=tones(CALLER_TONE))
    connect(inside, outside[0])
    assert trunk(exchange, "one")["calls"] == 1
    talk(inside, outside[0], CALLER_TONE, CALLEE_TONE)
    outside[0].call("4300")
    inside.wait_ringing()
    inside.answer()
    outside[0].wait_answered()
    talk(outside[0], inside, CALLEE_TONE, CALLER_TONE)
    record = exchange.last_call()
    assert (record["kind"], record["caller"]) == ("incoming", str(OUTSIDE))
    exchange.wait_calls(0)
    assert trunk(exchange, "one")["calls"] == 0


def test_the_second_takes_over_and_the_first_comes_back(
    exchange, providers, outside, phones, tones,
):
    events = Follower(exchange)
    try:
        events.wait("trunk one: registered", timeout=10)
        inside = phones(PJSUA, 101, play=tones(CALLER_TONE))
        providers[0].stop()
        # At once, before anybody has noticed: the call itself finds out.
        connect(inside, outside[1])
        talk(inside, outside[1], CALLER_TONE, CALLEE_TONE)
        events.wait("trunk one: unavailable", timeout=60)
        connect(inside, outside[1])
        talk(inside, outside[1], CALLER_TONE, CALLEE_TONE)
        providers[0].start()
        events.wait("trunk one: back, registered", timeout=90)
        assert outside[0].register() == 200
        connect(inside, outside[0])
        talk(inside, outside[0], CALLER_TONE, CALLEE_TONE)
        exchange.wait_calls(0)
    finally:
        events.close()
