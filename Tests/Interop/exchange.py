"""One pbxd under test: its configuration, its life and death, and what pbxctl and its data say."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from drivers.phone import Line
from ports import exchange_media_ports, free_port

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "exchange.test"
LOCAL = "127.0.0.1"
# Extensions with a manner of their own.
SHA256_ONLY = "129"
IMPATIENT, IMPATIENT_SECONDS = "128", 5
PATIENCE_FOR_READY = 20
# A line that swift-log marks as the exchange's own fault.
ERROR = re.compile(r"^\S+ (?:error|critical)\b|Fatal error", re.I)


def program(name: str, variable: str) -> Path:
    """The built program: where the variable says, else the newest of release and debug."""
    if named := os.environ.get(variable):
        return Path(named)
    built = [ROOT / ".build" / kind / name for kind in ("release", "debug")]
    there = [path for path in built if path.exists()]
    if not there:
        raise FileNotFoundError(f"{name} is not built; run 'make build' (or set {variable})")
    return max(there, key=lambda path: path.stat().st_mtime)


@dataclass(frozen=True)
class Extension:
    number: str
    name: str
    password: str
    pin: str = "4711"


def extensions(count: int = 30, first: int = 100) -> list[Extension]:
    return [Extension(str(n), f"Phone {n}", f"interop-secret-{n}") for n in
            range(first, first + count)]


class Exchange:
    """Not started yet when made. Its folder keeps configuration, data and logs."""

    def __init__(self, folder: Path, people: list[Extension] | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.people = {person.number: person for person in people or extensions()}
        self.udp, self.tcp, self.tls, self.sha256 = (free_port() for _ in range(4))
        self.data = folder / "data"
        self.file = folder / "pbxd.yaml"
        first, last = exchange_media_ports()
        self.settings: dict[str, Any] = {
            "data": str(self.data),
            "domain": DOMAIN,
            "sip": {
                "udp": [f"{LOCAL}:{self.udp}",
                        {"listen": f"{LOCAL}:{self.sha256}", "digest": ["sha-256"]}],
                "tcp": f"{LOCAL}:{self.tcp}",
                "tls": f"{LOCAL}:{self.tls}",
            },
            "media": {"address": LOCAL, "ports": f"{first}-{last}"},
            "log": {"level": "debug"},
            # SIGTERM ends calls at once: no test waits for people to hang up.
            "calls": {"drain": 0},
        }
        self.errors: list[str] = []
        self.lives = 0
        self._program: subprocess.Popen | None = None
        self._ready = threading.Event()
        self._said: list[str] = []

    # Life

    def configure(self) -> None:
        """Writes the configuration and brings the extensions in, before the first start."""
        self.file.write_text(yaml.safe_dump(self.settings, sort_keys=False))
        sheet = self.folder / "extensions.csv"
        rows = [f"{p.number},{p.name},{p.password},{p.pin},," for p in self.people.values()]
        sheet.write_text("\n".join(["number,name,password,pin,email,group", *rows]) + "\n")
        self.ctl("extension", "import", str(sheet))
        self.amend()

    def start(self) -> "Exchange":
        self._ready.clear()
        self.lives += 1
        self._program = subprocess.Popen(
            [program("pbxd", "PBXD"), "--config", str(self.file)], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace")
        for stream in (self._program.stdout, self._program.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()
        deadline = time.monotonic() + PATIENCE_FOR_READY
        while not self._ready.wait(0.02):
            assert self._program.poll() is None, f"pbxd ended at once:\n{self.log_tail()}"
            assert time.monotonic() < deadline, f"pbxd is not ready:\n{self.log_tail()}"
        return self

    def _read(self, stream: Any) -> None:
        with (self.folder / "pbxd.log").open("a") as log:
            for text in stream:
                log.write(text)
                log.flush()
                self._said.append(text)
                if ERROR.search(text):
                    self.errors.append(text.rstrip())
                if text.startswith("ready"):
                    self._ready.set()

    def is_alive(self) -> bool:
        return self._program is not None and self._program.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self._program
        self._program.send_signal(number)

    def kill(self) -> None:
        """As the kernel's out-of-memory killer would."""
        assert self._program
        self._program.send_signal(signal.SIGKILL)
        self._program.wait()

    def stop(self) -> int | None:
        """Asks it to end, as a service supervisor does; its exit status."""
        if self._program is None or self._program.poll() is not None:
            return self._program.returncode if self._program else None
        self._program.terminate()
        try:
            return self._program.wait(15)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
            raise AssertionError(f"pbxd did not end on SIGTERM:\n{self.log_tail()}") from None

    def log_tail(self, lines: int = 80) -> str:
        return "".join(self._said[-lines:])

    # Lines for phones

    def line(
        self, number: str | int, transport: str = "udp", *, password: str | None = None,
        domain: str | None = None, port: int | None = None,
    ) -> Line:
        ports = {"udp": self.udp, "tcp": self.tcp, "tls": self.tls}
        person = self.people.get(str(number))
        secret = password or (person.password if person else "no such person")
        return Line(str(number), secret, LOCAL, port or ports[transport], transport, domain)

    # What it says of itself

    def ctl(self, *arguments: str) -> str:
        done = subprocess.run(
            [program("pbxctl", "PBXCTL"), "--config", str(self.file), *arguments],
            capture_output=True, text=True, timeout=30, cwd=self.folder)
        assert done.returncode == 0, (
            f"pbxctl {' '.join(arguments)} ended with {done.returncode}: "
            f"{done.stdout}{done.stderr}")
        return done.stdout

    def listed(self, what: str) -> list[dict[str, Any]]:
        """`pbxctl --json registrations` or `calls`: a list, bare or under its own name."""
        value = json.loads(self.ctl("--json", what))
        if isinstance(value, dict):
            value = value.get(what, value.get("items"))
        assert isinstance(value, list), f"pbxctl --json {what} is no list: {value!r}"
        return value

    def calls(self) -> list[dict[str, Any]]:
        return self.listed("calls")

    def registrations(self, number: str | int | None = None) -> list[dict[str, Any]]:
        all_of_them = self.listed("registrations")
        if number is None:
            return all_of_them
        return [r for r in all_of_them if str(number) in (str(v) for v in r.values())]

    def wait_calls(self, count: int, timeout: float = 5) -> list[dict[str, Any]]:
        deadline = time.monotonic() + timeout
        while len(now := self.calls()) != count:
            assert time.monotonic() < deadline, f"want {count} calls, there are {len(now)}: {now}"
            time.sleep(0.1)
        return now

    # Its data, read beside the running daemon

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        base = sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True, timeout=5)
        base.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in base.execute(query, values)]
        finally:
            base.close()

    def database(self) -> Path:
        files = [f for f in sorted(self.data.rglob("*")) if f.suffix in (".sqlite", ".db")]
        assert files, f"no database in {self.data}"
        return files[0]

    def history(self) -> list[dict[str, Any]]:
        """The rows of table `call`, oldest first."""
        return self.rows('SELECT * FROM "call" ORDER BY started_at, call_id')

    def last_call(self, timeout: float = 3) -> dict[str, Any]:
        """The newest call record, once it is closed.

        Records are written beside the call: a phone may know of its end a moment before the disk.
        """
        time.sleep(0.5)
        deadline = time.monotonic() + timeout
        while True:
            rows = self.history()
            if rows and rows[-1]["ended_at"] is not None:
                return rows[-1]
            assert time.monotonic() < deadline, f"the record is not closed: {rows[-1:]}"
            time.sleep(0.1)

    def amend(self) -> None:
        """A device policy, and a short ringing time, which no command sets yet."""
        self.ctl("extension", "set", SHA256_ONLY, "--digest", "sha256-only")
        base = sqlite3.connect(self.database())
        with base:
            base.execute("UPDATE extension SET ringing_seconds = ? WHERE number = ?",
                         (IMPATIENT_SECONDS, IMPATIENT))
        base.close()
