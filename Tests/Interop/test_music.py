"""Music on hold of one's own, prompts that espeak-ng speaks, and what is said of bad sound."""

from __future__ import annotations

import subprocess
import time
import wave

import numpy as np
import pytest

import audio
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import Wire, media_of, offer
from exchange import Exchange, program
from test_calls import connect
from test_offers import call, contact_of, within

# Not among the notes of the melody.
FIRST, SECOND = 640, 1150


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    """No recorded prompts, and a folder of music that is not there yet."""
    made = Exchange(tmp_path_factory.mktemp("music"))
    made.settings["music"] = {"folder": str(made.folder / "own music")}
    made.settings["prompts"] = {"folder": str(made.folder / "no prompts")}
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0


def ask(exchange: Exchange, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("pbxctl", "PBXCTL"), "--config", str(exchange.file), *arguments],
        capture_output=True, text=True, timeout=30)


def test_a_music_folder_that_is_not_there_is_told_of(exchange):
    assert "music.missing" in exchange.log_tail(1000)
    checked = ask(exchange, "check")
    assert checked.returncode != 0 and "music.folder" in checked.stdout
    assert "is not there" in ask(exchange, "music", "list").stderr


def test_a_broken_mp3_is_refused_in_one_line_of_our_own(exchange, tmp_path):
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"\xff\xfb\x90\x64" + bytes(i * 37 % 251 for i in range(6000)))
    added = ask(exchange, "music", "add", str(broken))
    assert added.returncode != 0
    assert len(added.stderr.strip().splitlines()) == 1, added.stderr
    assert added.stderr.startswith("pbxctl: ")


def test_who_is_held_hears_ones_own_music_in_order(exchange, phones, tones, tmp_path):
    """Two files of different rate and form, added while it runs; narrow and wide."""
    wide = audio.resampled(audio.sine(SECOND, 3), audio.RATE, 44_100)
    with wave.open(str(tmp_path / "b.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.repeat((wide * 32767).astype("<i2"), 2).tobytes())
    audio.write(tmp_path / "a.wav", audio.sine(FIRST, 3))
    for name in ("a.wav", "b.wav"):
        exchange.ctl("music", "add", str(tmp_path / name))
    assert exchange.ctl("music", "list").split() == ["a.wav", "b.wav"]
    held = [phones(PJSUA, 100, codecs=("PCMA/8000",)), phones(PJSUA, 101, codecs=("G722/16000",))]
    holders = [phones(PJSUA, 102), phones(PJSUA, 103)]
    # The exchange looks for new music when somebody is held and its last look is ten seconds old.
    time.sleep(10)
    for patience in (1.5, 7.5):
        for one, other in zip(held, holders):
            if patience < 2:
                connect(other, one)
            other.hold()
        time.sleep(patience)
        for other in holders:
            other.resume()
            time.sleep(0.3)
    for one, other in zip(held, holders):
        other.hang_up()
        one.wait_ended()
        audio.assert_heard(one.recording(), FIRST, seconds=2)
        audio.assert_heard(one.recording(), SECOND, seconds=2)


def test_what_nobody_recorded_is_spoken_by_espeak(exchange, phones):
    """The speaking clock, without a recorded prompt; the words are kept as files."""
    caller = phones(PJSUA, 104)
    caller.call("*82")
    caller.wait_answered()
    time.sleep(12)
    caller.hang_up()
    spoken = list((exchange.data / "spoken").glob("en-*.wav"))
    assert spoken, "espeak-ng made nothing"
    rate, heard = audio.read(caller.recording())
    assert abs(heard).mean() > 0.005
    # Speech and no tone: no line stands out for long.
    assert audio.seconds_of_tone(caller.recording(), 440) < 2


def test_the_doctor_says_which_packets_were_lost_and_who_was_not_heard(exchange, phones, tones):
    """A phone whose network loses every tenth packet, then one that sends none at all."""
    callee = phones(PJSUA, 105, play=tones(FIRST))
    for lost, words in ((True, "10 % of 106's packets were lost"),
                        (False, "no packets came from 106")):
        with Wire(exchange.line(106)) as caller:
            stream = RTPStream()
            call(caller, 105, offer(stream.port))
            callee.wait_ringing()
            callee.answer()
            answer = caller.wait(range(200, 300))
            caller.acknowledge(answer, contact_of(answer))
            if lost:
                stream.start(media_of(answer.body), lost=lambda number: number % 10 == 9)
            time.sleep(6)
            bye = within(caller, answer, "BYE")
            caller.send(bye.replace(b"To: <sip:101@", b"To: <sip:105@"))
            assert caller.wait(range(200, 700)).status == 200
            callee.wait_ended()
            stream.stop()
        identifier = exchange.last_call()["call_id"]
        deadline = time.monotonic() + 5
        while words not in (told := exchange.ctl("call", "show", identifier)):
            assert time.monotonic() < deadline, told
            time.sleep(0.2)
