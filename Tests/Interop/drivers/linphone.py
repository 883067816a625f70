"""linphonec 5.1 (Debian package linphone-cli), driven over its prompt in "use files" mode.

It knows SHA-256, TCP, TLS and instant messages. It prints little of itself, so the driver asks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from ports import free_port, media_ports

from .phone import Line, Phone, end_program

SETTINGS = """[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port={tls}
use_ipv6=0
verify_server_certs=0
verify_server_cn=0
media_encryption={encryption}
media_encryption_mandatory={mandatory}
use_info=0
use_rfc2833=1
guess_hostname=0
register_only_when_network_is_up=0
[rtp]
audio_rtp_port={rtp}
[net]
firewall_policy=0
[misc]
log_collection=0
"""
PROMPT = "linphonec>"


class Linphone(Phone):
    make = "linphone"

    def __init__(
        self, line: Line, folder: Path, *, play: Path | None = None,
        codecs: tuple[str, ...] = ("PCMA",), encryption: str | None = None,
    ) -> None:
        """encryption: srtp, offered and taken alone."""
        super().__init__(line, folder)
        for name in (".local", ".config"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / ".local/share/linphone").mkdir(parents=True)
        (folder / ".config/linphone").mkdir(parents=True)
        first, last = media_ports()
        own = {"udp": 0, "tcp": 0, "tls": 0}
        own[line.transport] = free_port() if line.transport == "udp" else -2
        (folder / "linphonerc").write_text(SETTINGS.format(
            rtp=f"{first}-{last}", encryption=encryption or "none",
            mandatory=int(encryption is not None), **own))
        self._said = ""
        self._place = 0
        self._last_call = ""
        self._program = subprocess.Popen(
            ["stdbuf", "-oL", "linphonec", "-c", str(folder / "linphonerc"), "-d", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=(folder / "linphone.err").open("w"),
            env=dict(os.environ, HOME=str(folder)), text=True, bufsize=1, errors="replace")
        self._log = (folder / "linphone.log").open("w")
        threading.Thread(target=self._read, daemon=True).start()
        self.expect(f"{PROMPT}|Ready|Warning: video")
        time.sleep(0.3)
        self.type("soundcard use files")
        if play:
            self.type(f"play {play}")
        self.type(f"record {self.recording()}")
        self._choose(codecs)

    def _choose(self, codecs: tuple[str, ...]) -> None:
        listed = self.ask("codec list")
        for index, name in re.findall(r"(\d+): (\S+) \(\d+\) (?:en|dis)abled", listed):
            self.type(f"codec {'enable' if name in codecs else 'disable'} {index}", pause=0.01)

    def _read(self) -> None:
        assert self._program.stdout
        while chunk := os.read(self._program.stdout.fileno(), 4096):
            text = chunk.decode(errors="replace")
            self._said += text
            self._log.write(text)
            self._log.flush()

    def type(self, command: str, pause: float = 0.04) -> None:
        assert self._program.stdin
        self._program.stdin.write(command + "\n")
        self._program.stdin.flush()
        time.sleep(pause)

    def ask(self, command: str, timeout: float = 3) -> str:
        """Types a command and returns what is printed up to the prompt."""
        start = len(self._said)
        self.type(command, pause=0)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            time.sleep(0.03)
            printed = self._said[start:]
            if PROMPT in printed.lstrip().removeprefix(PROMPT):
                break
        return self._said[start:]

    def expect(self, pattern: str, timeout: float = 10) -> re.Match[str]:
        """Waits for text not yet looked at."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if match := re.compile(pattern).search(self._said, self._place):
                self._place = match.end()
                return match
            time.sleep(0.03)
        raise AssertionError(f"{self}: no /{pattern}/ in {timeout} s: {self._said[-600:]!r}")

    def _until(self, command: str, pattern: str, timeout: float) -> str:
        """Asks again and again until the answer matches."""
        deadline = time.monotonic() + timeout
        while True:
            printed = self.ask(command)
            if re.search(pattern, printed):
                return printed
            if time.monotonic() > deadline:
                raise AssertionError(f"{self}: {command}: {printed!r}, never /{pattern}/")
            time.sleep(0.1)

    # Registration

    def register(self, timeout: float = 10) -> int:
        line = self.line
        transport = "" if line.transport == "udp" else f";transport={line.transport}"
        self.type(f"register sip:{line.number}@{line.realm} "
                  f"sip:{line.host}:{line.port}{transport} {line.password}")
        try:
            self._until("status register", r"registered, |registered=1", timeout)
        except AssertionError:
            return 0
        return 200

    def unregister(self) -> None:
        self.type("unregister")

    # Calls

    def call(self, number: str) -> None:
        self.type(f"call {self.address(number)}")

    def wait_ringing(self, timeout: float = 10) -> None:
        self._until("status hook", r"Incoming call", timeout)

    def answer(self) -> None:
        self.type("answer")

    def wait_answered(self, timeout: float = 10) -> None:
        self._until("status hook", r"Call out|hook=answered|duration=", timeout)

    def hang_up(self) -> None:
        self.type("terminate")
        self.wait_ended()

    def wait_ended(self, timeout: float = 10) -> None:
        self._until("status hook", r"on-?hook", timeout)
        time.sleep(0.4)  # the recording is completed a little later

    def hold(self) -> None:
        self.type("pause")

    def resume(self) -> None:
        number = re.search(r"^\s*(\d+)\s*\|", self.ask("calls"), re.M)
        self.type(f"resume {number.group(1) if number else 1}")

    # Digits, messages, audio

    def send_digits(self, digits: str) -> None:
        for digit in digits:
            self.type(digit, pause=0.35)

    def digits(self) -> str:
        return "".join(re.findall(r"[Rr]ecei\w+ tone (\S)", self._said))

    def send_message(self, number: str, text: str) -> None:
        self.type(f'chat {self.address(number)} {text}')

    def wait_message(self, text: str, timeout: float = 10) -> None:
        self.expect(f"Message received from .*{re.escape(text)}", timeout)

    def recording(self) -> Path:
        return self.folder / "heard.wav"

    def close(self) -> None:
        if self._program.poll() is not None:
            return
        try:
            self.type("quit")
        except OSError:
            pass
        end_program(self._program, patience=6)
        self._log.close()
