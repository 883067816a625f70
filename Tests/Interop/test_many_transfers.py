"""A thousand transfers in a row by a script, and nothing is left of them."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Iterator

import pytest

from drivers.robot import Robot
from exchange import LOCAL, Exchange
from ports import free_port

ROUNDS = int(os.environ.get("INTEROP_SCRIPTED_TRANSFERS", "1000"))
# What counts things that live for a call; the longest of them, a transaction, lives 32 s.
LEVELS = ("calls", "dialogs", "subscriptions", "client_transactions", "server_transactions",
          "store_waiting", "mailbox_depth")
PATIENCE = 50


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    # Ports that were freed rest for some seconds: a thousand legs need a thousand pairs.
    made.settings["media"]["ports"] = "8000-11999"
    made.settings["metrics"] = f"{LOCAL}:{free_port()}"
    made.settings["log"] = {"level": "info"}
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


def figures(exchange: Exchange) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{exchange.settings['metrics']}/metrics") as page:
        lines = [line.split() for line in page.read().decode().splitlines()
                 if line and not line.startswith("#")]
    return {name.removeprefix("strowger_"): float(value) for name, value in lines}


def media_sockets(exchange: Exchange) -> int:
    """UDP sockets of the daemon within its range of audio ports."""
    first, last = (int(port) for port in exchange.settings["media"]["ports"].split("-"))
    with open("/proc/net/udp") as table:
        ports = [int(line.split()[1].rpartition(":")[2], 16) for line in list(table)[1:]]
    return sum(first <= port <= last for port in ports)


# A busy machine takes four times what a quiet one does.
@pytest.mark.timeout(300)
def test_a_thousand_transfers_in_a_row_leave_nothing(exchange):
    robots = [Robot(exchange.line(number)) for number in (100, 101, 102)]
    try:
        before = figures(exchange)
        assert media_sockets(exchange) == 0
        asker, other, target = robots
        dialog = asker.call(other.number)
        began = time.monotonic()
        for _ in range(ROUNDS):
            known = set(target.dialogs)
            asker.refer(dialog, target.number)
            new = target.newest(known)
            asker.wait(lambda: dialog.is_over, "BYE")
            assert "200" in dialog.news[-1], dialog.news
            asker.dialogs.pop(dialog.call)
            # Who has come sends the other one on, to who has just left.
            dialog = new
            asker, other, target = target, other, asker
        took = time.monotonic() - began
        print(f"{ROUNDS} transfers in {took:.1f} s")
        asker.hang_up(dialog)
        exchange.wait_calls(0)
        assert [robot.complaints for robot in robots] == [[], [], []]
        assert len(exchange.rows("SELECT 1 FROM call_event WHERE kind = 'transferred'")) == ROUNDS
        deadline = time.monotonic() + PATIENCE
        while left := {name: value for name, value in figures(exchange).items()
                       if name in LEVELS and value > before[name]}:
            assert time.monotonic() < deadline, f"left: {left}"
            time.sleep(1)
        assert media_sockets(exchange) == 0
    finally:
        for robot in robots:
            robot.close()
