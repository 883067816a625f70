"""Lamps, presence and message waiting: SUBSCRIBE and NOTIFY (RFC 6665, RFC 4235, RFC 3842, RFC 3863)."""

from __future__ import annotations

import random
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable
from typing import Any

from drivers.pjsua import PJSUA
from drivers.wire import Message, Wire
from test_calls import connect

DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
PIDF = "{urn:ietf:params:xml:ns:pidf}"


class Watcher:
    """One subscription of a phone of few lines; it answers every NOTIFY."""

    def __init__(self, wire: Wire, package: str, number: str, accept: str | None = None) -> None:
        self.wire, self.package, self.number = wire, package, number
        self.call = f"{random.getrandbits(64):x}"
        self.uri = f"sip:{number}@{wire.realm_host}"
        self.target = self.uri
        self.remote_tag = ""
        self.fields = (f"Event: {package}", *([f"Accept: {accept}"] if accept else []))

    def subscribe(self, expires: int = 600) -> Message:
        tags = (self.wire._seed, self.remote_tag) if self.remote_tag else None
        answer = self.wire.ask(
            "SUBSCRIBE", self.target, to=self.uri, call=self.call, tags=tags,
            fields=(*self.fields, f"Expires: {expires}"))
        if answer.status == 200:
            self.remote_tag = (answer["to"] or "").rpartition("tag=")[2]
            self.target = (answer["contact"] or "").partition("<")[2].partition(">")[0]
        return answer

    def notify(self, timeout: float = 5, answer: int | None = 200) -> Message:
        """The next NOTIFY of this subscription, answered."""
        while True:
            came = self.wire.wait("NOTIFY", timeout)
            if came["call-id"] != self.call:
                continue
            if answer:
                self.wire.respond(came, answer, "As You Say")
            assert came["event"] == self.package
            return came

    def until(self, wanted: Callable[[Message], Any], timeout: float = 8) -> Message:
        """The first NOTIFY for which that holds; all before it are answered."""
        deadline = time.monotonic() + timeout
        while True:
            came = self.notify(deadline - time.monotonic())
            if wanted(came):
                return came


def document(notify: Message) -> xml.Element:
    """The dialog-info of a NOTIFY, held against RFC 4235 §4.3 and §4.4."""
    assert notify["content-type"] == "application/dialog-info+xml"
    root = xml.fromstring(notify.body)
    assert root.tag == DIALOG + "dialog-info"
    assert set(root.attrib) == {"version", "state", "entity"}
    assert root.attrib["version"].isdigit() and root.attrib["state"] == "full"
    assert root.attrib["entity"].startswith("sip:")
    names = set()
    for dialog in root:
        assert dialog.tag == DIALOG + "dialog"
        assert dialog.attrib["id"] not in names
        names.add(dialog.attrib["id"])
        assert dialog.attrib.get("direction", "initiator") in ("initiator", "recipient")
        order = [child.tag.removeprefix(DIALOG) for child in dialog]
        assert order == [name for name in ("state", "local", "remote") if name in order]
        assert order[0] == "state"
        assert dialog[0].text in ("trying", "proceeding", "early", "confirmed", "terminated")
        for end in dialog[1:]:
            assert [child.tag for child in end] == [DIALOG + "identity", DIALOG + "target"]
            assert end[1].attrib["uri"].startswith("sip:")
    return root


def phases(notify: Message) -> list[str | None]:
    return [dialog[0].text for dialog in document(notify)]


def test_a_lamp_follows_a_call(exchange, phones, tones):
    caller, callee = phones(PJSUA, 100), phones(PJSUA, 101)
    with Wire(exchange.line(110)) as wire:
        lamp = Watcher(wire, "dialog", "101")
        answer = lamp.subscribe()
        assert answer.status == 200 and answer["expires"] == "600"
        first = lamp.notify()
        assert phases(first) == []
        assert (first["subscription-state"] or "").startswith("active;expires=")
        caller.call("101")
        lamp.until(lambda notify: phases(notify) == ["early"])
        callee.wait_ringing()
        callee.answer()
        talking = lamp.until(lambda notify: phases(notify) == ["confirmed"])
        dialog = document(talking)[0]
        assert dialog.attrib["direction"] == "recipient"
        remote = dialog.find(f"{DIALOG}remote/{DIALOG}identity")
        assert remote is not None and (remote.text or "").startswith("sip:100@")
        assert remote.attrib["display"] == "Phone 100"
        caller.hang_up()
        lamp.until(lambda notify: phases(notify) == ["terminated"])
        versions = [int(document(m).attrib["version"]) for m in wire.got
                    if m.method == "NOTIFY" and m["call-id"] == lamp.call]
        assert sorted(set(versions)) == list(range(len(set(versions))))
        assert lamp.subscribe(0).status == 200
        last = lamp.notify()
        assert last["subscription-state"] == "terminated;reason=timeout"
        assert phases(last) == []


