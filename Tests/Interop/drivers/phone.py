"""What a test may ask of a phone, whatever its make."""

from __future__ import annotations

import abc
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import audio


@dataclass(frozen=True)
class Line:
    """What a person types into a phone: where the exchange is, and who they are there."""

    number: str
    password: str
    host: str
    port: int
    transport: str = "udp"
    domain: str | None = None

    @property
    def realm(self) -> str:
        return self.domain or self.host


class Phone(abc.ABC):
    """One phone with at most one call of interest at a time: the last one made or received."""

    make: str

    def __init__(self, line: Line, folder: Path) -> None:
        self.line = line
        self.number = line.number
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __str__(self) -> str:
        return f"{self.make} {self.number}"

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def address(self, number: str) -> str:
        """The SIP address of another extension, as this phone would dial it."""
        transport = "" if self.line.transport == "udp" else f";transport={self.line.transport}"
        port = "" if self.line.domain else f":{self.line.port}"
        return f"sip:{number.replace('#', '%23')}@{self.line.realm}{port}{transport}"

    @abc.abstractmethod
    def register(self, timeout: float = 10) -> int:
        """Registers and returns the final status; 0 when the phone tells none."""

    @abc.abstractmethod
    def call(self, number: str) -> None: ...

    @abc.abstractmethod
    def wait_ringing(self, timeout: float = 10) -> None:
        """Until a call comes in. The phone rings (180) by itself."""

    @abc.abstractmethod
    def answer(self) -> None: ...

    @abc.abstractmethod
    def wait_answered(self, timeout: float = 10) -> None:
        """Until the call is up on this phone."""

    @abc.abstractmethod
    def hang_up(self) -> None:
        """Ends, cancels or rejects, as the red button does; waits until the call is over."""

    @abc.abstractmethod
    def wait_ended(self, timeout: float = 10) -> None:
        """Until the call is over, whoever ended it; the recording is complete then."""

    @abc.abstractmethod
    def hold(self) -> None: ...

    @abc.abstractmethod
    def resume(self) -> None: ...

    @abc.abstractmethod
    def send_digits(self, digits: str) -> None:
        """By RFC 4733 telephone events."""

    @abc.abstractmethod
    def digits(self) -> str:
        """The digits received so far in all calls."""

    @abc.abstractmethod
    def send_message(self, number: str, text: str) -> None: ...

    @abc.abstractmethod
    def wait_message(self, text: str, timeout: float = 10) -> object:
        """Until that text came as an instant message."""

    @abc.abstractmethod
    def recording(self) -> Path:
        """A WAV of what was heard in the last call; grows while the call is up."""

    def recordings(self) -> list[Path]:
        """All parts of it: some phones begin a new file when the call is renegotiated."""
        return [self.recording()]

    def heard(self, hertz: float) -> float:
        """Seconds of that tone heard so far in this call."""
        return sum(audio.seconds_of_tone(wav, hertz) for wav in self.recordings())

    def wait_hearing(self, hertz: float, timeout: float = 8) -> None:
        """Until the tone is heard for one more second."""
        before, deadline = self.heard(hertz), time.monotonic() + timeout
        while self.heard(hertz) < before + 1:
            assert time.monotonic() < deadline, f"{self} hears no {hertz} Hz in {timeout} s"
            time.sleep(0.2)

    @abc.abstractmethod
    def close(self) -> None:
        """Ends the program. Safe to call twice."""


def end_program(program: subprocess.Popen, patience: float = 4) -> None:
    """Waits for a program that was asked to end; then insists."""
    for insist in (program.terminate, program.kill):
        try:
            program.wait(patience)
            return
        except subprocess.TimeoutExpired:
            insist()
    program.wait(patience)
