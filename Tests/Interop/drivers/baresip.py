"""baresip 1.0 (Debian), driven over its ctrl_tcp module: netstrings of JSON.

It gives up when any challenge names SHA-256, as old phones do; so it is also our old phone.
It plays a file (aufile) and writes what it decodes (sndfile, dump-*-dec.wav), both at 8 kHz.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from ports import free_port, media_ports

from .inbox import Inbox, Report
from .phone import Line, Phone, end_program

# An address in net_interface, not "lo", keeps 1.0 on loopback.
CONFIG = """poll_method epoll
sip_listen {address}:0
call_local_timeout 120
call_max_calls 8
audio_player aubridge,sink{number}
audio_source {source}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
jitter_buffer_delay 1-10
rtp_ports {rtp_ports}
net_interface {address}
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module srtp.so
module dtls_srtp.so
rtcp_mux yes
module aufile.so
module sndfile.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""
FULL_RATE = 55_000  # of 64,000 bits a second of G.711
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
REGISTERED = re.compile(r"(?:\{\d/[^}]*\}|^reg: \S+|^\S+: \{\d.*?\}) (\d{3}) ", re.M)


class Baresip(Phone):
    make = "baresip"

    def __init__(
        self, line: Line, folder: Path, *, play: Path | None = None, codecs: str = "pcma",
        contact: str | None = None, encryption: str | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        """Registers by itself as it starts. contact: whom alone it can send messages to.
        encryption: srtp (takes and offers keys), srtp-mand (and nothing else), dtls_srtp.
        address: its own, in the network where it is started."""
        super().__init__(line, folder)
        for old in folder.glob("dump-*.wav"):
            old.unlink()
        control = free_port()
        first, last = media_ports()
        source = f"aufile,{play}" if play else "aubridge,nothing"
        (folder / "config").write_text(CONFIG.format(
            number=line.number, address=address, source=source, control=control, folder=folder,
            rtp_ports=f"{first}-{last}"))
        host = line.domain or f"{line.host}:{line.port}"
        outbound = f';outbound="sip:{line.host}:{line.port};transport={line.transport}"'
        (folder / "accounts").write_text(
            f"<sip:{line.number}@{host};transport={line.transport}>"
            f";auth_user={line.number};auth_pass={line.password};answermode=manual"
            f";audio_codecs={codecs};regint=120;ptime=20{outbound}"
            + (f";mediaenc={encryption}" if encryption else "") + "\n")
        entry = f'"{contact}" <{self.address(contact)}>\n' if contact else ""
        (folder / "contacts").write_text(entry)
        self.log = folder / "baresip.log"
        self.inbox = Inbox(str(self))
        self._asked = 0
        self._since = 0
        self._program = subprocess.Popen(
            ["baresip", "-f", str(folder), "-s", "-v"], stdin=subprocess.DEVNULL, cwd=folder,
            stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        self._control = self._connect(control)
        threading.Thread(target=self._read, daemon=True).start()

    def _connect(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 10
        while True:
            try:
                control = socket.create_connection(("127.0.0.1", port), 2)
                control.settimeout(None)
                return control
            except OSError as error:
                if time.monotonic() > deadline or self._program.poll() is not None:
                    raise RuntimeError(f"{self} did not start: {self.said()[-800:]}") from error
                time.sleep(0.05)

    def said(self) -> str:
        return ESCAPES.sub("", self.log.read_text(errors="replace"))

    def _read(self) -> None:
        pending = b""
        while chunk := self._receive():
            pending += chunk
            while match := re.match(rb"(\d+):", pending):
                end = match.end() + int(match.group(1))
                if len(pending) <= end:
                    break
                report = json.loads(pending[match.end():end].decode(errors="replace"))
                pending = pending[end + 1:]
                report["event"] = report.get("type") if report.get("event") else "answer"
                self.inbox.put(report)
        self.inbox.put({"event": "exit"})

    def _receive(self) -> bytes:
        try:
            return self._control.recv(65536)
        except OSError:
            return b""

    def ask(self, command: str, parameters: str = "", timeout: float = 8) -> Report:
        self._asked += 1
        token = str(self._asked)
        body = json.dumps({"command": command, "params": parameters, "token": token}).encode()
        self._control.sendall(b"%d:%s," % (len(body), body))
        return self.inbox.wait("answer", timeout, token=token)

    # Registration

    def register(self, timeout: float = 10) -> int:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.inbox.find("REGISTER_OK"):
                return 200
            if failed := self.inbox.find("REGISTER_FAIL"):
                status = re.match(r"\d{3}", failed.get("param", ""))
                return int(status.group()) if status else 0
            if match := REGISTERED.search(self.said()):
                return int(match.group(1))
            time.sleep(0.05)
        return 0

    # Calls

    def _wait(self, event: str, timeout: float, **wanted: Any) -> Report:
        return self.inbox.wait(event, timeout, self._since, **wanted)

    def call(self, number: str) -> None:
        self._since = self.inbox.mark()
        self.ask("dial", self.address(number))

    def wait_ringing(self, timeout: float = 10) -> None:
        report = self._wait("CALL_INCOMING", timeout)
        self._since = self.inbox.reports.index(report)

    def answer(self) -> None:
        self.ask("accept")

    def wait_answered(self, timeout: float = 10) -> None:
        self._wait("CALL_ESTABLISHED", timeout)

    def hang_up(self) -> None:
        self.ask("hangup")
        self.wait_ended()

    def wait_ended(self, timeout: float = 10) -> None:
        closed = self._wait("CALL_CLOSED", timeout)
        self._since = self.inbox.reports.index(closed) + 1

    def ended_with(self, timeout: float = 10) -> str:
        """The reason baresip gives, e.g. '486 Busy Here'."""
        closed = self._wait("CALL_CLOSED", timeout)
        return closed.get("param", "")

    def hold(self) -> None:
        self.ask("hold")

    def resume(self) -> None:
        self.ask("resume")

    # Digits, messages, audio

    def send_digits(self, digits: str) -> None:
        for digit in digits:
            self.ask("sndcode", digit)
            time.sleep(0.2)

    def digits(self) -> str:
        return "".join(r.get("param", "") for r in self.inbox.reports
                       if r["event"] == "CALL_DTMF_START")

    def send_message(self, number: str, text: str) -> None:
        self.ask("message", text)

    def wait_message(self, text: str, timeout: float = 10) -> None:
        deadline = time.monotonic() + timeout
        while text not in self.said():
            assert time.monotonic() < deadline, f"{self}: no message {text!r} in {timeout} s"
            time.sleep(0.1)

    def recordings(self) -> list[Path]:
        return sorted(self.folder.glob("dump-*-dec.wav"))

    def wait_hearing(self, hertz: float, timeout: float = 8) -> None:
        """As for every phone; after a hold 1.0 records no more, so its own meter must do."""
        if self.said().count("stream: update") < 2:
            return super().wait_hearing(hertz, timeout)
        deadline = time.monotonic() + timeout
        while self._bits_received() < FULL_RATE:
            assert time.monotonic() < deadline, f"{self}: {self.said()[-200:]!r}"
            time.sleep(0.2)

    def _bits_received(self) -> int:
        """Bits a second lately, as shown once a quarter of a second."""
        shown = re.findall(r"audio=\d+/(\d+) \(bit/s\)", self.said())
        return min((int(bits) for bits in shown[-4:]), default=0)

    def recording(self) -> Path:
        dumps = self.recordings()
        return dumps[-1] if dumps else self.folder / "dump-none-dec.wav"

    def close(self) -> None:
        if self._program.poll() is not None:
            return
        try:
            self.ask("quit", timeout=1)
        except (AssertionError, OSError):
            pass
        end_program(self._program)
        self._control.close()
