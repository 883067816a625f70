"""Transfers by real phones: blind, attended, while it rings, and each one failing."""

from __future__ import annotations

import os
import time

import pytest

import audio
from conftest import MAKES
from drivers.pjsua import PJSUA
from test_calls import connect
from test_hold_and_digits import assert_hears_nothing

TRANSFEROR, TRANSFEREE, TARGET = 440, 620, 850
ROUNDS = int(os.environ.get("INTEROP_TRANSFERS", "100"))


@pytest.fixture
def three(phones, tones):
    """Three phones that play a tone of their own each."""
    numbers = (100, TRANSFEROR), (101, TRANSFEREE), (102, TARGET)
    return [phones(PJSUA, number, play=tones(hertz)) for number, hertz in numbers]


def assert_they_talk(transferee, target):
    transferee.wait_hearing(TARGET)
    target.wait_hearing(TRANSFEREE)


def last_two(exchange):
    return exchange.rows("SELECT * FROM call ORDER BY call_id DESC LIMIT 2")


def kinds(exchange):
    return [row["kind"] for row in exchange.rows("SELECT kind FROM call_event ORDER BY event_id")]


@pytest.mark.parametrize("is_caller", [True, False], ids=["caller", "callee"])
def test_a_blind_transfer_joins_the_other_two(exchange, three, is_caller):
    transferor, transferee, target = three
    connect(transferor, transferee) if is_caller else connect(transferee, transferor)
    mark = target.inbox.mark()
    transferor.transfer(target.number)
    target.wait_ringing()
    assert "Referred-By:" in target.inbox.find("incoming", mark)["message"]
    target.answer()
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    assert_they_talk(transferee, target)
    heard = transferor.heard(TRANSFEREE)
    time.sleep(1)
    assert transferor.heard(TRANSFEREE) == heard
    transferee.hang_up()
    target.wait_ended()
    assert "transferred" in kinds(exchange)


@pytest.mark.parametrize("make", MAKES)
def test_a_phone_of_every_make_is_transferred(exchange, phones, tones, make):
    transferor = phones(PJSUA, 103, play=tones(TRANSFEROR))
    transferee = phones(MAKES[make], 104, play=tones(TRANSFEREE))
    target = phones(PJSUA, 105, play=tones(TARGET))
    connect(transferor, transferee)
    transferor.hold()
    transferor.transfer(target.number)
    target.wait_ringing()
    target.answer()
    assert transferor.wait_transferred() == 200
    assert_they_talk(transferee, target)
    target.hang_up()
    transferee.wait_ended()


def test_the_transferee_hears_music_until_the_target_answers(exchange, three):
    transferor, transferee, target = three
    connect(transferor, transferee)
    transferee.wait_hearing(TRANSFEROR)
    transferor.transfer(target.number)
    target.wait_ringing()
    assert_hears_nothing(transferee, TRANSFEROR)
    before = transferee.packets_received()
    time.sleep(1)
    assert transferee.packets_received() - before > 40, "no music"
    target.answer()
    assert_they_talk(transferee, target)
    target.hang_up()
    transferee.wait_ended()


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "not-held"])
def test_an_attended_transfer_joins_the_other_two(exchange, three, is_held):
    transferor, transferee, target = three
    connect(transferor, transferee)
    first = transferor.current_call
    if is_held:
        transferor.hold()
    connect(transferor, target)
    second = transferor.current_call
    if is_held:
        transferor.hold()
    transferor.choose_call(first)
    transferor.transfer_to_call(second)
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    transferor.choose_call(second)
    transferor.wait_ended()
    assert_they_talk(transferee, target)
    transferee.hang_up()
    target.wait_ended()
    assert "transferred" in {row["end_reason"] for row in last_two(exchange)}


def test_an_attended_transfer_of_two_callers(exchange, three):
    """Both called the transferor: it is the callee of both calls."""
    transferor, transferee, target = three
    connect(transferee, transferor)
    first = transferor.current_call
    transferor.hold()
    connect(target, transferor)
    second = transferor.current_call
    transferor.choose_call(first)
    transferor.transfer_to_call(second)
    assert transferor.wait_transferred() == 200
    assert_they_talk(transferee, target)
    target.hang_up()
    transferee.wait_ended()


def test_a_transfer_while_the_target_still_rings(exchange, three):
    transferor, transferee, target = three
    connect(transferor, transferee)
    first = transferor.current_call
    transferor.hold()
    transferor.call(target.number)
    target.wait_ringing()
    transferor.wait_ringback()
    second = transferor.current_call
    transferor.choose_call(first)
    transferor.transfer_to_call(second)
    assert transferor.wait_transferred() == 200
    target.answer()
    target.wait_answered()
    assert_they_talk(transferee, target)
    transferee.hang_up()
    target.wait_ended()


