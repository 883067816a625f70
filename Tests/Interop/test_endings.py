"""Calls that nobody answers, and how each side is told."""

from __future__ import annotations

import re
import time

import pytest

from conftest import MAKES, PAIRS
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from exchange import IMPATIENT, IMPATIENT_SECONDS


@pytest.mark.parametrize("caller_make, callee_make", PAIRS)
def test_the_caller_gives_up_and_the_callee_stops_ringing(
    exchange, phones, caller_make, callee_make,
):
    caller = phones(MAKES[caller_make], 100)
    callee = phones(MAKES[callee_make], 101)
    caller.call("101")
    callee.wait_ringing()
    caller.hang_up()
    callee.wait_ended()
    record = exchange.last_call()
    assert record["end_reason"] == "callerCancelled"
    assert record["answered_at"] is None


def test_the_caller_who_gives_up_is_told_487(exchange, phones):
    caller, callee = phones(PJSUA, 102), phones(PJSUA, 103)
    caller.call("103")
    callee.wait_ringing()
    caller.wait_ringback()
    caller.hang_up()
    assert caller.ended_with() == 487
    callee.wait_ended()
    cancel = callee.log.read_text(errors="replace").partition("\nCANCEL ")[2].partition("\n\n")[0]
    assert "completed elsewhere" not in cancel


@pytest.mark.parametrize("status, reason", [(486, "busy"), (603, "declined")])
def test_a_refusal_reaches_the_caller(exchange, phones, status, reason):
    caller, callee = phones(PJSUA, 104), phones(PJSUA, 105)
    caller.call("105")
    callee.wait_ringing()
    callee.reject(status)
    assert caller.ended_with() == status
    assert exchange.last_call()["end_reason"] == reason


@pytest.mark.parametrize("make", ["baresip", "linphone"])
def test_the_red_button_of_a_ringing_phone_ends_the_call(exchange, phones, make):
    caller, callee = phones(PJSUA, 106), phones(MAKES[make], 107)
    caller.call("107")
    callee.wait_ringing()
    callee.hang_up()
    assert caller.ended_with() in (486, 603)
    assert exchange.last_call()["end_reason"] in ("busy", "declined")


def test_a_busy_phone_is_heard_as_busy_by_baresip(exchange, phones):
    caller, callee = phones(Baresip, 108), phones(PJSUA, 109)
    caller.call("109")
    callee.wait_ringing()
    callee.reject(486)
    assert re.match(r"486|Busy", caller.ended_with(), re.I), caller.ended_with()


def test_nobody_answers(exchange, phones):
    """The ringing time of the extension runs out."""
    caller, callee = phones(PJSUA, 110), phones(PJSUA, IMPATIENT)
    caller.call(IMPATIENT)
    callee.wait_ringing()
    rang = time.monotonic()
    assert caller.ended_with(timeout=IMPATIENT_SECONDS + 5) == 480
    assert abs(time.monotonic() - rang - IMPATIENT_SECONDS) < 1.5
    callee.wait_ended()
    assert exchange.last_call()["end_reason"] == "noAnswer"


@pytest.mark.parametrize("make", MAKES)
def test_an_unknown_number_is_refused(exchange, phones, make):
    caller = phones(MAKES[make], 111)
    caller.call("5555")
    if make == "pjsua":
        assert caller.ended_with() == 404
    caller.wait_ended()
    assert exchange.last_call()["end_reason"] == "unknownNumber"
    assert exchange.last_call()["callee"] == "5555"


def test_an_extension_without_a_phone_is_unavailable(exchange, phones):
    caller = phones(PJSUA, 112)
    caller.call("113")
    assert caller.ended_with() == 480
    assert exchange.last_call()["end_reason"] == "notRegistered"


def test_a_callee_whose_phone_lost_its_power_is_given_up(exchange, phones):
    """Its binding still stands, but nothing answers: the caller hears of it, and can give up."""
    caller, callee = phones(PJSUA, 114), phones(PJSUA, 115)
    callee.die()
    caller.call("115")
    time.sleep(2)
    caller.hang_up()
    assert caller.ended_with() in (487, 480, 408)


def test_a_call_to_oneself_does_no_harm(exchange, phones):
    phone = phones(PJSUA, 116)
    phone.call("116")
    outgoing = phone._call
    status = phone.inbox.wait("call", 15, call=outgoing, status=lambda s: s >= 180)["status"]
    assert status in (180, 183, 486, 480, 482, 603)
    phone.ask("hangup", call=outgoing)
    phone.inbox.wait("call", 10, call=outgoing, phase="DISCONNECTED")


def test_a_number_dialled_before_registering_needs_a_password(exchange, phones):
    """A phone may call without a binding, but not without its secret."""
    honest = phones(PJSUA, 117, register=False)
    callee = phones(Linphone, 118)
    honest.call("118")
    callee.wait_ringing()
    honest.hang_up()
    callee.wait_ended()
    thief = phones(PJSUA, 119, register=False, password="guessed")
    thief.call("118")
    assert thief.ended_with() in (401, 403, 407)
