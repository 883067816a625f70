"""Hold and resume, and digits, pass across the exchange between makes."""

from __future__ import annotations

import time

import pytest

from conftest import MAKES, PAIRS
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.phone import Phone
from drivers.pjsua import PJSUA
from test_calls import connect

# Not among the notes of the melody that a held phone hears.
CALLER_TONE, CALLEE_TONE = 700, 620
MELODY = 262


def assert_hears_nothing(phone: Phone, hertz: int, seconds: float = 2) -> None:
    """The tone stops (what is on its way may still come) and stays away."""
    time.sleep(1)
    before = phone.heard(hertz)
    time.sleep(seconds)
    assert phone.heard(hertz) - before <= 0.2, f"{phone} still hears {hertz} Hz"


@pytest.mark.parametrize("holder_make", MAKES)
def test_hold_stops_the_sound_and_resume_brings_it_back(exchange, phones, tones, holder_make):
    """The caller is the one who is put on hold, and is told so."""
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    holder = phones(MAKES[holder_make], 101, play=tones(CALLEE_TONE))
    connect(caller, holder)
    holder.wait_hearing(CALLER_TONE)
    mark = caller.inbox.mark()
    holder.hold()
    caller.wait_held(since=mark)
    assert_hears_nothing(holder, CALLER_TONE)
    mark = caller.inbox.mark()
    holder.resume()
    caller.wait_resumed(since=mark)
    holder.wait_hearing(CALLER_TONE)
    caller.wait_hearing(CALLEE_TONE)
    holder.hang_up()
    caller.wait_ended()
    assert exchange.last_call()["end_reason"] == "calleeHungUp"


@pytest.mark.parametrize("held_make", MAKES)
def test_the_caller_holds_a_phone_of_every_make(exchange, phones, tones, held_make):
    holder = phones(PJSUA, 102, play=tones(CALLER_TONE))
    held = phones(MAKES[held_make], 103, play=tones(CALLEE_TONE))
    connect(holder, held)
    holder.wait_hearing(CALLEE_TONE)
    holder.hold()
    assert_hears_nothing(holder, CALLEE_TONE)
    assert_hears_nothing(held, CALLER_TONE)
    held.wait_hearing(MELODY)
    holder.resume()
    holder.wait_hearing(CALLEE_TONE)
    held.wait_hearing(CALLER_TONE)
    holder.hang_up()
    held.wait_ended()


def test_a_held_call_can_be_ended_by_either_side(exchange, phones):
    caller, callee = phones(PJSUA, 104), phones(PJSUA, 105)
    for holder, other in ((caller, callee), (callee, caller)):
        connect(caller, callee)
        holder.hold()
        other.wait_held()
        other.hang_up()
        holder.wait_ended()


def test_both_sides_hold_and_resume_in_turn(exchange, phones, tones):
    caller = phones(PJSUA, 106, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 107, play=tones(CALLEE_TONE))
    connect(caller, callee)
    mark = callee.inbox.mark()
    caller.hold()
    callee.wait_held(since=mark)
    callee.ask("hold", call=callee._call)
    time.sleep(1)
    caller.ask("resume", call=caller._call)
    time.sleep(1)
    callee.ask("resume", call=callee._call)
    caller.wait_hearing(CALLEE_TONE)
    callee.wait_hearing(CALLER_TONE)
    caller.hang_up()
    callee.wait_ended()


@pytest.mark.parametrize("caller_make, callee_make", PAIRS)
def test_digits_by_telephone_events_pass_across(
    exchange, phones, tones, caller_make, callee_make,
):
    caller = phones(MAKES[caller_make], 108, play=tones(CALLER_TONE))
    callee = phones(MAKES[callee_make], 109, play=tones(CALLEE_TONE))
    connect(caller, callee)
    time.sleep(0.5)  # both media paths are up
    caller.send_digits("159#")
    callee.send_digits("0*72")
    deadline = time.monotonic() + 8
    while (callee.digits(), caller.digits()) != ("159#", "0*72"):
        assert time.monotonic() < deadline, (
            f"{callee} got {callee.digits()!r}, {caller} got {caller.digits()!r}")
        time.sleep(0.1)
    time.sleep(0.7)
    assert (callee.digits(), caller.digits()) == ("159#", "0*72"), "digits came twice"
    caller.hang_up()
    callee.wait_ended()


def test_digits_by_info_pass_across(exchange, phones):
    caller, callee = phones(PJSUA, 110), phones(PJSUA, 111)
    connect(caller, callee)
    caller.send_digits_by_info("42#")
    callee.send_digits_by_info("7*")
    deadline = time.monotonic() + 5
    while (callee.digits(), caller.digits()) != ("42#", "7*"):
        assert time.monotonic() < deadline, f"got {callee.digits()!r} and {caller.digits()!r}"
        time.sleep(0.1)
    answered = [r for r in caller.inbox.reports if r["event"] == "info_answered"]
    assert [r["status"] for r in answered[:3]] == [200, 200, 200]
    caller.hang_up()
    callee.wait_ended()


def test_digits_by_info_reach_linphone_and_baresip(exchange, phones):
    caller = phones(PJSUA, 112)
    for make, number in ((Linphone, 113), (Baresip, 114)):
        callee = phones(make, number)
        connect(caller, callee)
        mark = caller.inbox.mark()
        caller.send_digits_by_info("5")
        answered = caller.inbox.wait("info_answered", 5, mark)
        assert answered["status"] in (200, 415, 501), "the callee's own answer comes back"
        caller.hang_up()
        callee.wait_ended()
