"""Numbers at which the exchange itself answers: echo, tones, conferences."""

from __future__ import annotations

import time

import audio
from drivers.baresip import Baresip
from drivers.phone import Phone
from drivers.pjsua import PJSUA

TONES = (440, 620, 1150)


def dial(phone: Phone, number: str) -> None:
    phone.call(number)
    phone.wait_answered()


def test_an_echo_gives_each_word_back_in_every_codec(exchange, phones, tones):
    callers = [
        phones(PJSUA, 100, codecs=("PCMA/8000",), play=tones(440)),
        phones(PJSUA, 101, codecs=("G722/16000",), play=tones(440)),
        phones(Baresip, 102, codecs="opus/48000/2", play=tones(440)),
    ]
    for caller in callers:
        dial(caller, "*80")
    time.sleep(3)
    for caller in callers:
        caller.hang_up()
    for caller in callers:
        audio.assert_heard(caller.recording(), 440, seconds=1.5)
    record = exchange.last_call()
    assert record["callee"] == "*80" and record["end_reason"] == "callerHungUp"


def test_the_level_tone_is_heard_by_who_says_nothing(exchange, phones):
    caller = phones(PJSUA, 103)
    dial(caller, "*84")
    time.sleep(2.5)
    caller.hang_up()
    audio.assert_heard(caller.recording(), 1004, seconds=1.5, decibels=25)


def test_three_in_a_conference_hear_the_others_and_not_themselves(exchange, phones, tones):
    """By three codecs; the third comes by keys, the second by a hold and back."""
    parties = [
        phones(PJSUA, 104, codecs=("PCMA/8000",), play=tones(TONES[0])),
        phones(PJSUA, 105, codecs=("G722/16000",), play=tones(TONES[1])),
        phones(Baresip, 106, codecs="opus/48000/2", play=tones(TONES[2])),
    ]
    dial(parties[0], "700*4711")
    dial(parties[1], "700*4711")
    dial(parties[2], "700")
    time.sleep(0.5)
    parties[2].send_digits("4711#")
    time.sleep(1.5)
    parties[1].hold()
    time.sleep(0.7)
    parties[1].resume()
    time.sleep(4)
    exchange.wait_calls(3)
    for party in parties:
        party.hang_up()
    for index, party in enumerate(parties):
        rate, heard = audio.read(party.recording())
        last = heard[-int(3.2 * rate):-int(0.4 * rate)]
        levels = [audio._ratio(last, rate, tone, 8) for tone in TONES]
        for tone, level in enumerate(levels):
            if tone == index:
                assert level < -15, f"{party} hears itself: {levels}"
            else:
                assert level > -4, f"{party} does not hear {TONES[tone]} Hz: {levels}"


def test_conferences_with_other_ids_keep_apart(exchange, phones, tones):
    parties = [phones(PJSUA, 107 + n, play=tones(tone)) for n, tone in enumerate(TONES)]
    dial(parties[0], "700*1")
    dial(parties[1], "700*2")
    dial(parties[2], "700*2")
    time.sleep(3)
    for party in parties:
        party.hang_up()
    audio.assert_heard(parties[1].recording(), TONES[2])
    for tone in TONES:
        audio.assert_not_heard(parties[0].recording(), tone)
    audio.assert_not_heard(parties[1].recording(), TONES[0])
