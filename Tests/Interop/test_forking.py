"""Several phones on one extension (SP-3)."""

from __future__ import annotations

import re
import time

import audio
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from drivers.sipp import Sipp
from drivers.wire import Wire
from ports import free_port

CALLER_TONE, CALLEE_TONE = 440, 620


def cancel_in(log: str) -> str:
    """The CANCEL that a phone's log shows."""
    found = re.search(r"^CANCEL sip:.*?^\s*$", log, re.M | re.S)
    assert found, "the phone got no CANCEL"
    return found.group()


def test_both_phones_ring_the_first_to_answer_wins_and_the_other_learns_why(
    exchange, phones, tones,
):
    caller = phones(PJSUA, 100, play=tones(CALLER_TONE))
    slow = phones(PJSUA, 101)
    quick = phones(Baresip, 101, play=tones(CALLEE_TONE))
    assert len(exchange.registrations(101)) == 2
    caller.call("101")
    slow.wait_ringing()
    quick.wait_ringing()
    quick.answer()
    caller.wait_answered()
    slow.wait_ended()
    time.sleep(3)
    caller.hang_up()
    quick.wait_ended()
    audio.assert_heard(caller.recording(), CALLEE_TONE)
    audio.assert_heard(quick.recording(), CALLER_TONE)
    cancel = cancel_in(slow.log.read_text(errors="replace"))
    reason = re.search(r"^Reason:\s*(.*)$", cancel, re.M)
    assert reason, cancel
    assert re.match(r'SIP\s*;\s*cause=200\s*;\s*text="Call completed elsewhere"', reason.group(1))
    legs = exchange.rows('SELECT end_reason FROM call_leg WHERE call_id = ? AND role = ?',
                         exchange.last_call()["call_id"], "callee")
    assert sorted(leg["end_reason"] for leg in legs)[0] == "answeredElsewhere"


def test_the_cancel_on_the_wire_says_call_completed_elsewhere(exchange, phones, tmp_path):
    caller, quick = phones(PJSUA, 102), phones(PJSUA, 103)
    port = free_port()
    line = exchange.line(103)
    with Wire(line, port=port) as registrar:
        assert registrar.register().status == 200
    # From here on sipp owns the port: it rings and never answers.
    with Sipp("cancelled", line, tmp_path, port=port) as sipp:
        caller.call("103")
        quick.wait_ringing()
        sipp.received("INVITE")
        quick.answer()
        caller.wait_answered()
        cancel = sipp.received("CANCEL")
        assert sipp.wait(10) == 0, sipp.trouble()
    caller.hang_up()
    quick.wait_ended()
    with Wire(line, port=port) as registrar:
        registrar.register(expires=0)
    invite = next(m for m in sipp.messages() if m.start.startswith("INVITE"))
    assert cancel.field("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    assert cancel.field("Via") == invite.field("Via"), "RFC 3261 §9.1: the branch of the INVITE"
    assert cancel.field("CSeq").split()[0] == invite.field("CSeq").split()[0]


def test_one_busy_phone_does_not_stop_the_other_from_ringing(exchange, phones):
    caller = phones(PJSUA, 104)
    first, second = phones(PJSUA, 105), phones(Linphone, 105)
    caller.call("105")
    first.wait_ringing()
    second.wait_ringing()
    first.reject(486)
    first.wait_ended()
    time.sleep(0.5)
    second.answer()
    caller.wait_answered()
    caller.hang_up()
    second.wait_ended()


def test_all_phones_busy_is_busy(exchange, phones):
    caller = phones(PJSUA, 106)
    first, second = phones(PJSUA, 107), phones(PJSUA, 107)
    caller.call("107")
    first.wait_ringing()
    second.wait_ringing()
    first.reject(486)
    second.reject(486)
    assert caller.ended_with() == 486
    assert exchange.last_call()["end_reason"] == "busy"


def test_a_decline_on_one_phone_ends_the_ringing_of_all(exchange, phones):
    """603 is a decision of the person, not of the phone (RFC 3261 §21.6.2)."""
    caller = phones(PJSUA, 108)
    first, second = phones(PJSUA, 109), phones(PJSUA, 109)
    caller.call("109")
    first.wait_ringing()
    second.wait_ringing()
    first.reject(603)
    assert caller.ended_with() == 603
    second.wait_ended()


def test_the_caller_gives_up_and_every_phone_stops(exchange, phones):
    caller = phones(Baresip, 110)
    ringing = [phones(PJSUA, 111), phones(Baresip, 111), phones(Linphone, 111)]
    caller.call("111")
    for phone in ringing:
        phone.wait_ringing()
    caller.hang_up()
    for phone in ringing:
        phone.wait_ended()
    assert "completed elsewhere" not in cancel_in(ringing[0].log.read_text(errors="replace"))


def test_two_answers_at_the_same_moment_make_one_call(exchange, phones, tones):
    caller = phones(PJSUA, 112, play=tones(CALLER_TONE))
    first, second = phones(PJSUA, 113), phones(PJSUA, 113)
    for _ in range(5):
        caller.call("113")
        first.wait_ringing()
        second.wait_ringing()
        for phone in (first, second):
            phone.tell("answer", call=phone._call, status=200)
        caller.wait_answered()
        time.sleep(0.3)
        exchange.wait_calls(1)
        up = [p for p in (first, second)
              if not p.inbox.find("call", call=p._call, phase="DISCONNECTED")]
        caller.hang_up()
        first.wait_ended()
        second.wait_ended()
        assert len(up) == 1, f"{len(up)} phones are in the call"
