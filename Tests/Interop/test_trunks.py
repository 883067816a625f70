"""Calls by trunk: to a second exchange, static and registering, and by the next when one is dead."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
import pytest

import audio
from drivers.fax import FaxMachine
from drivers.pjsua import PJSUA
from drivers.tiff import WIDTH, read_pages, write_pages
from exchange import DOMAIN, LOCAL, Exchange, extensions
from ports import free_port
from test_calls import CALLEE_TONE, CALLER_TONE, TALK, assert_they_heard_each_other, connect

FAR_DOMAIN = "far.test"


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """A second pbxd, with extensions 200 to 209 and what `amend` wants."""
    people = extensions(10, first=200) + extensions(2, first=128)
    made = Exchange(tmp_path_factory.mktemp("far"), people)
    made.settings["domain"] = FAR_DOMAIN
    made.settings["recordings"] = {"keep-free": 0}
    first = 60000
    made.settings["media"]["ports"] = f"{first}-{first + 399}"
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


def trunk(exchange: Exchange, name: str) -> dict:
    return json.loads(exchange.ctl("--json", "trunk", "show", name))[0]


def wait_phase(exchange: Exchange, name: str, phase: str, timeout: float = 20) -> dict:
    deadline = time.monotonic() + timeout
    while (now := trunk(exchange, name)).get("phase") != phase:
        assert time.monotonic() < deadline, f"want {phase}: {now}"
        time.sleep(0.2)
    return now


def join(exchange: Exchange, far: Exchange) -> None:
    exchange.ctl("trunk", "add", "far", f"{LOCAL}:{far.udp}", "--extensions",
                 "--caller-id", "extension")
    far.ctl("trunk", "add", "near", f"{LOCAL}:{exchange.udp}", "--extensions",
            "--caller-id", "extension")
    exchange.ctl("route", "add", "2", "--trunks", "far")
    far.ctl("route", "add", "1", "--trunks", "near")
    wait_phase(exchange, "far", "reachable")
    wait_phase(far, "near", "reachable")


@pytest.fixture(scope="module")
def joined(exchange: Exchange, far: Exchange) -> Exchange:
    join(exchange, far)
    return far


def far_phone(far: Exchange, number: int, folder, play) -> PJSUA:
    phone = PJSUA(far.line(number), folder / f"far-{number}", play=play)
    assert phone.register() == 200
    return phone


def test_two_exchanges_hear_each_other_both_ways(exchange, joined, phones, tones, tmp_path):
    near = phones(PJSUA, 100, play=tones(CALLER_TONE))
    other = far_phone(joined, 200, tmp_path, tones(CALLEE_TONE))
    try:
        connect(near, other)
        time.sleep(TALK)
        near.hang_up()
        other.wait_ended()
        assert_they_heard_each_other(near, other)
        assert exchange.last_call()["kind"] == "outgoing"
        record = joined.last_call()
        assert (record["kind"], record["caller"], record["callee"]) == ("incoming", "100", "200")
        exchange.wait_calls(0)
        assert trunk(exchange, "far")["calls"] == 0
        assert trunk(joined, "near")["calls"] == 0
    finally:
        other.close()


def test_a_fax_by_T38_crosses_both_exchanges(exchange, joined, tmp_path):
    """The far one asks for T.38, the near one passes that on, and relays."""
    joined.ctl("extension", "set", "205", "--fax", "on")
    sender = FaxMachine(exchange.line(110), takes_image=True)
    page = np.random.default_rng(5).random((300, WIDTH)) < 0.05
    try:
        machine, dialog = sender.send("205", write_pages(tmp_path / "sent.tif", [page]))
        assert machine.is_image and machine.confirmed == 1 and sender.strangers == 0
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
    finally:
        sender.close()
    record = joined.last_call()
    assert (record["kind"], record["caller"], record["callee"]) == ("incoming", "110", "205")
    fax = json.loads(joined.ctl("--json", "fax", "show", record["call_id"]))
    assert fax["isComplete"] and fax["carriedBy"] == "T.38" and fax["number"] == "205"
    found = read_pages(joined.data / "recordings" / fax["file"])[0]
    assert (found[:len(page)] == page).all()
    exchange.wait_calls(0)


def test_a_dead_trunk_is_followed_by_the_next(exchange, joined, phones, tones, tmp_path):
    exchange.ctl("trunk", "add", "dead", f"{LOCAL}:{free_port()}")
    exchange.ctl("route", "set", "2", "--trunks", "dead,far")
    near = phones(PJSUA, 101, play=tones(CALLER_TONE))
    other = far_phone(joined, 201, tmp_path, tones(CALLEE_TONE))
    try:
        connect(near, other)
        time.sleep(TALK)
        other.hang_up()
        near.wait_ended()
        audio.assert_heard(near.recording(), CALLEE_TONE)
    finally:
        other.close()
        exchange.ctl("route", "set", "2", "--trunks", "far")


def test_a_trunk_signs_in_and_comes_back_after_an_outage(exchange, far):
    person = far.people["209"]
    exchange.ctl("trunk", "add", "line", f"{LOCAL}:{far.udp}", "--register", "--line", "209",
                 "--password", person.password, "--probe", "10")
    # Extensions belong to a domain: the registrar's is not its address.
    shown = wait_phase(exchange, "line", "registered")
    assert person.password not in json.dumps(shown)
    assert len(far.registrations(209)) == 1
    far.stop()
    far.start()
    wait_phase(exchange, "line", "registered", timeout=90)
    exchange.ctl("trunk", "remove", "line")
    deadline = time.monotonic() + 10
    while far.registrations(209):
        assert time.monotonic() < deadline, "it has not signed out"
        time.sleep(0.2)
    assert person.password not in (exchange.folder / "pbxd.log").read_text()
