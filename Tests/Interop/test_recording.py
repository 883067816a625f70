"""Recordings on disk: each side's tone is in the file, after a hold, a crash and on a disk without room."""

from __future__ import annotations

import signal
import struct
import time
import wave
from pathlib import Path

import numpy as np
import pytest

import audio
from drivers.baresip import Baresip
from drivers.pjsua import PJSUA
from drivers.wire import Wire, offer
from exchange import LOCAL, Exchange, extensions
from test_calls import connect
from test_sessions import Callee, Caller, talking


def recorder(tmp_path_factory: pytest.TempPathFactory, name: str, **settings: object) -> Exchange:
    made = Exchange(tmp_path_factory.mktemp(name))
    made.settings["recordings"] = {"keep-free": 0, **settings}
    made.configure()
    for number in (100, 102, 104):
        made.ctl("extension", "set", str(number), "--recording", "always")
    return made.start()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    made = recorder(tmp_path_factory, "recorder", tracks="separate")
    yield made
    assert made.stop() == 0


def files(exchange: Exchange) -> list[Path]:
    return sorted((exchange.data / "recordings").glob("*"))


def finished(exchange: Exchange, count: int, patience: float = 6) -> list[Path]:
    deadline = time.monotonic() + patience
    while True:
        found = files(exchange)
        if len(found) == count and all(f.suffix != ".part" for f in found):
            return found
        assert time.monotonic() < deadline, f"want {count} whole files: {found}"
        time.sleep(0.2)


def tracks(wav: Path) -> tuple[int, np.ndarray]:
    """By Python's own reader, which believes the header."""
    with wave.open(str(wav)) as file:
        assert file.getsampwidth() == 2
        frames = file.readframes(file.getnframes())
        assert len(frames) == file.getnframes() * 2 * file.getnchannels()
        samples = np.frombuffer(frames, "<i2").astype(float) / 32768
        return file.getframerate(), samples.reshape(-1, file.getnchannels()).T


def stands_out(samples: np.ndarray, rate: int, hertz: float) -> float:
    return audio._ratio(samples, rate, hertz, 10)


