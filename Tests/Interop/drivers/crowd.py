"""Several calls out of one pjsua2 process, which has at most four: each says a tone of its own.

    crowd.py PROXY NUMBER PASSWORD TARGET FIRST COUNT FOLDER

The n-th call, counted from FIRST, plays FOLDER/n.wav and hears FOLDER/heard-n.wav. Prints how many were
answered, and hangs up when its input ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pjsua2 as pj

RATE = 8000


class Party(pj.Call):
    def __init__(self, account: pj.Account, number: int, folder: Path) -> None:
        pj.Call.__init__(self, account)
        self.number, self.folder = number, folder
        self.player: pj.AudioMediaPlayer | None = None
        self.recorder: pj.AudioMediaRecorder | None = None
        self.is_up = self.is_over = False

    def onCallState(self, changed: Any) -> None:
        now = self.getInfo()
        self.is_up = self.is_up or now.state == pj.PJSIP_INV_STATE_CONFIRMED
        if now.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.is_over = True
            self.player = self.recorder = None

    def onCallMediaState(self, changed: Any) -> None:
        audio = self.getAudioMedia(-1)
        if self.player is None:
            self.player = pj.AudioMediaPlayer()
            self.player.createPlayer(str(self.folder / f"{self.number}.wav"))
            self.recorder = pj.AudioMediaRecorder()
            self.recorder.createRecorder(str(self.folder / f"heard-{self.number}.wav"))
        self.player.startTransmit(audio)
        audio.startTransmit(self.recorder)


def library() -> pj.Endpoint:
    made = pj.Endpoint()
    made.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 4
    config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    made.libInit(config)
    made.audDevManager().setNullDev()
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    made.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    made.libStart()
    for codec in made.codecEnum2():
        made.codecSetPriority(codec.codecId, 250 if codec.codecId.startswith("PCMA") else 0)
    return made


def main(proxy: str, number: str, password: str, target: str, first: int, count: int,
         folder: Path) -> None:
    endpoint = library()
    config = pj.AccountConfig()
    config.idUri = f"<sip:{number}@{proxy}>"
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", number, 0, password))
    config.sipConfig.proxies.append(f"sip:{proxy};lr")
    config.natConfig.iceEnabled = False
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = pj.Account()
    account.create(config)

    def run(until: Any, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            endpoint.libHandleEvents(20)
            if until():
                return True
        return False

    parties = [Party(account, place, folder) for place in range(first, first + count)]
    for party in parties:
        party.makeCall(f"sip:{target}@{proxy}", pj.CallOpParam(True))
        run(lambda party=party: party.is_up or party.is_over, 5)
    answered = sum(party.is_up and not party.is_over for party in parties)
    print("answered", answered, flush=True)
    is_asked_to_end = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        is_asked_to_end.set()

    threading.Thread(target=listen, daemon=True).start()
    run(is_asked_to_end.is_set, 60)
    for party in parties:
        if not party.is_over:
            party.hangup(pj.CallOpParam())
    run(lambda: all(party.is_over for party in parties), 10)
    # Not by the library's own end: it takes offence at calls that Python still holds.
    os._exit(0 if answered == count else 1)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*given[:4], int(given[4]), int(given[5]), Path(given[6]))
