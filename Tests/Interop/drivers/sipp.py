"""sipp 3.6 (Debian package sip-tester) with the scenarios of ../scenarios."""

from __future__ import annotations

import csv
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ports import free_port, is_free

from .phone import Line, end_program

SCENARIOS = Path(__file__).parent.parent / "scenarios"


@dataclass(frozen=True)
class Message:
    """One SIP message of a trace."""

    received: bool
    text: str

    @property
    def start(self) -> str:
        return self.text.partition("\n")[0].strip()

    def field(self, name: str) -> str | None:
        match = re.search(rf"^{name}\s*:\s*(.*?)\s*$", self.text, re.M | re.I)
        return match.group(1) if match else None


class Sipp:
    """One sipp process. sipp itself would take port 5060 when it is free: it always gets one."""

    def __init__(
        self, scenario: str, line: Line, folder: Path, *, calls: int = 1, rate: int = 10,
        callee: str | None = None, accounts: Path | None = None, port: int | None = None,
        milliseconds: int = 0, timeout: int = 60, media: tuple[int, int] | None = None,
        is_alive: bool = False,
    ) -> None:
        """is_alive: it answers what asks whether it is there, whatever the scenario says."""
        folder.mkdir(parents=True, exist_ok=True)
        self.base = folder / f"sipp-{scenario}-{line.number}"
        self.port = port or free_port()
        transport = {"udp": "u1", "tcp": "t1"}[line.transport]
        self._command = [
            "sipp", f"{line.host}:{line.port}", "-sf", str(SCENARIOS / f"{scenario}.xml"),
            "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(self.port), "-t", transport,
            "-m", str(calls), "-r", str(rate), "-l", str(max(calls, 1)), "-nostdin",
            "-timeout", str(timeout), "-fd", "1", "-d", str(milliseconds),
            "-au", line.number, "-ap", line.password, "-key", "me", line.number,
            "-trace_stat", "-stf", f"{self.base}.csv",
            "-trace_err", "-error_file", f"{self.base}.err",
            "-trace_msg", "-message_file", f"{self.base}.messages",
        ]
        if media:
            self._command += ["-min_rtp_port", str(media[0]), "-max_rtp_port", str(media[1])]
        if is_alive:
            self._command.append("-aa")
        if callee:
            self._command += ["-s", callee]
        if accounts:
            self._command += ["-inf", str(accounts)]
        self._kind = socket.SOCK_DGRAM if line.transport == "udp" else socket.SOCK_STREAM
        self._program: subprocess.Popen | None = None

    def start(self) -> "Sipp":
        for old in self.base.parent.glob(self.base.name + ".*"):
            old.unlink()
        self._program = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
            stdout=Path(f"{self.base}.out").open("w"))
        deadline = time.monotonic() + 5
        while is_free(self.port, self._kind) and self.is_running():
            assert time.monotonic() < deadline, f"sipp does not open port {self.port}"
            time.sleep(0.02)
        return self

    def wait(self, timeout: float = 60) -> int:
        """The exit status: 0 when every call went as the scenario says."""
        assert self._program
        return self._program.wait(timeout)

    def is_running(self) -> bool:
        return self._program is not None and self._program.poll() is None

    def close(self) -> None:
        if self.is_running():
            assert self._program
            self._program.terminate()
            end_program(self._program)

    def __enter__(self) -> "Sipp":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> dict[str, int]:
        """Calls created, successful and failed so far (sipp writes them once a second)."""
        try:
            rows = list(csv.DictReader(Path(f"{self.base}.csv").open(), delimiter=";"))
        except OSError:
            rows = []
        if not rows:
            return {"created": 0, "ok": 0, "failed": 0, "current": 0}
        last = rows[-1]
        return {"created": int(last["TotalCallCreated"]), "ok": int(last["SuccessfulCall(C)"]),
                "failed": int(last["FailedCall(C)"]), "current": int(last["CurrentCall"])}

    def messages(self) -> list[Message]:
        try:
            text = Path(f"{self.base}.messages").read_text(errors="replace")
        except OSError:
            return []
        found = []
        for part in re.split(r"^-{20,}.*\n", text, flags=re.M)[1:]:
            head = re.match(r".*?message (received|sent).*?\n\n?", part, re.S)
            if head:
                found.append(Message(head.group(1) == "received", part[head.end():].strip()))
        return found

    def received(self, start: str, timeout: float = 5) -> Message:
        """The first received message whose first line begins so."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for message in self.messages():
                if message.received and message.start.startswith(start):
                    return message
            time.sleep(0.1)
        trace = [("< " if m.received else "> ") + m.start for m in self.messages()]
        raise AssertionError(f"{self.base.name}: no {start} received; trace {trace}")

    def trouble(self) -> str:
        """What sipp complained about."""
        try:
            return Path(f"{self.base}.err").read_text(errors="replace")[-1500:]
        except OSError:
            return ""