def test_the_caller_has_a_lamp_too(exchange, phones):
    caller, callee = phones(PJSUA, 102), phones(PJSUA, 103)
    with Wire(exchange.line(111)) as wire:
        lamp = Watcher(wire, "dialog", "102")
        lamp.subscribe()
        lamp.notify()
        connect(caller, callee)
        talking = lamp.until(lambda notify: phases(notify) == ["confirmed"])
        assert document(talking)[0].attrib["direction"] == "initiator"
        caller.hang_up()
        lamp.until(lambda notify: phases(notify) == ["terminated"])
        lamp.subscribe(0)
        lamp.notify()


def test_a_stranger_is_challenged_and_other_packages_are_named(exchange):
    with Wire(exchange.line(112)) as wire:
        uri = f"sip:101@{wire.realm_host}"
        wire.send(wire.request("SUBSCRIBE", uri, to=uri, fields=("Event: dialog",)))
        assert wire.wait(range(200, 700)).status == 401
        refused = Watcher(wire, "ua-profile", "101").subscribe()
        assert refused.status == 489
        assert "dialog" in (refused["allow-events"] or "")
        brief = Watcher(wire, "dialog", "101").subscribe(5)
        assert brief.status == 423 and brief["min-expires"] == "60"
        assert Watcher(wire, "dialog", "5555").subscribe().status == 404
        assert Watcher(wire, "dialog", "101", accept="text/plain").subscribe().status == 406
        assert Watcher(wire, "message-summary", "101").subscribe().status == 403


def test_message_waiting_says_that_nothing_waits(exchange):
    with Wire(exchange.line(113)) as wire:
        lamp = Watcher(wire, "message-summary", "113")
        assert lamp.subscribe().status == 200
        came = lamp.notify()
        assert came["content-type"] == "application/simple-message-summary"
        assert came.body.startswith(b"Messages-Waiting: no\r\n")
        assert b"Voice-Message: 0/0" in came.body
        lamp.subscribe(0)
        lamp.notify()


def test_presence_follows_the_registration(exchange, phones):
    with Wire(exchange.line(114)) as wire:
        lamp = Watcher(wire, "presence", "115")
        assert lamp.subscribe().status == 200

        def basic(notify: Message) -> str | None:
            return xml.fromstring(notify.body).findtext(
                f"{PIDF}tuple/{PIDF}status/{PIDF}basic")

        assert basic(lamp.notify()) == "closed"
        phone = phones(PJSUA, 115)
        lamp.until(lambda notify: basic(notify) == "open")
        phone.close()
        lamp.until(lambda notify: basic(notify) == "closed")
        lamp.subscribe(0)
        lamp.notify()


def test_a_softphone_sees_who_is_there(exchange, phones):
    """pjsua reads our presence documents by its own hand."""
    watcher = phones(PJSUA, 122)
    watcher.watch("123")
    watcher.wait_buddy("offline")
    friend = phones(PJSUA, 123)
    watcher.wait_buddy("online")
    since = watcher.inbox.mark()
    friend.close()
    watcher.wait_buddy("offline", since=since)


def test_a_softphone_reads_the_message_waiting_lamp(exchange, phones):
    phone = phones(PJSUA, 124)
    phone.watch_waiting()
    assert "Messages-Waiting: no" in phone.inbox.wait("waiting", 10)["message"]


def test_one_notify_is_out_at_a_time_and_a_silent_phone_is_given_up(exchange, phones):
    with Wire(exchange.line(116)) as wire:
        lamp = Watcher(wire, "dialog", "117")
        lamp.subscribe()
        first = lamp.notify(answer=None)
        # Resent with the same CSeq, for as long as nobody answers.
        again = lamp.notify(answer=481)
        assert again["cseq"] == first["cseq"]
        # The 481 ended it: a refresh finds nothing.
        time.sleep(0.3)
        assert lamp.subscribe().status == 481


def test_after_a_restart_a_refresh_finds_nothing_and_a_new_subscription_is_made(exchange):
    with Wire(exchange.line(118)) as wire:
        lamp = Watcher(wire, "dialog", "117")
        lamp.subscribe()
        lamp.notify()
        exchange.kill()
        exchange.start()
        assert lamp.subscribe().status == 481
        anew = Watcher(wire, "dialog", "117")
        assert anew.subscribe().status == 200
        anew.notify()
        anew.subscribe(0)
        anew.notify()


def test_events_and_the_story_of_a_call(exchange, phones):
    caller, callee = phones(PJSUA, 120), phones(PJSUA, 121)
    connect(caller, callee)
    time.sleep(1)
    up = exchange.calls()[0]["callID"]
    assert "it is up" in exchange.ctl("call", "show", up)
    picture = exchange.ctl("--json", "events")
    assert up in picture and '"answeredAt"' in picture
    caller.hang_up()
    exchange.wait_calls(0)
    story = exchange.ctl("call", "show", up)
    assert "120 (Phone 120) called 121" in story
    assert "it ended because: the caller hung up" in story
    assert "INVITE" in story and "BYE" in story and "121 rings" in story
