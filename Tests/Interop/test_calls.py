"""Two phones talk: every pair of makes, every transport; and the call is written down."""

from __future__ import annotations

import time

import pytest

import audio
from conftest import MAKES
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.phone import Phone
from drivers.pjsua import PJSUA

CALLER_TONE, CALLEE_TONE = 440, 620
TALK = 2.5


def connect(caller: Phone, callee: Phone) -> None:
    caller.call(callee.number)
    callee.wait_ringing()
    callee.answer()
    caller.wait_answered()
    callee.wait_answered()


def assert_they_heard_each_other(caller: Phone, callee: Phone) -> None:
    audio.assert_heard(caller.recording(), CALLEE_TONE)
    audio.assert_heard(callee.recording(), CALLER_TONE)
    audio.assert_not_heard(caller.recording(), CALLER_TONE)
    audio.assert_not_heard(callee.recording(), CALLEE_TONE)


@pytest.mark.parametrize("callee_make", MAKES)
@pytest.mark.parametrize("caller_make", MAKES)
def test_both_hear_each_other(exchange, phones, tones, caller_make, callee_make):
    caller = phones(MAKES[caller_make], 100, play=tones(CALLER_TONE))
    callee = phones(MAKES[callee_make], 101, play=tones(CALLEE_TONE))
    connect(caller, callee)
    exchange.wait_calls(1)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    record = exchange.last_call()
    assert (record["caller"], record["callee"]) == ("100", "101")
    assert record["started_at"] <= record["answered_at"] < record["ended_at"]
    assert record["end_reason"] == "callerHungUp"


@pytest.mark.parametrize("caller_make, caller_transport, callee_make, callee_transport", [
    ("pjsua", "tls", "baresip", "udp"),
    ("baresip", "tcp", "pjsua", "tls"),
    ("linphone", "tls", "pjsua", "tcp"),
    ("pjsua", "udp", "linphone", "tcp"),
    ("baresip", "tls", "linphone", "tls"),
])
def test_both_hear_each_other_over_different_transports(
    exchange, phones, tones, caller_make, caller_transport, callee_make, callee_transport,
):
    caller = phones(MAKES[caller_make], 102, caller_transport, play=tones(CALLER_TONE))
    callee = phones(MAKES[callee_make], 103, callee_transport, play=tones(CALLEE_TONE))
    connect(caller, callee)
    time.sleep(TALK)
    callee.hang_up()
    caller.wait_ended()
    assert_they_heard_each_other(caller, callee)
    assert exchange.last_call()["end_reason"] == "calleeHungUp"


def test_a_phone_tells_how_it_heard_and_is_told(exchange, phones, tones):
    """By extended reports (RFC 3611), where the exchange speaks itself: linphonec's echo."""
    caller = phones(Linphone, 106, play=tones(CALLER_TONE))
    caller.call("*80")
    caller.wait_answered()
    # It reports every five seconds or so.
    time.sleep(13)
    caller.hang_up()
    audio.assert_heard(caller.recording(), CALLER_TONE)
    call = exchange.last_call()["call_id"]
    # What the media came to is written when the ports are closed.
    deadline = time.monotonic() + 5
    while True:
        leg = exchange.rows("SELECT * FROM call_leg WHERE call_id = ?", call)[0]
        if leg["party_score"] is not None or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    # linphonec believes in more than the 4.4 of the E-model.
    assert 350 <= (leg["party_score"] or 0) <= 500, leg
    story = exchange.ctl("call", "show", call)
    assert "it says that it heard 4." in story, story
    assert "sounded 4." in story, story


def test_phones_under_the_domain_name_talk(exchange, phones, tones):
    domain = exchange.settings["domain"]
    caller = phones(PJSUA, 104, domain=domain, play=tones(CALLER_TONE))
    callee = phones(Baresip, 105, domain=domain, play=tones(CALLEE_TONE))
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)


def test_the_callee_sees_who_calls(exchange, phones):
    caller, callee = phones(PJSUA, 106), phones(PJSUA, 107)
    caller.call("107")
    callee.wait_ringing()
    invite = callee.inbox.find("incoming")["message"]
    sender = next(line for line in invite.splitlines() if line.lower().startswith(("from:", "f:")))
    assert "Phone 106" in sender and "sip:106@" in sender, sender
    caller.hang_up()
    callee.wait_ended()


def test_a_law_and_mu_law_are_relayed_as_they_are(exchange, phones, tones):
    """The caller prefers PCMU, the callee has both: they end up with one codec, and hear it."""
    caller = phones(PJSUA, 108, codecs=("PCMU/8000", "PCMA/8000"), play=tones(CALLER_TONE))
    callee = phones(Linphone, 109, codecs=("PCMU",), play=tones(CALLEE_TONE))
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)


def test_phones_whose_only_codecs_nobody_else_speaks_are_told_so(exchange, phones):
    """GSM is relayed, but the exchange does not speak it: there is nothing to translate to."""
    caller = phones(PJSUA, 110, codecs=("GSM/8000",))
    phones(Baresip, 111, codecs="pcma")
    caller.call("111")
    assert caller.ended_with() == 488
    assert exchange.last_call()["end_reason"] == "mediaRefused"


def test_a_phone_calls_again_and_again(exchange, phones, tones):
    caller = phones(PJSUA, 112, play=tones(CALLER_TONE))
    callee = phones(PJSUA, 113, play=tones(CALLEE_TONE))
    before = len(exchange.history())
    for _ in range(5):
        connect(caller, callee)
        caller.hang_up()
        callee.wait_ended()
    deadline = time.monotonic() + 3
    while (count := len(exchange.history()) - before) != 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert count == 5


def test_an_administrator_hangs_up(exchange, phones):
    caller, callee = phones(PJSUA, 114), phones(Baresip, 115)
    connect(caller, callee)
    call, = exchange.wait_calls(1)
    exchange.ctl("call", "hangup", call["callID"])
    caller.wait_ended()
    callee.wait_ended()
    assert exchange.last_call()["end_reason"] == "administrator"


def test_five_calls_at_once_keep_apart(exchange, phones, tones):
    pairs = [(300 + 70 * n, 335 + 70 * n) for n in range(5)]
    calls = []
    for n, (low, high) in enumerate(pairs):
        caller = phones(PJSUA, 100 + 2 * n, play=tones(low))
        callee = phones(PJSUA, 101 + 2 * n, play=tones(high))
        calls.append((caller, callee, low, high))
    for caller, callee, *_ in calls:
        connect(caller, callee)
    exchange.wait_calls(len(pairs))
    time.sleep(TALK)
    for caller, callee, low, high in calls:
        caller.hang_up()
        callee.wait_ended()
        audio.assert_heard(caller.recording(), high)
        audio.assert_heard(callee.recording(), low)