@pytest.mark.parametrize("why", ["busy", "declined", "unknown", "unregistered"])
def test_a_blind_transfer_that_fails_leaves_the_call_as_it_was(exchange, three, why):
    transferor, transferee, target = three
    connect(transferor, transferee)
    number = {"unknown": "999", "unregistered": "129"}.get(why, target.number)
    transferor.transfer(number)
    if why in ("busy", "declined"):
        target.wait_ringing()
        target.reject(486 if why == "busy" else 603)
    wanted = {"busy": 486, "declined": 603, "unknown": 404, "unregistered": 480}
    assert transferor.wait_transferred() == wanted[why]
    transferor.wait_hearing(TRANSFEREE)
    transferee.wait_hearing(TRANSFEROR)
    transferor.hang_up()
    transferee.wait_ended()


def test_a_transferor_that_has_left_is_recalled_within_two_seconds(exchange, three):
    transferor, transferee, target = three
    connect(transferor, transferee)
    transferor.transfer(target.number)
    target.wait_ringing()
    transferor.hang_up()
    began = time.monotonic()
    target.reject(486)
    transferor.wait_ringing()
    assert time.monotonic() - began < 2
    transferor.answer()
    transferor.wait_answered()
    transferor.wait_hearing(TRANSFEREE)
    transferee.wait_hearing(TRANSFEROR)
    transferee.hang_up()
    transferor.wait_ended()
    assert "recalled" in kinds(exchange)


@pytest.mark.parametrize("status, pair, seconds", [
    (486, (480, 620), 2), (480, (480, 620), 2),
], ids=["busy", "congestion"])
def test_a_transferor_that_has_left_and_is_not_there_leaves_the_transferee_a_tone_and_an_end(
    exchange, three, status, pair, seconds,
):
    transferor, transferee, target = three
    connect(transferor, transferee)
    transferor.transfer(target.number)
    target.wait_ringing()
    transferor.hang_up()
    target.reject(486)
    transferor.wait_ringing()
    began = time.monotonic()
    transferor.reject(status)
    transferee.wait_ended(timeout=10)
    assert 4 < time.monotonic() - began < 8
    # North America's tones: half a second of each second when busy, a quarter of each half else.
    heard = audio.seconds_of_pair(transferee.recording(), *pair)
    assert heard >= seconds, f"{heard} s of {pair}: {audio.describe(transferee.recording())}"
    assert exchange.last_call()["end_reason"] == ("busy" if status == 486 else "noAnswer")


def test_a_transferee_that_hangs_up_stops_the_targets_ringing(exchange, three):
    transferor, transferee, target = three
    connect(transferor, transferee)
    transferor.transfer(target.number)
    target.wait_ringing()
    transferee.hang_up()
    target.wait_ended()
    transferor.wait_ended()


def test_who_is_transferred_to_itself_is_busy_or_answers(exchange, three):
    """Nobody is lost, whatever the phone makes of its own call."""
    transferor, transferee, _ = three
    connect(transferor, transferee)
    transferor.transfer(transferor.number)
    transferor.wait_ringing()
    own = transferor.current_call
    transferor.reject(486)
    transferor.choose_call(own - 1)
    assert transferor.wait_transferred() == 486
    transferee.wait_hearing(TRANSFEROR)
    transferor.hang_up()
    transferee.wait_ended()


def test_an_attended_transfer_to_a_call_that_is_over_fails(exchange, three):
    transferor, transferee, target = three
    connect(transferor, transferee)
    first = transferor.current_call
    transferor.hold()
    connect(transferor, target)
    second = transferor.current_call
    target.tell("hangup", call=target.current_call)
    transferor.choose_call(first)
    try:
        transferor.transfer_to_call(second)
    except RuntimeError:
        pass  # The phone has noticed already.
    else:
        assert transferor.wait_transferred() in (200, 481)
    time.sleep(1)
    if transferor.inbox.find("call", call=first, phase="DISCONNECTED") is None:
        transferor.choose_call(first)
        transferor.hang_up()
    transferee.wait_ended()


def test_many_transfers_in_a_row(exchange, phones):
    """One conversation goes round three phones: who is left transfers it on."""
    parties = [phones(PJSUA, number) for number in (110, 111, 112)]
    transferor, transferee, target = parties
    connect(transferor, transferee)
    for _ in range(ROUNDS):
        transferor.transfer(target.number)
        target.wait_ringing()
        target.answer()
        target.wait_answered()
        transferor.wait_ended()
        # The newcomer sends the other one on, to who has just left.
        transferor, transferee, target = target, transferee, transferor
    transferor.hang_up()
    transferee.wait_ended()
    assert len(exchange.calls()) == 0
