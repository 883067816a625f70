"""Keys that a phone tells by their tones alone, and in more than one way."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from contextlib import contextmanager

import pytest

import audio
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import Wire, media_of
from test_offers import SDP, call, contact_of, within

OTHER_TONE = 620


def digits_of(exchange, callee: str) -> int:
    """How many keys the newest call to that number was told."""
    found = [row for row in exchange.history() if row["callee"] == callee]
    events = exchange.rows("SELECT * FROM call_event WHERE kind = 'digit'")
    return sum(1 for event in events if event["call_id"] == found[-1]["call_id"])


def sound_only_offer(port: int) -> bytes:
    return "\r\n".join([
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
        f"m=audio {port} RTP/AVP 8 13", "a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000",
        "a=ptime:20", "a=sendrecv", "",
    ]).encode()


def test_a_phone_without_events_comes_into_a_conference_by_the_tones_of_its_keys(
    exchange, phones, tones, tmp_path,
):
    """Its ID decides: only who was understood to the last key hears the other."""
    first = phones(PJSUA, 100, play=tones(OTHER_TONE))
    first.call("700*4711")
    first.wait_answered()
    for _ in range(2):
        time.sleep(0.8)
        first.send_digits("#")
    time.sleep(1)
    wav = audio.write(tmp_path / "keys.wav", audio.keys(" 4711# # # " + 6 * " "))
    second = phones(PJSUA, 101, codecs=("PCMU/8000",), events=False)
    second.call("700")
    second.wait_answered()
    time.sleep(0.5)
    second.play(wav)
    # All who are inside are told first who has come.
    time.sleep(12)
    rate, heard = audio.read(second.recording())
    assert audio._ratio(heard[-rate:], rate, OTHER_TONE, 8) > 0, "it is in another room, or in none"
    second.hang_up()
    first.hang_up()
    exchange.last_call()
    assert digits_of(exchange, "700") == 7


@contextmanager
def telephoning(
    exchange, line: int, number: str, change: Callable[[bytes], bytes] = lambda offer: offer,
):
    """A call to a number of the exchange's own: its answer, and a stream of our own to speak by."""
    with Wire(exchange.line(line)) as caller:
        stream = RTPStream()
        call(caller, number, change(sound_only_offer(stream.port)))
        answer = caller.wait(range(200, 300))
        caller.acknowledge(answer, contact_of(answer))
        yield answer, stream
        bye = within(caller, answer, "BYE")
        caller.send(re.sub(rb"To: <sip:101@", f"To: <sip:{number}@".encode(), bye))
        assert caller.wait(range(200, 700)).status == 200
        stream.stop()
    exchange.last_call()


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_tones_of_keys_are_collected_exactly_while_packets_are_lost(exchange, seed):
    """5 % at random, and comfort noise is agreed on beside the sound."""
    text = "0123456789*0123456789*0123456789*"
    draw = random.Random(seed)
    with telephoning(exchange, 102, "*80") as (answer, stream):
        assert b"a=rtpmap:13 CN/8000" in answer.body and b"telephone-event" not in answer.body
        sound = audio.a_law(audio.keys(text))
        last = len(sound) // 160
        stream.start(media_of(answer.body), sound=sound + bytes([0xD5]) * 160_000,
                     lost=lambda number: number < last and draw.random() < 0.05)
        time.sleep(len(text) * 0.2 + 1)
    assert digits_of(exchange, "*80") == len(text)


def with_events(offer: bytes) -> bytes:
    """Telephone events in the place of comfort noise."""
    return offer.replace(b" 8 13\r\n", b" 8 101\r\n").replace(
        b"a=rtpmap:13 CN/8000", b"a=rtpmap:101 telephone-event/8000")


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_keys_by_events_are_collected_exactly_while_packets_are_lost(exchange, seed):
    """RFC 4733, 5 % at random."""
    text = "0123456789*#0123456789*#1122##"
    draw = random.Random(seed)
    with telephoning(exchange, 103, "*81", with_events) as (answer, stream):
        assert b"a=rtpmap:101 telephone-event/8000" in answer.body
        stream.press(media_of(answer.body), text, lost=lambda _: draw.random() < 0.05)
    assert digits_of(exchange, "*81") == len(text)


def test_a_key_by_info_opens_a_door_too(exchange, phones):
    caller = phones(PJSUA, 103)
    caller.call("700")
    caller.wait_answered()
    time.sleep(0.5)
    caller.send_digits_by_info("4712#")
    time.sleep(1.5)
    caller.hang_up()
    exchange.last_call()
    assert digits_of(exchange, "700") == 5
