"""PJSUA2 (PyPI pjsua2-python): a phone with every transport, MD5 and SHA-256, hold and digits.

The library runs in a process of its own (pjsua_worker.py), one for each phone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ports import media_ports

from .inbox import Inbox, NotReported, Report
from .phone import Line, Phone, end_program

WORKER = Path(__file__).with_name("pjsua_worker.py")


class PJSUA(Phone):
    make = "pjsua"

    def __init__(
        self,
        line: Line,
        folder: Path,
        *,
        play: Path | None = None,
        codecs: tuple[str, ...] = ("PCMA/8000",),
        knows_only_md5_of: str | None = None,
        proxy: tuple[str, int] | None = None,
        expires: int = 300,
        encryption: str | None = None,
        suites: tuple[str, ...] = (),
        is_reliable: bool = False,
        session: int | None = None,
        events: bool = True,
    ) -> None:
        """knows_only_md5_of: a realm, for which the phone keeps nothing but MD5, as old ones do.
        proxy: send everything here instead (a NAT box). encryption: optional (keys beside plain RTP)
        or mandatory (RTP/SAVP alone); suites: which ones, in order. is_reliable: it wants 100rel.
        session: it wants a session timer of so many seconds. events: it knows telephone events."""
        super().__init__(line, folder)
        settings = {
            "number": line.number, "password": line.password, "transport": line.transport,
            "domain": line.domain or f"{line.host}:{line.port}",
            "proxy": "%s:%d" % (proxy or (line.host, line.port)),
            "play": str(play) if play else None, "folder": str(folder), "codecs": list(codecs),
            "md5_realm": knows_only_md5_of, "expires": expires, "encryption": encryption,
            "suites": list(suites), "is_reliable": is_reliable, "session": session,
            "events": events, "media_ports": media_ports(),
        }
        self.log = folder / "pjsua.log"
        settings["log"] = str(self.log)
        self.inbox = Inbox(str(self))
        self._asked = 0
        self._call = 0
        self._program = subprocess.Popen(
            [sys.executable, str(WORKER), json.dumps(settings)], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "pjsua.err").open("w"),
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.inbox.wait("ready", 20)

    def _read(self) -> None:
        assert self._program.stdout
        for text in self._program.stdout:
            if text.startswith("@"):
                report = json.loads(text[1:])
                if report["event"] == "incoming" or report["event"] == "calling":
                    self._call = report["call"]
                self.inbox.put(report)
        self.inbox.put({"event": "exit"})

    def tell(self, verb: str, **parameters: Any) -> int:
        """Asks for something without waiting until it is done; whether it can be is left open."""
        self._asked += 1
        ask = dict(parameters, verb=verb, ask=self._asked)
        assert self._program.stdin
        self._program.stdin.write(json.dumps(ask) + "\n")
        self._program.stdin.flush()
        return self._asked

    def ask(self, verb: str, timeout: float = 10, **parameters: Any) -> Any:
        answer = self.inbox.wait("answer", timeout, ask=self.tell(verb, **parameters))
        if "error" in answer:
            raise RuntimeError(f"{self}: {verb}: {answer['error']}")
        return answer.get("value")

    # Registration

    def register(self, timeout: float = 10) -> int:
        try:
            return self._registration("register", timeout)["status"]
        except NotReported:
            return 0

    def unregister(self, timeout: float = 10) -> int:
        return self._registration("unregister", timeout)["status"]

    def registered_for(self, timeout: float = 10) -> int:
        """Registers again and returns the seconds granted."""
        return self._registration("register", timeout)["expires"]

    def _registration(self, verb: str, timeout: float) -> Report:
        since = self.inbox.mark()
        self.ask(verb)
        return self.inbox.wait("registration", timeout, since)

    # Calls

    def call(self, number: str, headers: dict[str, str] | None = None) -> None:
        self._call = self.ask("call", uri=self.address(number), headers=headers or {})

    def wait_ringing(self, timeout: float = 10) -> None:
        self.inbox.wait("incoming", timeout, call=lambda n: n > self._taken())
        self._took = self._call

    def _taken(self) -> int:
        return getattr(self, "_took", 0)

    def wait_ringback(self, timeout: float = 10) -> None:
        """Until the far phone is known to ring."""
        self.inbox.wait("call", timeout, call=self._call, status=lambda s: s in (180, 183))

    def answer(self) -> None:
        self.ask("answer", call=self._call, status=200)

    def reject(self, status: int) -> None:
        self.ask("answer", call=self._call, status=status)

    def wait_answered(self, timeout: float = 10) -> None:
        self.inbox.wait("call", timeout, call=self._call, phase="CONFIRMED")
        self.inbox.wait("media", timeout, call=self._call, audio="active")

    def hang_up(self) -> None:
        self.ask("hangup", call=self._call)
        self.wait_ended()

    def wait_ended(self, timeout: float = 10) -> None:
        self.inbox.wait("call", timeout, call=self._call, phase="DISCONNECTED")

    def ended_with(self, timeout: float = 10) -> int:
        """The status with which the call ended."""
        return self.inbox.wait("call", timeout, call=self._call, phase="DISCONNECTED")["status"]

    def hold(self) -> None:
        self._renegotiate("hold", "local_hold")

    def resume(self) -> None:
        self._renegotiate("resume", "active")

    def _renegotiate(self, verb: str, until: str) -> None:
        since = self.inbox.mark()
        self.ask(verb, call=self._call)
        self.inbox.wait("media", 10, since, call=self._call, audio=until)

    def wait_held(self, timeout: float = 10, since: int = 0) -> None:
        """Until the far side has put this phone on hold."""
        self.inbox.wait("media", timeout, since, call=self._call, audio="remote_hold")

    def wait_resumed(self, timeout: float = 10, since: int = 0) -> None:
        self.inbox.wait("media", timeout, since, call=self._call, audio="active")

    # Several calls, and transfers

    @property
    def current_call(self) -> int:
        """The call that all else is about: the latest one, unless another was chosen."""
        return self._call

    def choose_call(self, number: int) -> None:
        self._call = number

    def transfer(self, number: str) -> None:
        """Blind: REFER to a number."""
        self.ask("transfer", call=self._call, uri=self.address(number))

    def transfer_to_call(self, other: int) -> None:
        """Attended: REFER to another call of this phone, rung or answered."""
        self.ask("transfer_to_call", call=self._call, other=other)

    def wait_transferred(self, timeout: float = 10, since: int = 0) -> int:
        """The status with which the transfer ended, as the exchange told."""
        return self.inbox.wait(
            "transfer", timeout, since, call=self._call, status=lambda s: s >= 200)["status"]

    # Digits, messages, audio

    def send_digits(self, digits: str) -> None:
        self.ask("digits", call=self._call, digits=digits)

    def send_digits_by_info(self, digits: str) -> None:
        for digit in digits:
            since = self.inbox.mark()
            self.ask("info", call=self._call, type="application/dtmf-relay",
                     body=f"Signal={digit}\r\nDuration=160\r\n")
            self.inbox.wait("info_answered", 5, since)

    def digits(self) -> str:
        return "".join(r["digit"] for r in self.inbox.reports if r["event"] == "digit")

    def send_message(self, number: str, text: str) -> None:
        self.ask("message", uri=self.address(number), text=text)

    def watch(self, number: str) -> None:
        self.ask("watch", uri=self.address(number))

    def wait_buddy(self, state: str, timeout: float = 10, since: int = 0) -> Report:
        return self.inbox.wait("buddy", timeout, since, state=state)

    def watch_waiting(self) -> None:
        self.ask("watch_waiting")

    def message_answered(self, timeout: float = 10) -> int:
        return self.inbox.wait("message_answered", timeout)["status"]

    def wait_message(self, text: str, timeout: float = 10) -> Report:
        return self.inbox.wait("message", timeout, text=text)

    def far_media(self) -> tuple[str, int]:
        """Where this phone sends its RTP."""
        address, port = self.ask("far_media", call=self._call).rsplit(":", 1)
        return address, int(port)

    def packets_received(self) -> int:
        return self.ask("statistics", call=self._call)["received"]

    def play(self, wav: Path) -> None:
        """Plays this file once instead of what the call plays now."""
        self.ask("play", call=self._call, wav=str(wav))

    def recording(self) -> Path:
        return self.folder / f"call{self._call}.wav"

    def recorded(self, seconds: float, timeout: float | None = None) -> None:
        """Waits until the recording holds at least so many more seconds of sound."""
        before = self.recording().stat().st_size if self.recording().exists() else 0
        deadline = time.monotonic() + (timeout or seconds * 2 + 5)
        while time.monotonic() < deadline:
            if self.recording().stat().st_size - before >= seconds * 16000:
                return
            time.sleep(0.1)

    def die(self) -> None:
        """The power cord is pulled: no BYE, no unregistration."""
        self._program.kill()
        self._program.wait()

    def close(self) -> None:
        if self._program.poll() is not None:
            return
        try:
            self.ask("quit", timeout=5)
        except (AssertionError, OSError, RuntimeError):
            pass
        end_program(self._program)
