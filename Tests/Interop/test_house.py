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


def come_in(party: Phone) -> None:
    """Past the question for a name, saying nothing."""
    time.sleep(0.8)
    party.send_digits("#")
    time.sleep(0.8)
    party.send_digits("#")
    time.sleep(0.8)


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
    come_in(parties[2])
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


def test_who_is_muted_in_a_conference_is_not_heard_until_it_may_be_again(exchange, phones, tones):
    kinds = [(PJSUA, "PCMA/8000"), (PJSUA, "G722/16000"), (PJSUA, "PCMU/8000")]
    parties = [phones(kind, 110 + number, codecs=(codec,), play=tones(TONES[number]))
               for number, (kind, codec) in enumerate(kinds)]
    dial(parties[0], "700*4713")
    exchange.wait_calls(1)
    call = exchange.calls()[0]["callID"]
    for party in parties[1:]:
        dial(party, "700*4713")
    come_in(parties[2])
    time.sleep(3)
    assert "muted" in exchange.ctl("call", "mute", call)
    time.sleep(3)
    assert "heard again" in exchange.ctl("call", "mute", call, "--off")
    time.sleep(3)
    assert "is muted there" in exchange.ctl("call", "show", call)
    for party in parties:
        party.hang_up()
    for index, party in enumerate(parties):
        rate, heard = audio.read(party.recording())
        # Seconds before the end: heard, muted, heard.
        for first, last, is_muted in ((8.4, 6.6, False), (5.4, 3.6, True), (2.2, 0.4, False)):
            part = heard[-int(first * rate):-int(last * rate)]
            for tone in range(3):
                level = audio._ratio(part, rate, TONES[tone], 8)
                if tone == index or is_muted and tone == 0:
                    assert level < -15, f"{index} hears {tone} {first} s before the end: {level}"
                else:
                    assert level > -6, f"{index} hears no {tone} {first} s before the end: {level}"


