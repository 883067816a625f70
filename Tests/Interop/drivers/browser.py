"""Headless Chromium as a phone: a page holds the RTCPeerConnection, this speaks SIP for it.

The page is driven by chromedriver's own protocol (WebDriver, JSON over HTTP).
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import audio
from ports import free_port

from .phone import Line, Phone, end_program
from .robot import Dialog, Robot, tag_of
from .wire import Message

PAGE = Path(__file__).with_name("browser.html")
RATE = 16000


class Page:
    """The page, in a browser of its own whose microphone plays a file."""

    def __init__(self, play: Path) -> None:
        self._port = free_port()
        self._lock = threading.Lock()
        self._driver = subprocess.Popen(
            [shutil.which("chromedriver") or "chromedriver", f"--port={self._port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._session = ""
        # Apart: a profile is full of logs of its own.
        self._profile = tempfile.mkdtemp(prefix="browser-")
        options = {"args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={play}", "--allow-loopback-in-peer-connection",
            "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={self._profile}"]}
        deadline = time.monotonic() + 20
        while True:
            try:
                self._ask("GET", "/status")
                break
            except OSError:
                assert time.monotonic() < deadline, "chromedriver does not start"
                time.sleep(0.1)
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "timeouts": {"script": 20_000}}}})
        self._session = f"/session/{made['sessionId']}"
        self._ask("POST", f"{self._session}/url", {"url": PAGE.as_uri()})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        try:
            with self._lock, urllib.request.urlopen(request, timeout=60) as came:
                return json.load(came)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode(errors='replace')}") from None

    def run(self, expression: str, *arguments: Any) -> Any:
        """The value of an expression over `a`, awaited where it is a promise."""
        script = ("const a = arguments, done = a[a.length - 1];"
                  f"(async () => ({expression}))().then(v => done([true, v ?? null]),"
                  "e => done([false, String(e)]));")
        isGood, value = self._ask("POST", f"{self._session}/execute/async",
                                  {"script": script, "args": list(arguments)})
        assert isGood, f"{expression}: {value}"
        return value

    def close(self) -> None:
        if self._session:
            try:
                self._ask("DELETE", self._session)
            except (OSError, AssertionError):
                pass
            self._session = ""
        self._driver.terminate()
        end_program(self._driver)
        shutil.rmtree(self._profile, ignore_errors=True)


class Voice(Robot):
    """The SIP half: a robot whose descriptions come from the page."""

    def __init__(self, line: Line, answer: Callable[[str], str]) -> None:
        self.body = b""
        self.incoming: Message | None = None
        self.is_cancelled = False
        self._answer = answer
        super().__init__(line)

    def _body(self) -> bytes:
        return self.body

    def reinvite(self, dialog: Dialog, body: bytes) -> Message:
        dialog.sequence += 1
        self.answers.pop(dialog.call, None)
        request = self.wire.request(
            "INVITE", dialog.target, to=dialog.remote.strip("<>"), call=dialog.call,
            tags=(dialog.ours, dialog.theirs), sequence=dialog.sequence, body=body,
            fields=("Content-Type: application/sdp",))
        self.wire.send(request)
        self.wait(lambda: self._final(dialog.call), "answer")
        return self.answers.pop(dialog.call)

    def pick_up(self) -> None:
        came = self.incoming
        assert came is not None, "nobody calls"
        self.wire.respond(came, 200, "OK", body=self._answer(came.body.decode()).encode(),
                          fields=("Content-Type: application/sdp",))

    def _offered(self, came: Message, dialog: Dialog | None) -> None:
        if dialog is not None:
            if came.body:
                body = self._answer(came.body.decode()).encode()
                self.wire.respond(came, 200, "OK", body=body,
                                  fields=("Content-Type: application/sdp",))
            return
        target = re.search(r"<([^>]+)>", came["contact"] or "")
        assert target
        self.incoming = came
        self.dialogs[came["call-id"] or ""] = Dialog(
            came["call-id"] or "", "wire", tag_of(came["from"]), target.group(1),
            re.sub(r";tag=.*$", "", came["from"] or ""))
        self.wire.respond(came, 180, "Ringing")


class Browser(Phone):
    """Changes what the two sides say of each other on its way, where a test lies."""

    make = "browser"

    def __init__(self, line: Line, folder: Path, *, play: Path, settings: dict[str, Any] | None = None,
                 said: Callable[[str], str] = str, told: Callable[[str], str] = str,
                 offering: dict[str, Any] | None = None) -> None:
        super().__init__(line, folder)
        self.page = Page(play)
        self._settings, self._said, self._told = settings or {}, said, told
        self._offering = offering or {}
        self._voice: Voice | None = None
        self._dialog: Dialog | None = None
        self._count = 0
        self._tape = self.folder / "none.wav"
        self._is_taping = False

    @property
    def voice(self) -> Voice:
        assert self._voice
        return self._voice

    def register(self, timeout: float = 10) -> int:
        self._voice = Voice(self.line, self._make_answer)
        return 200

    def _begin(self) -> None:
        self.page.run("over()")
        self.page.run("begin(a[0])", self._settings)
        self._is_taping = True
        self._count += 1
        self._tape = self.folder / f"heard-{self._count}.wav"

    def _keep(self, name: str, sdp: str) -> str:
        (self.folder / f"{name}-{self._count}.out").write_text(sdp)
        return sdp

    def _make_answer(self, offer: str) -> str:
        answer = self.page.run("answer(a[0])", self._told(self._keep("offer", offer)))
        return self._said(self._keep("answer", answer))

    def _make_offer(self, **rest: Any) -> bytes:
        offer = self.page.run("offer(a[0])", {**self._offering, **rest})
        return self._said(self._keep("offer", offer)).encode()

    def call(self, number: str) -> None:
        self._begin()
        self.voice.body = self._make_offer()
        self._dialog = self.voice.call(number.replace("#", "%23"))
        self._take(self._dialog.body)

    def _take(self, body: bytes) -> None:
        self.page.run("take(a[0])", self._told(self._keep("answer", body.decode())))

    def wait_ringing(self, timeout: float = 10) -> None:
        self.voice.wait(lambda: self.voice.incoming, "call", timeout)

    def answer(self) -> None:
        self._begin()
        came = self.voice.incoming
        assert came
        self.voice.pick_up()
        self._dialog = self.voice.dialogs[came["call-id"] or ""]
        self.voice.incoming = None

    def wait_answered(self, timeout: float = 10) -> None:
        dialog = self._dialog
        assert dialog
        self.voice.wait(lambda: dialog.is_confirmed, "confirmation", timeout)

    def wait_connected(self, timeout: float = 10) -> None:
        """Until the handshake is done."""
        deadline = time.monotonic() + timeout
        while self.states()[-1:] != ["connected"]:
            assert time.monotonic() < deadline, f"{self} is not connected: {self.states()}"
            time.sleep(0.1)

    def states(self) -> list[str]:
        return self.page.run("states")

    def reoffer(self, **rest: Any) -> str:
        """A re-INVITE with a new offer; the answer."""
        assert self._dialog
        final = self.voice.reinvite(self._dialog, self._make_offer(**rest))
        assert final.status == 200, final.start
        self._take(final.body)
        return final.body.decode()

    def hold(self) -> None:
        self.reoffer(direction="sendonly")

    def resume(self) -> None:
        self.reoffer(direction="sendrecv")

    def hang_up(self) -> None:
        dialog = self._dialog
        self._finish()
        if dialog and not dialog.is_over:
            self.voice.hang_up(dialog)

    def wait_ended(self, timeout: float = 10) -> None:
        dialog = self._dialog
        assert dialog
        self.voice.wait(lambda: dialog.is_over, "end", timeout)
        self._finish()

    def _finish(self) -> None:
        self.recording()
        self._is_taping = False
        self.page.run("over()")

    def send_digits(self, digits: str) -> None:
        self.page.run("press(a[0])", digits)

    def digits(self) -> str:
        raise NotImplementedError

    def send_message(self, number: str, text: str) -> None:
        raise NotImplementedError

    def wait_message(self, text: str, timeout: float = 10) -> object:
        raise NotImplementedError

    def last(self, name: str) -> str:
        """The last `offer` or `answer` of this call, as it was made."""
        return (self.folder / f"{name}-{self._count}.out").read_text()

    def recording(self) -> Path:
        raw = base64.b64decode(self.page.run("tape()")) if self._is_taping else b""
        if raw:
            audio.write(self._tape, np.frombuffer(raw, "<i2") / 32768, RATE)
        return self._tape

    def close(self) -> None:
        if self._voice:
            if self._dialog and not self._dialog.is_over:
                self._voice.within(self._dialog, "BYE")
            self._voice.close()
            self._voice = None
        self.page.close()
