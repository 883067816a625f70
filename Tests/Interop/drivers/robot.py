"""Phones of few lines that answer by themselves: for thousands of calls in a row by a script."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from .phone import Line
from .wire import Message, Wire, credentials, offer


def tag_of(value: str | None) -> str:
    found = re.search(r"tag=([^;>]+)", value or "")
    return found.group(1) if found else ""


class Dialog:
    """One call of a robot."""

    def __init__(self, call: str, ours: str, theirs: str, target: str, remote: str) -> None:
        self.call, self.ours, self.theirs = call, ours, theirs
        self.target, self.remote = target, remote
        self.sequence = 5000  # above what the INVITE began with
        self.is_confirmed = False
        self.is_over = False
        self.news: list[str] = []
        self.body = b""  # of the answer to our INVITE


class Robot:
    """Registers, rings, answers, takes every offer, hangs up when told; keeps its dialogs."""

    def __init__(self, line: Line) -> None:
        self.wire = Wire(line)
        self.number = line.number
        self.name = f"sip:{line.number}@{self.wire.realm_host}"
        assert self.wire.register().status == 200
        self.dialogs: dict[str, Dialog] = {}
        self.answers: dict[str, Message] = {}
        self.complaints: list[str] = []
        self._version = 1
        self._count = 0
        self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closing = True
        self._thread.join()
        self.wire.register(expires=0)
        self.wire.socket.close()

    # Doing

    def wait(self, wanted: Callable[[], object], what: str, timeout: float = 10) -> None:
        with self._changed:
            assert self._changed.wait_for(wanted, timeout), (
                f"{self.number}: no {what}; {self.complaints}")

    def call(self, number: str) -> Dialog:
        self._count += 1
        uri = f"sip:{number}@{self.wire.realm_host}"
        name = f"robot-{self.number}-{self.wire.port}-{self._count}"
        self._invite(uri, name, ())
        self.wait(lambda: self._final(name, 401, 407), "challenge")
        refused = self.answers.pop(name)
        self.wire.acknowledge(refused, uri)
        value = credentials(self.wire.choose(refused, None), "INVITE", uri, self.number,
                            self.wire.line.password)
        self._invite(uri, name, (f"Authorization: {value}",))
        self.wait(lambda: self._final(name), "answer")
        final = self.answers.pop(name)
        assert final.status == 200, final.start
        target = re.search(r"<([^>]+)>", final["contact"] or "")
        assert target
        made = Dialog(name, self.wire._seed, tag_of(final["to"]), target.group(1), f"<{uri}>")
        made.is_confirmed = True
        made.body = final.body
        self.dialogs[name] = made
        self.wire.acknowledge(final, made.target)
        return made

    def _final(self, name: str, *statuses: int) -> bool:
        came = self.answers.get(name)
        return came is not None and (not statuses or came.status in statuses)

    def _invite(self, uri: str, name: str, fields: tuple[str, ...]) -> None:
        self.wire.send(self.wire.request(
            "INVITE", uri, to=uri, call=name, body=self._body(),
            fields=(*fields, "Content-Type: application/sdp")))

    def _body(self) -> bytes:
        return offer(4000)

    def within(self, dialog: Dialog, method: str, *fields: str) -> None:
        dialog.sequence += 1
        request = self.wire.request(
            method, dialog.target, call=dialog.call, tags=(dialog.ours, dialog.theirs),
            sequence=dialog.sequence, fields=fields)
        request = re.sub(rb"\r\nTo: [^\r]*",
                         f"\r\nTo: {dialog.remote};tag={dialog.theirs}".encode(), request)
        self.wire.send(request)

    def refer(self, dialog: Dialog, number: str) -> None:
        self.within(dialog, "REFER", f"Refer-To: <sip:{number}@{self.wire.realm_host}>")

    def hang_up(self, dialog: Dialog) -> None:
        self.within(dialog, "BYE")
        self.wait(lambda: dialog.is_over, "end")

    def newest(self, known: set[str], timeout: float = 10) -> Dialog:
        """The call that came in since, once its ACK has come."""
        def came() -> list[Dialog]:
            return [d for n, d in list(self.dialogs.items()) if n not in known and d.is_confirmed]
        self.wait(came, "call", timeout)
        return came()[0]

    # Hearing

    def _run(self) -> None:
        while not self._is_closing:
            try:
                message = self.wire.receive(0.2)
            except (AssertionError, OSError):
                continue
            self.wire.got.clear()
            with self._changed:
                self._take(message)
                self._changed.notify_all()

    def _take(self, came: Message) -> None:
        call = came["call-id"] or ""
        dialog = self.dialogs.get(call)
        if came.status:
            method = (came["cseq"] or "").split()[-1]
            if method == "INVITE" and came.status >= 200:
                self.answers[call] = came
                if dialog is not None and came.status == 200:
                    self.wire.acknowledge(came, dialog.target)
            elif method == "BYE" and dialog is not None and came.status >= 200:
                dialog.is_over = True
            elif method == "REFER" and came.status >= 300:
                self.complaints.append(came.start)
            return
        if came.method == "ACK":
            if dialog is not None:
                dialog.is_confirmed = True
            return
        if came.method == "INVITE":
            return self._offered(came, dialog)
        if came.method == "NOTIFY" and dialog is not None:
            dialog.news.append(came.body.decode(errors="replace"))
        if came.method == "BYE" and dialog is not None:
            dialog.is_over = True
        self.wire.respond(came, 200, "OK")

    def _offered(self, came: Message, dialog: Dialog | None) -> None:
        self._version += 1
        body = self._body().replace(b"o=- 1 1", b"o=- 1 %d" % self._version)
        if dialog is None:
            target = re.search(r"<([^>]+)>", came["contact"] or "")
            assert target
            remote = re.sub(r";tag=.*$", "", came["from"] or "")
            self.dialogs[came["call-id"] or ""] = Dialog(
                came["call-id"] or "", "wire", tag_of(came["from"]), target.group(1), remote)
            self.wire.respond(came, 180, "Ringing")
        self.wire.respond(came, 200, "OK", body=body, fields=("Content-Type: application/sdp",))
