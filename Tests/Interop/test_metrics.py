"""The page of figures, as Prometheus reads it, says what is up, and nothing when all is over."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator

import pytest

from drivers.pjsua import PJSUA
from exchange import LOCAL, Exchange
from ports import free_port
from test_calls import connect

LINE = re.compile(r'strowger_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+')
# What must be watched: calls, registrations, transactions, packets and losses, backlogs, lateness.
WATCHED = {
    "calls": "gauge", "calls_begun_total": "counter", "calls_refused_total": "counter",
    "calls_refused_for_load_total": "counter", "extensions_registered": "gauge",
    "registers_total": "counter", "client_transactions": "gauge", "server_transactions": "gauge",
    "dialogs": "gauge", "media_packets_received_total": "counter",
    "media_packets_sent_total": "counter", "media_packets_lost_total": "counter",
    "media_lateness_seconds": "gauge", "mailbox_depth": "gauge",
    "mailbox_refused_total": "counter", "request_wait_seconds": "gauge", "bans": "gauge",
    "store_waiting": "gauge",
}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["metrics"] = f"{LOCAL}:{free_port()}"
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


def page(exchange: Exchange) -> tuple[dict[str, float], dict[str, str]]:
    """Each figure without labels, and what kind each name is."""
    with urllib.request.urlopen(f"http://{exchange.settings['metrics']}/metrics") as got:
        assert got.headers["Content-Type"].startswith("text/plain")
        lines = got.read().decode().splitlines()
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE ")}
    figures = [line for line in lines if line and not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in figures), figures
    assert {re.split(r"[ {]", line)[0] for line in figures} <= set(kinds)
    plain = {name: float(value) for name, value in (line.split() for line in figures
                                                   if "{" not in line)}
    return ({name.removeprefix("strowger_"): value for name, value in plain.items()},
            {name.removeprefix("strowger_"): kind for name, kind in kinds.items()})


def test_the_page_says_what_is_up_and_nothing_when_all_is_over(exchange, phones, tones):
    figures, kinds = page(exchange)
    assert {name: kinds.get(name) for name in WATCHED} == WATCHED
    assert figures["calls"] == figures["extensions_registered"] == 0
    caller, callee = (phones(PJSUA, number, play=tones(440)) for number in (100, 101))
    connect(caller, callee)
    time.sleep(1)
    figures, _ = page(exchange)
    assert (figures["calls"], figures["calls_begun_total"]) == (1, 1)
    assert figures["extensions_registered"] == 2 and figures["registers_total"] >= 2
    assert figures["dialogs"] == 2
    assert figures["media_packets_received_total"] > 40 < figures["media_packets_sent_total"]
    assert figures["request_wait_seconds"] < 5
    caller.hang_up()
    callee.wait_ended()
    for phone in (caller, callee):
        phone.close()
    exchange.wait_calls(0)
    deadline = time.monotonic() + 45  # 64·T1, for transactions that wait for what comes late
    rests = ("calls", "extensions_registered", "dialogs", "client_transactions",
             "server_transactions", "mailbox_depth", "store_waiting")
    while left := {name: page(exchange)[0][name] for name in rests if page(exchange)[0][name]}:
        assert time.monotonic() < deadline, left
        time.sleep(1)
