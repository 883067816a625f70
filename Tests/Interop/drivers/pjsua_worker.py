"""The process behind pjsua.PJSUA: PJSUA2 with a null sound device.

One JSON line in is one thing to do; one line out, beginning with '@', is one report.
What each call hears is written to FOLDER/callN.wav (16-bit mono, 8 kHz).
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import sys
import threading
from typing import Any

import pjsua2 as pj

TRANSPORTS = {
    "udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS,
}
AUDIO = {0: "none", 1: "active", 2: "local_hold", 3: "remote_hold", 4: "error"}
SAMPLE_RATE = 8000


def report(event: str, **values: Any) -> None:
    sys.stdout.write("@" + json.dumps(dict(values, event=event)) + "\n")
    sys.stdout.flush()


class Call(pj.Call):
    """One call, its recorder and its player."""

    def __init__(self, worker: "Worker", call_id: int = pj.PJSUA_INVALID_ID) -> None:
        pj.Call.__init__(self, worker.account, call_id)
        self.worker = worker
        self.number = worker.keep(self)
        self.recorder: pj.AudioMediaRecorder | None = None
        self.player: pj.AudioMediaPlayer | None = None

    def onCallState(self, changed: Any) -> None:
        now = self.getInfo()
        ended = now.state == pj.PJSIP_INV_STATE_DISCONNECTED
        if ended:
            self.recorder = None  # completes the file
            self.player = None
            self.worker.forget(self)
        report("call", call=self.number, phase=now.stateText, status=now.lastStatusCode,
               reason=now.lastReason)

    def onCallSdpCreated(self, created: Any) -> None:
        if self.worker.settings["events"]:
            return
        lines = created.sdp.wholeSdp.splitlines()
        events = {line.split(":")[1].split()[0] for line in lines if "telephone-event" in line}
        kept = [line for line in lines
                if not any(line.startswith((f"a=rtpmap:{n} ", f"a=fmtp:{n} ")) for n in events)]
        kept = [" ".join(word for word in line.split() if word not in events)
                if line.startswith("m=audio") else line for line in kept]
        created.sdp.wholeSdp = "\r\n".join(kept) + "\r\n"

    def onCallMediaState(self, changed: Any) -> None:
        now = self.getInfo()  # held: the list below lives inside it
        for index, media in enumerate(now.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            try:
                self.connect(self.getAudioMedia(index), media.status)
            except pj.Error as error:
                report("media_error", call=self.number, error=error.info())
            report("media", call=self.number, audio=AUDIO.get(media.status, str(media.status)))

    def connect(self, audio: pj.AudioMedia, status: int) -> None:
        if self.recorder is None:
            self.recorder = pj.AudioMediaRecorder()
            self.recorder.createRecorder(f"{self.worker.settings['folder']}/call{self.number}.wav")
        if status in (1, 3):
            audio.startTransmit(self.recorder)
        if self.player is None and self.worker.settings["play"]:
            self.player = pj.AudioMediaPlayer()
            self.player.createPlayer(self.worker.settings["play"])
        if self.player is not None and status == 1:
            self.player.startTransmit(audio)

    def play(self, wav: str) -> None:
        audio = self.getAudioMedia(-1)
        if self.player is not None:
            self.player.stopTransmit(audio)
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(wav, pj.PJMEDIA_FILE_NO_LOOP)
        self.player.startTransmit(audio)

    def onDtmfDigit(self, received: Any) -> None:
        report("digit", call=self.number, digit=received.digit)

    def onCallTransferStatus(self, told: Any) -> None:
        report("transfer", call=self.number, status=told.statusCode, final=told.finalNotify)

    def onCallTsxState(self, changed: Any) -> None:
        transaction = changed.e.body.tsxState.tsx
        if transaction.method == "REFER" and transaction.state == pj.PJSIP_TSX_STATE_COMPLETED:
            report("refer_answered", call=self.number, status=transaction.statusCode)
        if transaction.method == "INFO" and transaction.state == pj.PJSIP_TSX_STATE_COMPLETED:
            report("info_answered", call=self.number, status=transaction.statusCode)


class Buddy(pj.Buddy):
    """Somebody whose presence is watched."""

    def onBuddyState(self) -> None:
        now = self.getInfo()
        state = {pj.PJSUA_BUDDY_STATUS_ONLINE: "online",
                 pj.PJSUA_BUDDY_STATUS_OFFLINE: "offline"}.get(now.presStatus.status, "unknown")
        report("buddy", state=state, note=now.presStatus.note, text=now.presStatus.statusText)


class Account(pj.Account):
    worker: "Worker"

    def onRegState(self, now: Any) -> None:
        report("registration", status=now.code, reason=now.reason, expires=now.expiration)

    def onIncomingCall(self, incoming: Any) -> None:
        call = Call(self.worker, incoming.callId)
        report("incoming", call=call.number, message=incoming.rdata.wholeMsg)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        call.answer(ringing)

    def onInstantMessage(self, message: Any) -> None:
        report("message", sender=message.fromUri, text=message.msgBody, type=message.contentType)

    def onMwiInfo(self, waiting: Any) -> None:
        report("waiting", message=waiting.rdata.wholeMsg)

    def onInstantMessageStatus(self, now: Any) -> None:
        report("message_answered", status=now.code, reason=now.reason)


class Worker:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.calls: dict[int, Call] = {}
        self.over: list[Call] = []
        self.buddies: list[pj.Buddy] = []
        self.count = 0
        self.library = self.start_library()
        self.account = self.make_account()

    def keep(self, call: Call) -> int:
        self.count += 1
        self.calls[self.count] = call
        return self.count

    def forget(self, call: Call) -> None:
        self.calls.pop(call.number, None)
        self.over.append(call)  # freed outside its own callback

    def start_library(self) -> pj.Endpoint:
        library = pj.Endpoint()
        library.libCreate()
        config = pj.EpConfig()
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = self.settings["log"]
        config.logConfig.msgLogging = 1
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 8
        config.medConfig.clockRate = config.medConfig.sndClockRate = SAMPLE_RATE
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        library.libInit(config)
        library.audDevManager().setNullDev()
        transport = pj.TransportConfig()
        transport.boundAddress = "127.0.0.1"
        if self.settings["transport"] == "tls":
            transport.tlsConfig.verifyServer = False
            transport.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
        library.transportCreate(TRANSPORTS[self.settings["transport"]], transport)
        library.libStart()
        for codec in library.codecEnum2():
            library.codecSetPriority(codec.codecId, 0)
        for place, codec in enumerate(self.settings["codecs"]):
            library.codecSetPriority(codec, 250 - place)
        return library

    def credentials(self) -> pj.AuthCredInfo:
        number, password, realm = (self.settings[k] for k in ("number", "password", "md5_realm"))
        if not realm:
            return pj.AuthCredInfo("digest", "*", number, 0, password)
        ha1 = hashlib.md5(f"{number}:{realm}:{password}".encode()).hexdigest()
        credentials = pj.AuthCredInfo("digest", realm, number, 1, ha1)
        credentials.algoType = pj.PJSIP_AUTH_ALGORITHM_MD5
        return credentials

    def make_account(self) -> Account:
        transport = self.settings["transport"]
        suffix = "" if transport == "udp" else f";transport={transport}"
        config = pj.AccountConfig()
        config.idUri = f"\"Phone {self.settings['number']}\" " \
                       f"<sip:{self.settings['number']}@{self.settings['domain']}>"
        config.regConfig.registrarUri = f"sip:{self.settings['domain']}{suffix}"
        config.regConfig.registerOnAdd = False
        config.regConfig.timeoutSec = self.settings["expires"]
        config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 0
        config.sipConfig.authCreds.append(self.credentials())
        config.sipConfig.proxies.append(f"sip:{self.settings['proxy']};lr{suffix}")
        if self.settings["is_reliable"]:
            config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
        if self.settings["session"]:
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
            config.callConfig.timerMinSESec = config.callConfig.timerSessExpiresSec = \
                self.settings["session"]
        config.natConfig.iceEnabled = False
        config.natConfig.sipStunUse = config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = config.natConfig.sdpNatRewriteUse = 0
        encryption = {None: 0, "optional": 1, "mandatory": 2}[self.settings["encryption"]]
        config.mediaConfig.srtpUse = encryption
        # 0: keys may stand in signalling that is in the clear.
        config.mediaConfig.srtpSecureSignaling = 0
        if self.settings["suites"]:
            wanted = pj.SrtpCryptoVector()
            for name in self.settings["suites"]:
                suite = pj.SrtpCrypto()
                suite.name = name
                wanted.append(suite)
            config.mediaConfig.srtpOpt.cryptos = wanted
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        # Its own: where a call of another worker had been, that exchange's last packets would come, and
        # this phone would answer them instead.
        first, last = self.settings["media_ports"]
        config.mediaConfig.transportConfig.port = first
        config.mediaConfig.transportConfig.portRange = last - first
        account = Account()
        account.worker = self
        account.create(config)
        self.config = config
        return account

    # What the driver may ask: one method a verb

    def register(self, ask: dict[str, Any]) -> None:
        self.account.setRegistration(True)

    def unregister(self, ask: dict[str, Any]) -> None:
        self.account.setRegistration(False)

    def call(self, ask: dict[str, Any]) -> int:
        call = Call(self)
        parameters = pj.CallOpParam(True)
        for name, value in ask["headers"].items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        call.makeCall(ask["uri"], parameters)
        return call.number

    def answer(self, ask: dict[str, Any]) -> None:
        parameters = pj.CallOpParam()
        parameters.statusCode = ask["status"]
        self.calls[ask["call"]].answer(parameters)

    def hangup(self, ask: dict[str, Any]) -> None:
        if ask["call"] in self.calls:
            self.calls[ask["call"]].hangup(pj.CallOpParam())

    def hold(self, ask: dict[str, Any]) -> None:
        self.calls[ask["call"]].setHold(pj.CallOpParam(True))

    def resume(self, ask: dict[str, Any]) -> None:
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[ask["call"]].reinvite(parameters)

    def transfer(self, ask: dict[str, Any]) -> None:
        self.calls[ask["call"]].xfer(ask["uri"], pj.CallOpParam())

    def transfer_to_call(self, ask: dict[str, Any]) -> None:
        self.calls[ask["call"]].xferReplaces(self.calls[ask["other"]], pj.CallOpParam())

    def digits(self, ask: dict[str, Any]) -> None:
        self.calls[ask["call"]].dialDtmf(ask["digits"])

    def info(self, ask: dict[str, Any]) -> None:
        request = pj.CallSendRequestParam()
        request.method = "INFO"
        request.txOption.contentType, request.txOption.msgBody = ask["type"], ask["body"]
        self.calls[ask["call"]].sendRequest(request)

    def message(self, ask: dict[str, Any]) -> None:
        config = pj.BuddyConfig()
        config.uri, config.subscribe = ask["uri"], False
        buddy = pj.Buddy()
        buddy.create(self.account, config)
        self.buddies.append(buddy)
        message = pj.SendInstantMessageParam()
        message.content, message.contentType = ask["text"], "text/plain"
        buddy.sendInstantMessage(message)

    def watch(self, ask: dict[str, Any]) -> None:
        config = pj.BuddyConfig()
        config.uri, config.subscribe = ask["uri"], True
        buddy = Buddy()
        buddy.create(self.account, config)
        self.buddies.append(buddy)

    def watch_waiting(self, ask: dict[str, Any]) -> None:
        """Subscribes to the lamp of the own recordings."""
        self.config.mwiConfig.enabled = True
        self.account.modify(self.config)

    def play(self, ask: dict[str, Any]) -> None:
        self.calls[ask["call"]].play(ask["wav"])

    def far_media(self, ask: dict[str, Any]) -> str:
        return self.calls[ask["call"]].getStreamInfo(0).remoteRtpAddress

    def statistics(self, ask: dict[str, Any]) -> dict[str, int]:
        whole = self.calls[ask["call"]].getStreamStat(0)  # held: the counters live inside it
        counted = whole.rtcp
        return {"received": counted.rxStat.pkt, "sent": counted.txStat.pkt,
                "lost": counted.rxStat.loss}

    def quit(self, ask: dict[str, Any]) -> None:
        self.library.hangupAllCalls()
        self.run_for(0.2)
        if self.account.getInfo().regIsActive:
            self.account.setRegistration(False)
            self.run_for(0.4)

    def run_for(self, seconds: float) -> None:
        for _ in range(int(seconds * 100)):
            self.library.libHandleEvents(10)

    def run(self) -> None:
        asked: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=read_lines, args=(asked,), daemon=True).start()
        report("ready")
        while True:
            self.library.libHandleEvents(5)
            self.over.clear()
            try:
                ask = asked.get_nowait()
            except queue.Empty:
                continue
            try:
                report("answer", ask=ask["ask"], value=getattr(self, ask["verb"])(ask))
            except pj.Error as error:
                report("answer", ask=ask["ask"], error=error.info())
            except KeyError as missing:
                report("answer", ask=ask["ask"], error=f"call {missing} is over")
            if ask["verb"] == "quit":
                return


def read_lines(into: queue.Queue[dict[str, Any]]) -> None:
    for text in sys.stdin:
        into.put(json.loads(text))
    into.put({"verb": "quit", "ask": 0})


if __name__ == "__main__":
    Worker(json.loads(sys.argv[1])).run()
    sys.stdout.flush()
    os._exit(0)  # the library's own destructors are not safe to run
