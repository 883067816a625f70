"""Somebody guesses passwords and floods from another address, while real phones work."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.pjsua import PJSUA
from drivers.wire import credentials
from exchange import Exchange
from test_calls import CALLEE_TONE, CALLER_TONE, assert_they_heard_each_other, connect

STRANGER, FLOODER, HOME = "127.0.0.66", "127.0.0.67", "127.0.0.68"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One that trusts nobody, not even this machine."""
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["abuse"] = {"allow": [], "ban": 6}
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0


class Stranger:
    """Sends REGISTERs from an address of its own."""

    def __init__(self, exchange: Exchange, address: str) -> None:
        self.far = ("127.0.0.1", exchange.udp)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(0.5)
        self.here = f"{address}:{self.socket.getsockname()[1]}"
        self.count = 0

    def request(self, number: str, authorization: str | None = None) -> bytes:
        self.count += 1
        lines = [
            "REGISTER sip:exchange.test SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK{os.urandom(8).hex()};rport",
            f"From: <sip:{number}@exchange.test>;tag=1", f"To: <sip:{number}@exchange.test>",
            f"Call-ID: {os.urandom(8).hex()}", f"CSeq: {self.count} REGISTER",
            f"Contact: <sip:{number}@{self.here}>", "Max-Forwards: 70", "Content-Length: 0"]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def ask(self, raw: bytes) -> str | None:
        self.socket.sendto(raw, self.far)
        try:
            return self.socket.recv(65_536).decode()
        except TimeoutError:
            return None

    def attempt(self, number: str, password: str) -> int | None:
        """One sign-in; the last status, None for silence."""
        challenge = self.ask(self.request(number))
        if challenge is None:
            return None
        value = re.search(r"WWW-Authenticate: (.*)\r", challenge)
        assert value, challenge
        signed = credentials(
            value.group(1), "REGISTER", "sip:exchange.test", number, password)
        answer = self.ask(self.request(number, signed))
        return int(answer.split()[1]) if answer else None


def bans(exchange: Exchange) -> dict[str, dict]:
    return {ban["source"]: ban for ban in json.loads(exchange.ctl("--json", "bans"))}


def test_a_guesser_is_banned_while_a_phone_registers_and_calls(exchange, phones, tones) -> None:
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 101, play=tones(CALLEE_TONE))
    guesser = Stranger(exchange, STRANGER)
    statuses = [guesser.attempt(str(102 + number % 5), f"guess {number}") for number in range(14)]
    assert statuses[:10] == [401] * 10
    assert statuses[10:] == [None] * 4
    assert guesser.attempt("102", exchange.people["102"].password) is None
    assert list(bans(exchange)) == [STRANGER]
    connect(caller, callee)
    time.sleep(3)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    assert caller.register() == 200
    exchange.ctl("bans", "lift", STRANGER)
    assert guesser.attempt("102", exchange.people["102"].password) == 200


def test_a_bad_phone_behind_the_same_address_waits_alone(exchange) -> None:
    home = Stranger(exchange, HOME)
    good = exchange.people["103"].password
    assert home.attempt("103", good) == 200
    bad = Stranger(exchange, HOME)
    statuses = [bad.attempt("104", "old password") for _ in range(30)]
    assert statuses[:4] == [401] * 4
    assert set(statuses[4:]) <= {401, 503} and 503 in statuses
    assert home.attempt("103", good) == 200
    assert Stranger(exchange, HOME).attempt("105", exchange.people["105"].password) == 200
    assert HOME not in bans(exchange)


def cpu_seconds(exchange: Exchange) -> float:
    fields = Path(f"/proc/{exchange._program.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_flood_costs_little_and_a_call_goes_on(exchange, phones, tones) -> None:
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 101, play=tones(CALLEE_TONE))
    connect(caller, callee)
    flooder = Stranger(exchange, FLOODER)
    raw = flooder.request("100")
    stop = threading.Event()
    sent = 0

    def flood() -> None:
        nonlocal sent
        while not stop.is_set():
            for _ in range(50):
                flooder.socket.sendto(raw, flooder.far)
            sent += 50
            time.sleep(0.005)

    thread = threading.Thread(target=flood)
    before, began = cpu_seconds(exchange), time.monotonic()
    thread.start()
    time.sleep(4)
    assert caller.register() == 200
    stop.set()
    thread.join()
    spent, lasted = cpu_seconds(exchange) - before, time.monotonic() - began
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    assert sent > 5000
    # The call's audio and a REGISTER are in it too: per datagram of the flood it is far less.
    print(f"{sent} datagrams in {lasted:.1f} s cost {spent:.2f} s of CPU")
    assert spent / sent < 60e-6
