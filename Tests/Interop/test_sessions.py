"""Reliable provisional responses, UPDATE, session timers and glare, said by hand over a socket:
RFC 3262, RFC 3311, RFC 4028 and RFC 3261 §14.1."""

from __future__ import annotations

import re
import time

import pytest

from drivers.wire import Message, Wire, credentials, media_of, offer

SDP = ("Content-Type: application/sdp",)


def contact_of(message: Message) -> str:
    found = re.search(r"<([^>]+)>", message["contact"] or "")
    assert found, message.start
    return found.group(1)


def tag_of(value: str | None) -> str:
    found = re.search(r"tag=([^;>]+)", value or "")
    assert found, value
    return found.group(1)


def typed(fields: tuple[str, ...], body: bytes) -> tuple[str, ...]:
    """A body is SDP where nothing else is said."""
    is_said = any(field.startswith("Content-Type") for field in fields)
    return fields if is_said or not body else (*fields, *SDP)


class Caller:
    """The calling end of one dialog."""

    def __init__(self, wire: Wire, number: int) -> None:
        self.wire, self.number = wire, number
        self.uri = f"sip:{number}@{wire.realm_host}"
        self.name = f"session-{number}-{wire.port}-{time.monotonic_ns()}"
        self.answer: Message | None = None

    def invite(self, *fields: str, body: bytes = b"") -> None:
        """Sends an INVITE with credentials."""
        wire = self.wire
        given = (*fields, *(SDP if body else ()))
        wire.send(wire.request("INVITE", self.uri, to=self.uri, body=body, fields=given,
                               call=self.name))
        refused = wire.wait(range(300, 700))
        wire.acknowledge(refused, self.uri)
        if refused.status not in (401, 407):
            raise AssertionError(refused.start)
        value = credentials(wire.choose(refused, None), "INVITE", self.uri, wire.line.number,
                            wire.line.password)
        self.credentials = f"Authorization: {value}"
        self.send_invite(*fields, body=body)

    def send_invite(self, *fields: str, body: bytes = b"") -> None:
        given = (self.credentials, *fields, *(SDP if body else ()))
        self.sent = Message.parse(self.wire.request(
            "INVITE", self.uri, to=self.uri, body=body, fields=given, call=self.name))
        self.wire.send(self.sent.raw)

    def take(self, response: Message) -> None:
        self.answer = response

    def within(self, method: str, *fields: str, body: bytes = b"") -> None:
        assert self.answer
        given = typed(fields, body)
        self.wire.send(self.wire.request(
            method, contact_of(self.answer), to=self.uri, call=self.name, body=body,
            tags=(self.wire._seed, tag_of(self.answer["to"])), fields=given))

    def final(self, method: str, timeout: float = 5) -> Message:
        """The final response to our last request of that method."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.wire.receive(deadline - time.monotonic())
            if message.status >= 200 and (message["cseq"] or "").endswith(method):
                return message

    def prack(self, response: Message, body: bytes = b"") -> Message:
        self.take(response)
        number = (response["cseq"] or "").split()[0]
        self.within("PRACK", f"RAck: {response['rseq']} {number} INVITE", body=body)
        return self.final("PRACK")

    def acknowledge(self, body: bytes = b"") -> None:
        assert self.answer
        self.wire.acknowledge(self.answer, contact_of(self.answer), body)

    def hang_up(self) -> None:
        self.within("BYE")
        assert self.final("BYE").status == 200


class Callee:
    """The called end of one dialog."""

    def __init__(self, wire: Wire, invite: Message) -> None:
        self.wire, self.invite = wire, invite

    def respond(self, status: int, *fields: str, body: bytes = b"") -> None:
        given = (*fields, *(SDP if body else ()))
        self.wire.respond(self.invite, status, "Wire", body=body, fields=given)

    def within(self, method: str, *fields: str, body: bytes = b"") -> None:
        given = typed(fields, body)
        request = self.wire.request(
            method, contact_of(self.invite), call=self.invite["call-id"],
            tags=("wire", tag_of(self.invite["from"])), body=body, fields=given,
            to=re.sub(r"^.*<([^>]*)>.*$", r"\1", self.invite["from"] or ""))
        # Our From is the To that we were called by.
        me = re.sub(r";tag=.*$", "", self.invite["to"] or "")
        self.wire.send(re.sub(rb"\r\nFrom: [^\r]*", f"\r\nFrom: {me};tag=wire".encode(), request))

    def end(self) -> None:
        self.wire.respond(self.wire.wait("BYE"), 200, "OK")


def talking(caller: Wire, callee: Wire, *, invite: tuple[str, ...] = (),
            answer: tuple[str, ...] = ()) -> tuple[Caller, Callee]:
    number = int(callee.line.number)
    here = Caller(caller, number)
    here.invite(*invite, body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(180)
    there.respond(200, *answer, body=offer(4002))
    here.take(here.final("INVITE"))
    assert here.answer and here.answer.status == 200
    here.acknowledge()
    callee.wait("ACK")
    return here, there


@pytest.fixture
def pair(exchange):
    with Wire(exchange.line(110)) as caller, Wire(exchange.line(111)) as callee:
        assert callee.register().status == 200
        yield caller, callee
        callee.register(expires=0)


# Reliable provisional responses (RFC 3262)


def test_early_media_goes_reliably_from_a_callee_to_a_caller_and_the_200_waits_for_the_prack(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite("Supported: 100rel", body=offer(4000))
    invite = callee.wait("INVITE")
    assert "100rel" in (invite["supported"] or "")
    there = Callee(callee, invite)
    there.respond(183, "Require: 100rel", "RSeq: 17", body=offer(4002))
    prack = callee.wait("PRACK")
    assert prack["rack"] == f"17 {(invite['cseq'] or '').split()[0]} INVITE"
    callee.respond(prack, 200, "OK")
    progress = caller.wait(range(183, 184))
    assert progress["require"] == "100rel" and progress["rseq"], progress.raw
    assert b"m=audio" in progress.body
    there.respond(200)
    callee.wait("ACK")
    again = caller.wait(range(101, 300), 3)
    assert again.status == 183 and again["rseq"] == progress["rseq"], "resent, and no 200 yet"
    assert here.prack(progress).status == 200
    here.take(here.final("INVITE"))
    assert here.answer and here.answer.status == 200 and here.answer.body == b""
    here.acknowledge()
    here.hang_up()
    there.end()


def test_a_prack_of_nothing_gets_481_and_one_that_comes_again_its_answer(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite("Require: 100rel", body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(180)
    ringing = caller.wait(range(180, 181))
    here.take(ringing)
    here.within("PRACK", "RAck: 1 1 INVITE")
    assert here.final("PRACK").status == 481
    assert here.prack(ringing).status == 200
    there.respond(486)
    callee.wait("ACK")
    busy = here.final("INVITE")
    assert busy.status == 486
    caller.acknowledge(busy, here.uri)


def test_a_late_offer_comes_in_a_reliable_response_and_its_answer_in_the_prack(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite("Supported: 100rel")
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(183, body=offer(4002))
    progress = caller.wait(range(183, 184))
    assert b"m=audio" in progress.body and progress["rseq"]
    assert here.prack(progress, offer(4000)).status == 200
    there.respond(200, body=offer(4002))
    here.take(here.final("INVITE"))
    assert here.answer and here.answer.body == b""
    here.acknowledge()
    callee.wait("ACK")
    here.hang_up()
    there.end()


def test_a_caller_without_100rel_gets_nothing_reliably(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite(body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(183, "Require: 100rel", "RSeq: 1", body=offer(4002))
    callee.respond(callee.wait("PRACK"), 200, "OK")
    progress = caller.wait(range(183, 184))
    assert progress["rseq"] is None and progress["require"] is None
    there.respond(200)
    here.take(here.final("INVITE"))
    assert here.answer and b"m=audio" in here.answer.body
    here.acknowledge()
    callee.wait("ACK")
    here.hang_up()
    there.end()


def test_an_extension_that_nobody_knows_gets_420_that_names_it(pair):
    caller, _ = pair
    uri = f"sip:111@{caller.realm_host}"
    caller.send(caller.request("INVITE", uri, to=uri, body=offer(4000),
                               fields=("Require: 100rel, teleport", *SDP)))
    refused = caller.wait(range(300, 700))
    assert refused.status == 420 and refused["unsupported"] == "teleport"
    caller.acknowledge(refused, uri)


# UPDATE (RFC 3311)


def test_an_update_is_passed_as_one_or_as_a_re_invite_and_answered(pair):
    caller, callee = pair
    for allow, expected in (("Allow: INVITE, ACK, BYE, UPDATE", "UPDATE"),
                            ("Allow: INVITE, ACK, BYE", "INVITE")):
        here, there = talking(caller, callee, answer=(allow,))
        held = offer(4000).replace(b"sendrecv", b"sendonly").replace(b"o=- 1 1", b"o=- 1 2")
        here.within("UPDATE", body=held)
        passed = callee.wait(expected)
        assert b"a=sendonly" in passed.body
        answer = offer(4002).replace(b"sendrecv", b"recvonly").replace(b"o=- 1 1", b"o=- 1 2")
        callee.respond(passed, 200, "OK", body=answer, fields=SDP)
        if expected == "INVITE":
            callee.wait("ACK")
        final = here.final("UPDATE")
        assert final.status == 200 and b"a=recvonly" in final.body
        here.hang_up()
        there.end()


def test_an_update_without_a_description_is_answered_at_once(pair):
    here, there = talking(*pair)
    here.within("UPDATE")
    final = here.final("UPDATE", 1)
    assert final.status == 200 and final.body == b""
    here.hang_up()
    there.end()


# Glare (RFC 3261 §14.1)


def test_two_re_invites_that_cross_both_get_491_and_the_next_one_passes(pair):
    caller, callee = pair
    here, there = talking(caller, callee)
    held = offer(4000).replace(b"sendrecv", b"sendonly").replace(b"o=- 1 1", b"o=- 1 2")
    here.within("INVITE", body=held)
    passed = callee.wait("INVITE")
    there.within("INVITE", body=offer(4002).replace(b"o=- 1 1", b"o=- 1 2"))
    refused = callee.wait(range(300, 700))
    assert refused.status == 491
    callee.acknowledge(refused, contact_of(there.invite))
    callee.respond(passed, 491, "Request Pending")
    callee.wait("ACK")
    final = here.final("INVITE")
    assert final.status == 491
    caller.acknowledge(final, contact_of(here.answer))
    here.within("INVITE", body=held)
    passed = callee.wait("INVITE")
    callee.respond(passed, 200, "OK", fields=SDP,
                   body=offer(4002).replace(b"sendrecv", b"recvonly").replace(b"o=- 1 1", b"o=- 1 3"))
    callee.wait("ACK")
    final = here.final("INVITE")
    assert final.status == 200 and b"a=recvonly" in final.body
    caller.acknowledge(final, contact_of(here.answer))
    here.hang_up()
    there.end()


def test_a_lost_dialog_ends_the_call_at_both_ends(pair):
    caller, callee = pair
    here, _ = talking(caller, callee)
    here.within("INVITE", body=offer(4000).replace(b"o=- 1 1", b"o=- 1 2"))
    callee.respond(callee.wait("INVITE"), 481, "Gone")
    callee.wait("ACK")
    callee.respond(callee.wait("BYE"), 481, "Gone")
    caller.respond(caller.wait("BYE"), 200, "OK")


# Session timers (RFC 4028)


def test_too_short_a_timer_gets_422_and_the_next_try_is_answered_with_it(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite("Supported: timer", "Session-Expires: 60", body=offer(4000))
    refused = here.final("INVITE")
    assert refused.status == 422 and refused["min-se"] == "90"
    caller.acknowledge(refused, here.uri)
    with pytest.raises(AssertionError):
        callee.wait("INVITE", 0.3)
    here.invite("Supported: timer", "Session-Expires: 90", "Min-SE: 90", body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(200, body=offer(4002))
    here.take(here.final("INVITE"))
    assert here.answer and (here.answer["session-expires"] or "").startswith("90;refresher=")
    here.acknowledge()
    callee.wait("ACK")
    here.hang_up()
    there.end()


def test_a_callee_that_finds_our_timer_too_short_is_asked_again_for_longer(pair):
    caller, callee = pair
    here = Caller(caller, 111)
    here.invite(body=offer(4000))
    invite = callee.wait("INVITE")
    assert invite["session-expires"] == "1800" and "timer" in (invite["supported"] or "")
    callee.respond(invite, 422, "Too Small", fields=("Min-SE: 3600",))
    again = callee.wait("INVITE")
    assert again["session-expires"] == "3600" and again["min-se"] == "3600"
    assert again["call-id"] == invite["call-id"] and again["from"] == invite["from"]
    there = Callee(callee, again)
    there.respond(200, body=offer(4002))
    callee.wait("ACK")
    here.take(here.final("INVITE"))
    here.acknowledge()
    here.hang_up()
    there.end()


@pytest.mark.parametrize("allow, method", [("UPDATE", "UPDATE"), ("BYE", "INVITE")])
def test_the_exchange_refreshes_and_who_answers_no_more_is_hung_up(pair, allow, method):
    caller, callee = pair
    timer = ("Supported: timer", "Session-Expires: 90;refresher=uas")
    here, there = talking(caller, callee, invite=(*timer, f"Allow: INVITE, ACK, {allow}"))
    assert here.answer and here.answer["session-expires"] == "90;refresher=uas"
    refresh = lively(caller, callee, method, 60)
    assert (refresh["session-expires"] or "").startswith("90;refresher=uac")
    if method == "INVITE":
        version = re.search(rb"o=\S+ \S+ (\d+)", refresh.body)
        before = re.search(rb"o=\S+ \S+ (\d+)", here.answer.body)
        assert version and before and version.group(1) == before.group(1)
    caller.respond(refresh, 481, "Gone")
    caller.respond(lively(caller, callee, "BYE", 5), 481, "Gone")
    there.end()


def test_a_session_that_its_refresher_forgets_is_ended(pair):
    caller, callee = pair
    timer = ("Supported: timer", "Session-Expires: 90;refresher=uac")
    here, there = talking(caller, callee, invite=timer)
    began = time.monotonic()
    caller.respond(lively(caller, callee, "BYE", 70), 200, "OK")
    assert 55 < time.monotonic() - began < 65, "a third of the interval before its end"
    there.end()


def lively(asked: Wire, other: Wire, method: str, timeout: float) -> Message:
    """The next request of that method; meanwhile both answer what asks whether they live."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for wire in (asked, other):
            try:
                message = wire.receive(0.2)
            except AssertionError:
                continue
            if message.method == "OPTIONS":
                wire.respond(message, 200, "OK")
            elif wire is asked and message.method == method:
                return message
    raise AssertionError(f"no {method} in {timeout} s")


# Proof of life


def test_a_silent_party_is_asked_and_one_that_has_lost_the_call_is_hung_up(pair):
    caller, callee = pair
    here, there = talking(caller, callee)
    caller.respond(caller.wait("OPTIONS", 20), 200, "OK")
    callee.respond(callee.wait("OPTIONS", 20), 481, "Gone")
    callee.respond(callee.wait("BYE"), 481, "Gone")
    caller.respond(caller.wait("BYE"), 200, "OK")
    assert here and there


def test_a_party_that_vanished_is_gone_within_90_seconds_of_its_silence(pair):
    caller, callee = pair
    talking(caller, callee)
    began = time.monotonic()
    while time.monotonic() - began < 90:
        message = caller.receive(90)
        caller.respond(message, 200, "OK")
        if message.method == "BYE":
            break
    assert message.method == "BYE" and time.monotonic() - began < 90
    callee.got.clear()