def test_each_side_of_a_relayed_call_is_on_its_track_and_a_hold_is_silent(exchange, phones, tones):
    before = len(files(exchange))
    caller = phones(PJSUA, 100, codecs=("PCMA/8000",), play=tones(440))
    callee = phones(PJSUA, 101, codecs=("PCMA/8000",), play=tones(620))
    connect(caller, callee)
    time.sleep(4)
    caller.hold()
    time.sleep(3)
    caller.resume()
    time.sleep(3)
    caller.hang_up()
    callee.wait_ended()
    wav = finished(exchange, before + 1)[-1]
    rate, (left, right) = tracks(wav)
    assert rate == 16000 and 9 < len(left) / rate < 13, wav.name
    assert exchange.last_call()["call_id"] in wav.name and wav.name.endswith("-100-101.wav")
    assert stands_out(left[rate:3 * rate], rate, 440) > 15
    assert stands_out(right[rate:3 * rate], rate, 620) > 15
    held = left[int(5.5 * rate):int(6.5 * rate)]
    assert abs(held).max() < 0.01, "who holds is heard"
    assert stands_out(left[-2 * rate:-rate // 2], rate, 440) > 15
    # And the phones heard each other as ever.
    audio.assert_heard(callee.recording(), 440, seconds=3)
    assert exchange.ctl("recordings").count(".wav") == before + 1


def test_phones_of_different_codecs_and_a_conference_are_recorded(exchange, phones, tones):
    before = len(files(exchange))
    caller = phones(PJSUA, 102, codecs=("G722/16000",), play=tones(440))
    callee = phones(Baresip, 103, codecs="opus/48000/2", play=tones(620))
    connect(caller, callee)
    time.sleep(4)
    caller.hang_up()
    callee.wait_ended()
    wav = finished(exchange, before + 1)[-1]
    rate, (left, right) = tracks(wav)
    assert stands_out(left[rate:3 * rate], rate, 440) > 12
    assert stands_out(right[rate:3 * rate], rate, 620) > 12
    for party in (caller, callee):
        party.call("700*77")
        party.wait_answered()
    time.sleep(8)
    call = exchange.calls()[0]["callID"]
    exchange.ctl("call", "record", call, "--off")
    for party in (caller, callee):
        party.hang_up()
    wav = finished(exchange, before + 2)[-1]
    assert "-conference-77-1" in wav.name
    rate, (mixed,) = tracks(wav)
    last = mixed[-2 * rate:-rate // 2]
    for hertz in (440, 620):
        assert stands_out(last, rate, hertz) > -6, f"{hertz} Hz is not in the mix"


def test_a_call_is_recorded_by_order_and_no_longer(exchange, phones, tones):
    before = len(files(exchange))
    caller = phones(PJSUA, 110, codecs=("PCMA/8000",), play=tones(440))
    callee = phones(PJSUA, 111, codecs=("PCMA/8000",), play=tones(620))
    connect(caller, callee)
    time.sleep(1)
    assert len(files(exchange)) == before
    call = exchange.calls()[0]["callID"]
    exchange.ctl("call", "record", call)
    time.sleep(3)
    assert files(exchange)[-1].suffix == ".part"
    exchange.ctl("call", "record", call, "--off")
    wav = finished(exchange, before + 1)[-1]
    rate, (left, _) = tracks(wav)
    assert 2.5 < len(left) / rate < 4.5 and stands_out(left[rate:], rate, 440) > 15
    time.sleep(1)
    caller.hang_up()
    assert len(finished(exchange, before + 1)) == before + 1


@pytest.mark.parametrize("form", ["wav", "opus"])
def test_kill_9_amid_a_call_leaves_all_that_was_said(tmp_path_factory, tones, form):
    """After the next start the file is whole and ends at most two seconds before the kill."""
    exchange = recorder(tmp_path_factory, f"killed-{form}", format=form)
    folder = tmp_path_factory.mktemp(f"phones-{form}")
    with PJSUA(exchange.line(100), folder / "a", codecs=("PCMA/8000",), play=tones(440)) as caller, \
            PJSUA(exchange.line(101), folder / "b", codecs=("PCMA/8000",), play=tones(620)) as callee:
        for phone in (caller, callee):
            assert phone.register() == 200
        connect(caller, callee)
        time.sleep(6)
        exchange.kill()
        parts = files(exchange)
        assert len(parts) == 1 and parts[0].suffix == ".part"
        exchange.start()
        name, = finished(exchange, 1)
        assert f".{form}" == name.suffix and "recording.repaired" in exchange.log_tail()
    if form == "wav":
        rate, (mixed,) = tracks(name)
        seconds = len(mixed) / rate
        for hertz in (440, 620):
            assert stands_out(mixed[rate:3 * rate], rate, hertz) > -5
    else:
        seconds = ogg_seconds(name.read_bytes())
    assert 4 < seconds < 7.5, seconds
    assert exchange.stop() == 0


def ogg_seconds(data: bytes) -> float:
    """Page after page to the end; the last position, at 48 kHz, less what decoders skip."""
    at, position, skipped = 0, 0, 0
    while at < len(data):
        assert data[at:at + 4] == b"OggS", f"no page at {at}"
        position, = struct.unpack("<q", data[at + 6:at + 14])
        count = data[at + 26]
        body = at + 27 + count
        if data[body:body + 8] == b"OpusHead":
            skipped, = struct.unpack("<H", data[body + 10:body + 12])
        at = body + sum(data[at + 27:body])
    assert at == len(data), "the last page is torn"
    return (position - skipped) / 48000


def test_a_disk_without_room_ends_the_recording_and_not_the_call(tmp_path_factory, tones):
    exchange = recorder(tmp_path_factory, "full", **{"keep-free": 1_000_000})
    folder = tmp_path_factory.mktemp("phones-full")
    with PJSUA(exchange.line(100), folder / "a", play=tones(440)) as caller, \
            PJSUA(exchange.line(101), folder / "b", play=tones(620)) as callee:
        for phone in (caller, callee):
            assert phone.register() == 200
        connect(caller, callee)
        time.sleep(3)
        assert len(exchange.calls()) == 1
        story = exchange.ctl("call", "show", exchange.calls()[0]["callID"])
        assert "recording.stopped" in story and "left on the disk" in story
        log = exchange.log_tail(200)
        assert "recording.stopped" in log and "recordings.keep-free" in log
        caller.hang_up()
        callee.wait_ended()
        audio.assert_heard(callee.recording(), 440, seconds=2)
    assert exchange.stop() == 0


def test_keys_in_a_call_begin_a_recording_and_end_it(tmp_path_factory, tmp_path):
    """Pressed by a phone of ours; what is said before and after is in no file."""
    made = Exchange(tmp_path_factory.mktemp("keys"))
    made.settings["recordings"] = {"keep-free": 0, "keys": "*3"}
    made.configure()
    made.start()
    caller, callee = (
        PJSUA(made.line(number), tmp_path / str(number), play=audio.tone(tmp_path / name, hertz))
        for number, name, hertz in ((106, "a.wav", 440), (107, "b.wav", 620)))
    try:
        assert caller.register() == callee.register() == 200
        connect(caller, callee)
        time.sleep(1)
        assert files(made) == []
        callee.send_digits("*3")
        time.sleep(4)
        callee.send_digits("*3")
        found = finished(made, 1)
        time.sleep(1)
        caller.hang_up()
        callee.wait_ended()
        assert files(made) == found
        with wave.open(str(found[0])) as file:
            assert 3 < file.getnframes() / file.getframerate() < 6.5
        rate, heard = audio.read(found[0])
        for hertz in (440, 620):
            assert audio._ratio(heard[rate:3 * rate], rate, hertz, 8) > -6, audio.describe(found[0])
    finally:
        caller.close()
        callee.close()
        assert made.stop() == 0


def seconds(wav: Path) -> float:
    with wave.open(str(wav)) as file:
        return file.getnframes() / file.getframerate()


def test_a_phones_own_key_records_again_and_again_and_is_told_whether_it_may(tmp_path_factory):
    """INFO with Record, as phones of Snom and Yealink send it: the other party hears nothing of it."""
    made = recorder(tmp_path_factory, "own-key", keys="*3")
    try:
        with Wire(made.line(105)) as caller, Wire(made.line(107)) as callee:
            assert callee.register().status == 200
            here, there = talking(caller, callee)
            for wish in ("off", "on", "on"):
                here.within("INFO", f"Record: {wish}")
                assert here.final("INFO").status == 200
            time.sleep(2)
            there.within("INFO", "Record: off")
            assert callee.wait(range(200, 700)).status == 200
            found = finished(made, 1)
            assert 1.8 < seconds(found[0]) < 2.6
            here.within("INFO", "Record: ON")
            assert here.final("INFO").status == 200
            time.sleep(1)
            here.hang_up()
            there.end()
            found = finished(made, 2)
            assert [f.stem.split("-")[-2:] for f in sorted(found, key=lambda f: len(f.name))] == [
                ["105", "107"], ["107", "2"]]
            assert not [message for message in callee.got if message.method == "INFO"]
        with Wire(made.line(105)) as caller, Wire(made.line(102)) as callee:
            assert callee.register().status == 200
            here, there = talking(caller, callee)
            here.within("INFO", "Record: off")
            assert here.final("INFO").status == 403, "its policy has it recorded to the end"
            time.sleep(1)
            here.hang_up()
            there.end()
            assert seconds(max(finished(made, 3))) > 0.9
    finally:
        assert made.stop() == 0


def test_early_media_of_a_call_that_nobody_answers_is_not_recorded(exchange):
    before = files(exchange)
    with Wire(exchange.line(105)) as caller, Wire(exchange.line(102)) as callee:
        assert callee.register().status == 200
        here = Caller(caller, 102)
        here.invite(body=offer(4000))
        there = Callee(callee, callee.wait("INVITE"))
        there.respond(183, body=offer(4002))
        assert b"m=audio" in caller.wait(range(183, 184)).body
        time.sleep(2)
        assert files(exchange) == before
        there.respond(486)
        final = here.final("INVITE")
        assert final.status == 486
        caller.acknowledge(final, here.uri)
        callee.register(expires=0)
    time.sleep(1)
    assert files(exchange) == before


def test_a_trunk_that_was_added_to_be_recorded_has_its_calls_recorded_in_and_out(
    tmp_path_factory, tones,
):
    """Nobody's phone asks for it, and the exchange at the other end records nothing."""
    near = Exchange(tmp_path_factory.mktemp("taped-near"))
    far = Exchange(
        tmp_path_factory.mktemp("taped-far"),
        extensions(2, first=200) + extensions(2, first=128))
    near.settings["recordings"] = {"keep-free": 0, "tracks": "separate"}
    far.settings |= {"domain": "far.test", "recordings": {"keep-free": 0}}
    far.settings["media"]["ports"] = "60600-60699"
    for made in (near, far):
        made.configure()
        made.start()
    near.ctl("trunk", "add", "far", f"{LOCAL}:{far.udp}", "--extensions",
             "--caller-id", "extension", "--recording", "always")
    far.ctl("trunk", "add", "near", f"{LOCAL}:{near.udp}", "--extensions",
            "--caller-id", "extension")
    near.ctl("route", "add", "2", "--trunks", "far")
    far.ctl("route", "add", "1", "--trunks", "near")
    folder = tmp_path_factory.mktemp("taped-phones")
    codecs = ("PCMA/8000",)
    with PJSUA(near.line(101), folder / "a", codecs=codecs, play=tones(440)) as one, \
            PJSUA(far.line(200), folder / "b", codecs=codecs, play=tones(620)) as other:
        for phone in (one, other):
            assert phone.register() == 200
        for count, (caller, callee) in enumerate([(one, other), (other, one)], 1):
            connect(caller, callee)
            time.sleep(4)
            caller.hang_up()
            callee.wait_ended()
            wav = finished(near, count)[-1]
            rate, (left, right) = tracks(wav)
            hertz = (440, 620) if caller is one else (620, 440)
            assert stands_out(left[rate:3 * rate], rate, hertz[0]) > 15, wav.name
            assert stands_out(right[rate:3 * rate], rate, hertz[1]) > 15, wav.name
    assert files(far) == []
    assert near.stop() == 0 and far.stop() == 0


def stretches(wav: Path, hertz: float) -> list[tuple[float, float]]:
    """When a tone under another one sounds, as beginning and length in seconds."""
    rate, samples = audio.read(wav)
    turned = samples * np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    size = rate // 50
    loud = abs(np.convolve(turned, np.ones(size) / size, "same")) > 0.012
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    return [(begin / rate, (end - begin) / rate)
            for begin, end in zip(edges[::2], edges[1::2]) if end - begin > rate // 50]


@pytest.mark.parametrize(("tones_of", "length", "codecs"), [
    ("us", 0.5, ("PCMA/8000", "PCMA/8000")),
    ("de", 0.08, ("PCMA/8000", "G722/16000")),
])
def test_both_ears_hear_the_record_tone_of_their_country_and_the_file_does_not(
    tmp_path_factory, tmp_path, tones_of, length, codecs,
):
    """Two phones that could be relayed, and two that could not; by keys it ends with the recording."""
    made = Exchange(tmp_path_factory.mktemp(f"toned-{tones_of}"))
    made.settings |= {
        "recordings": {"keep-free": 0, "tracks": "separate", "keys": "*3", "tone": True},
        "tones": tones_of}
    made.configure()
    made.start()
    caller, callee = (
        PJSUA(made.line(number), tmp_path / str(number), codecs=(codec,),
              play=audio.tone(tmp_path / f"{hertz}.wav", hertz))
        for number, hertz, codec in zip((108, 109), (440, 620), codecs))
    try:
        assert caller.register() == callee.register() == 200
        connect(caller, callee)
        time.sleep(2)
        callee.send_digits("*3")
        time.sleep(18)
        callee.send_digits("*3")
        finished(made, 1)
        time.sleep(14)
        caller.hang_up()
        callee.wait_ended()
        for phone, voice in ((caller, 620), (callee, 440)):
            found = stretches(phone.recording(), 1400)
            assert len(found) == 2, found
            for begin, lasts in found:
                assert abs(lasts - length) < 0.04, found
                rate, samples = audio.read(phone.recording())
                part = samples[int(begin * rate):int((begin + lasts) * rate)]
                frequencies, power = audio._spectrum(np.pad(part, (0, rate)), rate)
                band = (frequencies > 1000) & (frequencies < 2000)
                peak = frequencies[band][int(np.argmax(power[band]))]
                assert abs(peak - 1400) < 6, peak
            period = 15 + length
            assert abs(found[1][0] - found[0][0] - period) < 0.1, found
            assert audio.seconds_of_tone(phone.recording(), voice) > 28
        rate, (left, right) = tracks(finished(made, 1)[0])
        for side, voice in ((left, 440), (right, 620)):
            assert stands_out(side[rate:-rate], rate, voice) > 15
            assert stands_out(side[rate:-rate], rate, 1400) < -35, "the tone is in the file"
    finally:
        caller.close()
        callee.close()
        assert made.stop() == 0
