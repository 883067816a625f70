"""Pickup, take-over and parking by real phones: INVITE with Replaces (RFC 3891), *20*, *0n, *1n."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from conftest import MAKES
from drivers.pjsua import PJSUA
from drivers.wire import Message, Wire, offer
from exchange import Exchange
from test_calls import connect
from test_hold_and_digits import assert_hears_nothing
from test_lamps import DIALOG, Watcher, document, phases

CALLER, CALLEE, TAKER = 440, 620, 850
RECALL = 6


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["calls"]["park-return"] = RECALL
    made.configure()
    made.ctl("extension", "set", "120", "--group", "Sales")
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


@pytest.fixture
def three(phones, tones):
    numbers = (100, CALLER), (101, CALLEE), (102, TAKER)
    return [phones(PJSUA, number, play=tones(hertz)) for number, hertz in numbers]


def assert_they_talk(caller, taker):
    caller.wait_hearing(TAKER)
    taker.wait_hearing(CALLER)


def end(one, *others):
    one.hang_up()
    for other in others:
        other.wait_ended()


def replaces(invite: Message) -> dict[str, str]:
    """Names the dialog in which a phone of few lines got that INVITE."""
    tag = re.search(r"tag=([^;>]+)", invite["from"] or "")
    assert tag
    return {"Replaces": f"{invite['call-id']};to-tag={tag.group(1)};from-tag=wire"}


def cancelled(callee: Wire, invite: Message) -> None:
    cancel = callee.wait("CANCEL")
    assert "cause=200" in (cancel["reason"] or "")
    callee.respond(cancel, 200, "OK")
    callee.respond(invite, 487, "Request Terminated")
    callee.wait("ACK")


# Pickup by code


@pytest.mark.parametrize("code", ["*20*", "*20*101"])
def test_a_ringing_call_is_picked_up(exchange, three, code):
    caller, callee, taker = three
    caller.call(callee.number)
    callee.wait_ringing()
    caller.wait_ringback()
    taker.call(code)
    taker.wait_answered()
    caller.wait_answered()
    callee.wait_ended()
    assert_they_talk(caller, taker)
    end(caller, taker)
    assert "pickedUp" in [
        row["kind"] for row in exchange.rows("SELECT kind FROM call_event")]


@pytest.mark.parametrize("make", MAKES)
def test_phones_of_every_make_pick_up(exchange, phones, tones, make):
    caller = phones(PJSUA, 103, play=tones(CALLER))
    callee = phones(PJSUA, 104)
    taker = phones(MAKES[make], 105, play=tones(TAKER))
    caller.call(callee.number)
    callee.wait_ringing()
    taker.call("*20*104")
    taker.wait_answered()
    caller.wait_answered()
    callee.wait_ended()
    assert_they_talk(caller, taker)
    end(taker, caller)


def test_a_transfer_that_rings_is_picked_up(exchange, three, phones, tones):
    caller, callee, taker = three
    target = phones(PJSUA, 106)
    connect(caller, callee)
    callee.transfer(target.number)
    target.wait_ringing()
    taker.call("*20*106")
    taker.wait_answered()
    assert callee.wait_transferred() == 200
    target.wait_ended()
    assert_they_talk(caller, taker)
    end(taker, caller)


def test_nothing_to_pick_up_is_not_found_and_other_groups_are_out_of_reach(exchange, phones):
    taker = phones(PJSUA, 107)
    for code, status in (("*20*", 404), ("*20*101", 481), ("*20*999", 404), ("*20*120", 403),
                         ("*13", 404), ("*03", 403)):
        taker.call(code)
        assert taker.ended_with() in (status, 404), code
    caller, callee = phones(PJSUA, 108), phones(PJSUA, 120)
    caller.call(callee.number)
    callee.wait_ringing()
    taker.call("*20*120")
    assert taker.ended_with() == 403
    taker.call("*20*")
    assert taker.ended_with() == 404
    end(caller, callee)


# INVITE with Replaces


def test_an_early_dialog_is_replaced(exchange, phones, tones):
    caller, taker = phones(PJSUA, 100, play=tones(CALLER)), phones(
        PJSUA, 102, play=tones(TAKER))
    with Wire(exchange.line(111)) as callee:
        assert callee.register().status == 200
        caller.call("111")
        invite = callee.wait("INVITE")
        callee.respond(invite, 180, "Ringing")
        caller.wait_ringback()
        taker.call("111", headers=replaces(invite))
        cancelled(callee, invite)
        taker.wait_answered()
        caller.wait_answered()
        assert_they_talk(caller, taker)
        end(caller, taker)
        callee.register(expires=0)


def test_an_answered_call_is_taken_over_and_early_only_is_busy(exchange, phones, tones):
    caller, taker = phones(PJSUA, 100, play=tones(CALLER)), phones(
        PJSUA, 102, play=tones(TAKER))
    stranger = phones(PJSUA, 120)
    with Wire(exchange.line(112)) as callee:
        assert callee.register().status == 200
        caller.call("112")
        invite = callee.wait("INVITE")
        callee.respond(invite, 200, "OK", body=offer(4002),
                       fields=("Content-Type: application/sdp",))
        callee.wait("ACK")
        caller.wait_answered()
        name = replaces(invite)
        taker.call("112", headers={"Replaces": name["Replaces"] + ";early-only"})
        assert taker.ended_with() == 486
        stranger.call("112", headers=name)
        assert stranger.ended_with() == 403
        taker.call("112", headers={"Replaces": "nobody@nowhere;to-tag=1;from-tag=2"})
        assert taker.ended_with() == 481
        taker.call("112", headers=name)
        callee.respond(callee.wait("BYE"), 200, "OK")
        taker.wait_answered()
        assert_they_talk(caller, taker)
        end(taker, caller)
        callee.register(expires=0)


def named_in(notify: Message) -> dict[str, str]:
    """Names the only dialog that a lamp shows, as RFC 4235 has it: local is the watched phone."""
    dialog = document(notify)[0]
    return {"Replaces": f"{dialog.attrib['call-id']};to-tag={dialog.attrib['local-tag']}"
                        f";from-tag={dialog.attrib['remote-tag']}"}


@pytest.mark.parametrize("phase", ["early", "confirmed"])
def test_a_lamp_names_the_dialog_so_that_its_key_takes_the_call(exchange, three, phase):
    caller, callee, taker = three
    with Wire(exchange.line(110)) as same_group, Wire(exchange.line(120)) as other_group:
        lamp, blind = Watcher(same_group, "dialog", "101"), Watcher(other_group, "dialog", "101")
        for each in (lamp, blind):
            assert each.subscribe().status == 200
            each.notify()
        caller.call(callee.number)
        callee.wait_ringing()
        if phase == "confirmed":
            callee.answer()
            caller.wait_answered()
        lit, seen = (each.until(lambda notify: phases(notify) == [phase])
                     for each in (lamp, blind))
        assert "call-id" not in document(seen)[0].attrib, "who may not take it gets no name"
        taker.call(callee.number, headers=named_in(lit))
        taker.wait_answered()
        caller.wait_answered()
        callee.wait_ended()
        assert_they_talk(caller, taker)
        lamp.until(lambda notify: phases(notify) == ["terminated"])
        end(caller, taker)
        for each in (lamp, blind):
            each.subscribe(0)


# Parking


def parked(caller, callee, slot=0):
    connect(caller, callee)
    callee.transfer(f"*0{slot}")
    assert callee.wait_transferred() == 200
    callee.wait_ended()


def test_a_call_is_parked_hears_music_and_is_fetched_by_another_phone(exchange, three):
    caller, callee, taker = three
    parked(caller, callee)
    assert_hears_nothing(caller, CALLEE)
    before = caller.packets_received()
    time.sleep(1)
    assert caller.packets_received() - before > 40, "no music"
    taker.call("*10")
    taker.wait_answered()
    assert_they_talk(caller, taker)
    end(taker, caller)
    assert [row["kind"] for row in exchange.rows(
        "SELECT kind FROM call_event WHERE kind IN ('parked', 'retrieved') ORDER BY event_id")
    ] == ["parked", "retrieved"]


@pytest.mark.parametrize("code", ["*04", "*14"])
def test_the_lamp_of_a_slot_lights_while_a_call_is_parked_there(exchange, three, code):
    caller, callee, taker = three
    with Wire(exchange.line(110)) as same_group, Wire(exchange.line(120)) as other_group:
        lamps = [Watcher(wire, "dialog", code) for wire in (same_group, other_group)]
        for lamp in lamps:
            assert lamp.subscribe().status == 200
            assert phases(lamp.notify()) == []
        parked(caller, callee, slot=4)
        lit = [lamp.until(lambda notify: phases(notify) == ["confirmed"]) for lamp in lamps]
        seen = [document(notify)[0].find(f"{DIALOG}remote/{DIALOG}identity") for notify in lit]
        assert seen[0] is not None and (seen[0].text or "").startswith("sip:100@")
        assert seen[1] is None, "who is parked is the group's affair"
        taker.call("*14")
        taker.wait_answered()
        for lamp in lamps:
            lamp.until(lambda notify: phases(notify) == ["terminated"])
        end(taker, caller)


def test_of_two_in_a_slot_the_one_of_that_parker_is_fetched(exchange, three, phones, tones):
    caller, callee, taker = three
    other, parker = phones(PJSUA, 113), phones(PJSUA, 114)
    parked(other, parker, 2)
    parked(caller, callee, 2)
    taker.call("*12101")
    taker.wait_answered()
    assert_they_talk(caller, taker)
    end(taker, caller)
    other.hang_up()
    taker.call("*12")
    assert taker.ended_with() == 404


def test_who_parked_is_rung_in_time_and_talks_again(exchange, three):
    caller, callee, _ = three
    parked(caller, callee, 1)
    began = time.monotonic()
    callee.wait_ringing(RECALL + 4)
    assert time.monotonic() - began > RECALL - 2
    callee.answer()
    callee.wait_answered()
    caller.wait_hearing(CALLEE)
    callee.wait_hearing(CALLER)
    end(callee, caller)


def test_while_the_parker_rings_another_phone_still_fetches(exchange, three):
    caller, callee, taker = three
    parked(caller, callee, 4)
    callee.wait_ringing(RECALL + 4)
    taker.call("*14")
    taker.wait_answered()
    callee.wait_ended()
    assert_they_talk(caller, taker)
    end(caller, taker)
