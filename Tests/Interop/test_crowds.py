"""Many at a time by real phones: 32 in one conference, and calls by the hundred through the relay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import audio
from exchange import DOMAIN, Exchange, extensions, program
from ports import FIRST, exchange_media_ports

CROWD = Path(__file__).parent / "drivers" / "crowd.py"
PARTIES = 32
# Of one process: its library has no more.
EACH = 4
# Unevenly apart: what two of them make of a third falls on no fourth. Above most of a voice: those who
# come are announced meanwhile.
TONES = [1012 + 74 * party + 7 * party * party % 29 for party in range(PARTIES)]
# Loud enough to be a voice, and 31 of them together not too loud for a sample.
LEVEL = 0.035


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    made = Exchange(tmp_path_factory.mktemp("crowds"))
    made.settings["calls"]["per-extension"] = 40
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0


def powers(wav: Path) -> list[float]:
    """Decibels of each tone against all that is heard, in two seconds before the end."""
    rate, samples = audio.read(wav)
    part = samples[-int(3.5 * rate):-int(1.5 * rate)]
    assert len(part) == 2 * rate, audio.describe(wav)
    frequencies, power = audio._spectrum(part, rate)
    whole = power.sum() + 1e-12
    return [10 * np.log10(power[np.abs(frequencies - tone) < 4].sum() / whole + 1e-12)
            for tone in TONES]


def test_32_real_phones_in_one_conference_hear_all_others_and_not_themselves(exchange, tmp_path):
    for party, tone in enumerate(TONES):
        audio.write(tmp_path / f"{party}.wav", audio.sine(tone, 60, level=LEVEL))
    crowds = [
        subprocess.Popen(
            [sys.executable, str(CROWD), f"127.0.0.1:{exchange.udp}", "100",
             exchange.people["100"].password, "700*3232", str(first), str(EACH), str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for first in range(0, PARTIES, EACH)]
    try:
        # pjsua2 says a word of its own first.
        said = [next((line for line in crowd.stdout if line.startswith("answered")), "none")
                for crowd in crowds]
        assert said == [f"answered {EACH}\n"] * len(crowds)
        exchange.wait_calls(PARTIES)
        time.sleep(6)
    finally:
        for crowd in crowds:
            crowd.stdin.close()
        for crowd in crowds:
            assert crowd.wait(30) == 0
    for party in range(PARTIES):
        heard = powers(tmp_path / f"heard-{party}.wav")
        # Each of 31 has 15 dB less than all together, and there is a voice besides.
        usual = float(np.median(heard))
        assert -20 < usual < -13, f"{party}: {heard}"
        for other, level in enumerate(heard):
            if other == party:
                assert level < usual - 10, f"{party} hears itself: {level:.1f} dB"
            else:
                assert level > usual - 6, f"{party} does not hear {other}: {level:.1f} dB"


def dropped(first: int, last: int) -> int:
    """What the kernel threw away of the sockets of that range, for want of room (RcvbufErrors)."""
    rows = [row.split() for row in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if first <= int(row[1].split(":")[1], 16) <= last)


# All at once for a minute; INTEROP_CALLS=1000 INTEROP_TALK=600 takes ten, and a machine to itself.
CALLS = int(os.environ.get("INTEROP_CALLS", "150"))
TALK = int(os.environ.get("INTEROP_TALK", "20"))


@pytest.mark.timeout(240 + 2 * TALK)
def test_of_calls_by_the_hundred_each_packet_arrives(tmp_path_factory, tmp_path):
    first, last = exchange_media_ports() if CALLS <= 200 else (FIRST, FIRST + 4 * CALLS + 99)
    people = extensions(2 * CALLS, first=1000)
    made = Exchange(tmp_path_factory.mktemp("relay"), people)
    made.settings["media"]["ports"] = f"{first}-{last}"
    made.settings["log"] = "warning"
    made.file.write_text(json.dumps(made.settings))
    sheet = made.folder / "people.csv"
    rows = [f"{p.number},{p.name},{p.password},{p.pin},," for p in people]
    sheet.write_text("\n".join(["number,name,password,pin,email,group", *rows]) + "\n")
    made.ctl("extension", "import", str(sheet))
    made.start()
    drops: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(2):
            drops.append(dropped(first, last))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    secret = tmp_path / "password"
    secret.write_text("interop-secret-{number}\n")
    done = subprocess.run(
        [program("pbxload", "PBXLOAD"), "--target", f"udp:127.0.0.1:{made.udp}",
         "--domain", DOMAIN, "--password-file", str(secret), "--first-number", "1000",
         "--phones", str(2 * CALLS), "--calls", str(CALLS), "--calls-per-second", "25",
         "--talk", f"{CALLS // 25 + TALK}s", "--sound", "full", "--json"],
        capture_output=True, text=True, timeout=200 + 2 * TALK, cwd=tmp_path)
    over.set()
    watcher.join()
    assert made.stop() == 0
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["calls"]["talked"] == CALLS
    sound = told["sound"]
    print(sound, "dropped", max(drops))
    assert sound["heardCalls"] == CALLS
    assert sound["expectedPackets"] > CALLS * TALK * 2 * 45
    assert sound["lostPackets"] == 0 and max(drops) == 0
