"""What networks and bad programs do to messages: streams cut anywhere, lengths that lie, crowds of
connections that say nothing; and datagrams that are lost, cross, or come by the hundred."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest

from drivers.wire import Message, Wire, offer
from exchange import LOCAL
from test_sessions import Callee, Caller, talking

pytestmark = pytest.mark.usefixtures("nothing_is_left")


class Stream:
    """A connection that sends bytes as it is told to, and cuts what comes by Content-Length."""

    def __init__(self, exchange) -> None:
        self.socket = socket.create_connection((LOCAL, exchange.tcp), 5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"{LOCAL}:{exchange.tcp}"
        self.waiting = b""

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def options(self, name: str, *, length: str = "0", body: bytes = b"") -> bytes:
        here = "%s:%d" % self.socket.getsockname()
        return "\r\n".join([
            f"OPTIONS sip:{self.host} SIP/2.0", f"Via: SIP/2.0/TCP {here};branch=z9hG4bK{name}",
            f"From: <sip:x@{here}>;tag={name}", f"To: <sip:{self.host}>", f"Call-ID: {name}",
            "CSeq: 1 OPTIONS", "Max-Forwards: 70", f"Content-Length: {length}", "", "",
        ]).encode() + body

    def answer(self, timeout: float = 5) -> Message:
        deadline = time.monotonic() + timeout
        while True:
            head, found, rest = self.waiting.partition(b"\r\n\r\n")
            if found:
                stated = re.search(rb"(?im)^Content-Length: *(\d+)", head)
                length = int(stated.group(1)) if stated else 0
                if len(rest) >= length:
                    self.waiting = rest[length:]
                    return Message.parse(head + found + rest[:length])
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            more = self.socket.recv(65536)
            assert more, f"closed after {self.waiting!r}"
            self.waiting += more

    def is_closed(self, timeout: float = 5) -> bool:
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True


# Streams


def test_two_messages_in_one_segment_are_two(exchange):
    with Stream(exchange) as stream:
        stream.socket.sendall(stream.options("first") + stream.options("second"))
        assert [stream.answer()["call-id"] for _ in range(2)] == ["first", "second"]


def test_a_message_by_the_byte_is_one(exchange):
    with Stream(exchange) as stream:
        for byte in stream.options("bytes", length="3", body=b"abc"):
            stream.socket.sendall(bytes([byte]))
            time.sleep(0.0005)
        answer = stream.answer()
        assert answer["call-id"] == "bytes" and answer.status == 200


def test_a_slow_sender_keeps_nobody_else_waiting(exchange):
    with Stream(exchange) as slow, Stream(exchange) as quick:
        message = slow.options("slow")
        for start in range(0, len(message), 40):
            slow.socket.sendall(message[start:start + 40])
            begun = time.monotonic()
            quick.socket.sendall(quick.options(f"quick-{start}"))
            assert quick.answer()["call-id"] == f"quick-{start}"
            assert time.monotonic() - begun < 2
            time.sleep(0.2)
        assert slow.answer()["call-id"] == "slow"


@pytest.mark.parametrize("length", ["-1", "99999999999999999999", "4 4", "none", "70000000"])
def test_a_length_that_can_not_be_ends_that_stream_alone(exchange, length):
    with Stream(exchange) as wrong, Stream(exchange) as other:
        wrong.socket.sendall(wrong.options("wrong", length=length))
        assert wrong.is_closed()
        other.socket.sendall(other.options("other"))
        assert other.answer().status == 200


def test_a_length_that_is_too_short_or_too_long_does_no_harm(exchange):
    with Stream(exchange) as stream:
        # Too short: what is left over begins no message, and the stream is given up.
        stream.socket.sendall(stream.options("short", length="2", body=b"ab!?\x00 rest\r\n\r\n"))
        assert stream.is_closed()
    with Stream(exchange) as stream:
        # Too long: it is waited for.
        stream.socket.sendall(stream.options("long", length="8", body=b"half"))
        with pytest.raises(TimeoutError):
            stream.answer(timeout=0.7)
        stream.socket.sendall(b"half" + stream.options("next"))
        assert [stream.answer()["call-id"] for _ in range(2)] == ["long", "next"]


def test_thousands_of_connections_that_begin_a_message_shut_nobody_out(exchange):
    """From many sources, each of which may have its thousand."""
    held: list[socket.socket] = []
    try:
        for number in range(3000):
            one = socket.socket()
            held.append(one)
            one.bind((f"127.0.{1 + number // 500}.7", 0))
            one.connect((LOCAL, exchange.tcp))
            one.sendall(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1")
        with Stream(exchange) as stream:
            stream.socket.sendall(stream.options("crowd"))
            assert stream.answer().status == 200
    finally:
        for one in held:
            one.close()


# Datagrams


@pytest.fixture
def pair(exchange):
    with Wire(exchange.line(115)) as caller, Wire(exchange.line(116)) as callee:
        assert callee.register().status == 200
        yield caller, callee
        callee.register(expires=0)


def test_an_ack_that_was_lost_is_asked_for_by_the_200_again(pair):
    caller, callee = pair
    here = Caller(caller, 116)
    here.invite(body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(200, body=offer(4002))
    callee.wait("ACK")
    first = here.final("INVITE")
    again = here.final("INVITE", timeout=3)
    assert again.raw == first.raw, "the same 200"
    here.take(again)
    here.acknowledge()
    with pytest.raises(AssertionError):
        here.final("INVITE", timeout=5)  # and no more of them
    here.hang_up()
    there.end()


def test_a_call_whose_ack_never_comes_is_ended_at_both_ends(exchange, pair):
    caller, callee = pair
    here = Caller(caller, 116)
    here.invite(body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(200, body=offer(4002))
    callee.wait("ACK")
    here.take(here.final("INVITE"))
    bye = caller.wait("BYE", timeout=40)  # 64·T1
    caller.respond(bye, 200, "OK")
    callee.respond(callee.wait("BYE"), 200, "OK")
    exchange.wait_calls(0)


def test_a_cancel_that_crosses_the_answer_leaves_no_call(pair):
    """The callee answers while the CANCEL is under way (RFC 3261 §9.1)."""
    caller, callee = pair
    here = Caller(caller, 116)
    here.invite(body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(180)
    caller.wait(range(180, 181))
    cancel = re.sub(rb"INVITE", b"CANCEL", here.sent.raw.partition(b"\r\n\r\n")[0])
    cancel = re.sub(rb"\r\n(Content-|Authorization|Contact)[^\r]*", b"", cancel)
    caller.send(cancel + b"\r\nContent-Length: 0\r\n\r\n")
    there.respond(200, body=offer(4002))
    assert here.final("CANCEL").status == 200
    ended = here.final("INVITE")
    if ended.status == 200:  # the answer was first
        here.take(ended)
        here.acknowledge()
        caller.respond(caller.wait("BYE"), 200, "OK")
    else:
        assert ended.status == 487
        caller.acknowledge(ended, here.uri)
    deadline = time.monotonic() + 10
    seen = {"": 0}
    while "BYE" not in seen:
        message = callee.receive(deadline - time.monotonic())
        seen[message.method] = seen.get(message.method, 0) + 1
        if message.method in ("BYE", "CANCEL"):
            callee.respond(message, 200, "OK")
    assert "ACK" in seen, "an answer that crosses is acknowledged, then ended"


def test_a_storm_of_one_invite_rings_once_and_costs_nobody_else(exchange, pair):
    caller, callee = pair
    here = Caller(caller, 116)
    here.invite(body=offer(4000))
    stop = threading.Event()

    def storm() -> None:
        while not stop.is_set():
            caller.send(here.sent.raw)
            time.sleep(0.001)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        there = Callee(callee, callee.wait("INVITE"))
        there.respond(180)
        with Wire(exchange.line(117)) as other:
            begun = time.monotonic()
            assert other.register().status == 200
            assert time.monotonic() - begun < 2
            other.register(expires=0)
        time.sleep(2)
    finally:
        stop.set()
        thread.join()
    assert [call["callee"] for call in exchange.calls()] == ["116"]
    with pytest.raises(AssertionError):
        while True:  # what is still under way, and no second INVITE in it
            assert callee.receive(0.5).method != "INVITE"
    there.respond(200, body=offer(4002))
    here.take(here.final("INVITE"))
    here.acknowledge()
    callee.wait("ACK")
    here.hang_up()
    there.end()


def test_a_bye_from_both_ends_at_once_ends_it(pair):
    caller, callee = pair
    here, there = talking(caller, callee)
    here.within("BYE")
    there.within("BYE")
    assert here.final("BYE").status in (200, 481)
    answered = False
    while not answered:
        message = callee.receive(5)
        if message.method == "BYE":
            callee.respond(message, 200, "OK")
        answered = message.status in (200, 481)