def test_a_conference_hears_the_name_of_each_who_comes_and_goes(
    exchange, phones, tones, tmp_path,
):
    """The first creates it; the third says a name, which is a tone, and leaves again."""
    silence = audio.write(tmp_path / "silence.wav", audio.sine(440, 60, level=0))
    first = phones(PJSUA, 113, codecs=("PCMA/8000",))
    second = phones(PJSUA, 114, codecs=("G722/16000",))
    third = phones(PJSUA, 115, codecs=("PCMA/8000",), play=tones(1150))
    dial(first, "700")
    time.sleep(0.5)
    first.send_digits("515#")
    time.sleep(1)
    first.send_digits("*")
    come_in(first)
    time.sleep(2.5)
    rate, alone = audio.read(first.recording())
    # Alone: the melody, whose notes are none of the three tones.
    assert abs(alone[-rate:]).mean() > 0.005, "who is alone hears nothing"
    dial(second, "700*515")
    time.sleep(6)
    dial(third, "700")
    time.sleep(0.5)
    third.send_digits("515#")
    time.sleep(1)
    third.send_digits("#")
    time.sleep(2.5)  # its name
    inside = {phone: audio.read(phone.recording()) for phone in (first, second)}
    for rate, heard in inside.values():
        last = heard[-2 * rate:]
        assert audio._ratio(last, rate, 1150, 60) < -10, "the name is heard before it is said"
    third.send_digits("#")
    time.sleep(1.5)
    third.play(silence)
    time.sleep(5)
    before = {phone: len(audio.read(phone.recording())[1]) for phone in (first, second)}
    third.hang_up()
    time.sleep(6)
    first.hang_up()
    second.hang_up()
    for phone, length in before.items():
        rate, heard = audio.read(phone.recording())
        for what, part in (("came", heard[length - 8 * rate:length]), ("went", heard[length:])):
            named = [at for at in range(0, len(part) - rate // 5, rate // 10)
                     if abs(part[at:at + rate // 5]).mean() > 0.01
                     and audio._ratio(part[at:at + rate // 5], rate, 1150, 60) > 8]
            assert len(named) >= 10, f"{phone} was not told by name who {what}"
            after = part[named[-1] + rate // 4:]
            assert abs(after[:rate]).mean() > 0.002, f"{phone}: nothing is said after the name"


def test_conferences_with_other_ids_keep_apart(exchange, phones, tones):
    parties = [phones(PJSUA, 107 + n, play=tones(tone)) for n, tone in enumerate(TONES)]
    dial(parties[0], "700*1")
    dial(parties[1], "700*2")
    dial(parties[2], "700*2")
    time.sleep(3)
    parties[0].hang_up()
    time.sleep(6)  # first it is said who has joined
    for party in parties[1:]:
        party.hang_up()
    audio.assert_heard(parties[1].recording(), TONES[2])
    for tone in TONES:
        audio.assert_not_heard(parties[0].recording(), tone)
    audio.assert_not_heard(parties[1].recording(), TONES[0])


def bursts(wav, hertz: float, shortest: float = 0.1) -> list[float]:
    """Where a tone begins that sounds for a while, in seconds from the start."""
    rate, heard = audio.read(wav)
    window = int(0.02 * rate)
    count = len(heard) // window
    sounding = [
        audio._ratio(heard[at * window:(at + 3) * window], rate, hertz, 60) > 6 and
        abs(heard[at * window:(at + 1) * window]).mean() > 0.01
        for at in range(count - 3)
    ]
    found, begun = [], None
    for at, sounds in enumerate(sounding + [False]):
        if sounds and begun is None:
            begun = at
        if not sounds and begun is not None:
            if (at - begun) * 0.02 >= shortest:
                found.append(begun * 0.02)
            begun = None
    return found


def test_the_clock_speaks_and_its_tones_come_at_the_time_that_it_says(exchange, phones):
    caller = phones(PJSUA, 110, codecs=("G722/16000",))
    dial(caller, "*82")
    answered = time.time()
    time.sleep(42)  # saying the time takes up to 10 s, so that every second ten is announced
    caller.hang_up()
    wav = caller.recording()
    tones = bursts(wav, 950)
    assert len(tones) >= 2, f"{tones}: {audio.describe(wav)}"
    for tone in tones:
        off = (answered + tone + 5) % 10 - 5
        assert abs(off) < 0.8, f"a tone is {off:.2f} s beside a whole ten: {tones}"
    apart = tones[1] - tones[0]
    assert min(abs(apart - 10), abs(apart - 20)) < 0.1
    # What stands before a tone are words: neither silence nor one tone.
    rate, heard = audio.read(wav)
    words = heard[int((tones[0] + 0.5) * rate):int((tones[0] + 7.5) * rate)]
    assert abs(words).mean() > 0.005
    assert audio._ratio(words, rate, 950, 60) < -10


def test_who_speaks_after_the_tone_hears_itself_again(exchange, phones, tones):
    """Said while it is taped: 440 Hz, and nothing of that comes back before the key."""
    caller = phones(PJSUA, 111, codecs=("PCMA/8000",), play=tones(440))
    dial(caller, "*83")
    time.sleep(0.5)
    caller.send_digits("#")  # cuts the invitation short
    time.sleep(3)
    taped = caller.recording()
    audio.assert_not_heard(taped, 440)
    caller.send_digits("#")
    time.sleep(8)
    audio.assert_heard(caller.recording(), 440, seconds=2)
    caller.wait_ended()
    record = exchange.last_call()
    assert record["callee"] == "*83" and record["end_reason"] == "calleeHungUp"


def test_the_door_of_the_conferences_asks_for_the_number_and_tells_of_a_wrong_one(exchange, phones):
    caller = phones(PJSUA, 112, codecs=("G722/16000",))
    dial(caller, "700")
    time.sleep(5)
    caller.send_digits("#")
    time.sleep(9)
    caller.hang_up()
    wav = caller.recording()
    assert len(bursts(wav, 950)) == 2, audio.describe(wav)
    rate, heard = audio.read(wav)
    first = heard[:int(bursts(wav, 950)[0] * rate)]
    assert abs(first).mean() > 0.01, "nothing is said before the tone"
