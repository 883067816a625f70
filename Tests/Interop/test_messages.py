"""Instant messages between extensions (RFC 3428)."""

from __future__ import annotations

import pytest

from conftest import MAKES, PAIRS
from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from drivers.wire import Wire


@pytest.mark.parametrize("sender_make, receiver_make", PAIRS)
def test_a_message_arrives(exchange, phones, sender_make, receiver_make):
    receiver = phones(MAKES[receiver_make], 101)
    extra = {"contact": "101"} if sender_make == "baresip" else {}
    sender = phones(MAKES[sender_make], 100, **extra)
    sender.send_message("101", "tea at four")
    came = receiver.wait_message("tea at four")
    if receiver_make == "pjsua":
        assert "sip:100@" in came["sender"]
        assert came["type"] == "text/plain"
    if sender_make == "pjsua":
        assert 200 <= sender.message_answered() < 300


def test_letters_of_every_script_survive(exchange, phones):
    sender, receiver = phones(PJSUA, 102), phones(PJSUA, 103)
    sender.send_message("103", "Grüße, привет, 你好 ☎")
    receiver.wait_message("Grüße, привет, 你好 ☎")


def test_a_message_reaches_every_phone_of_the_extension(exchange, phones):
    sender = phones(PJSUA, 104)
    receivers = [phones(PJSUA, 105), phones(Linphone, 105)]
    sender.send_message("105", "to both")
    for receiver in receivers:
        receiver.wait_message("to both")
    assert 200 <= sender.message_answered() < 300


def test_a_message_to_an_extension_without_a_phone_fails(exchange, phones):
    sender = phones(PJSUA, 106)
    sender.send_message("107", "anybody there?")
    assert sender.message_answered() == 480


def test_a_message_to_an_unknown_number_fails(exchange, phones):
    sender = phones(PJSUA, 108)
    sender.send_message("5555", "anybody there?")
    assert sender.message_answered() == 404


def test_a_message_without_a_password_is_challenged(exchange, phones):
    receiver = phones(PJSUA, 110)
    with Wire(exchange.line(109)) as wire:
        uri = f"sip:110@{wire.realm_host}"
        wire.send(wire.request("MESSAGE", uri, to=uri, fields=("Content-Type: text/plain",),
                               body=b"free pills"))
        assert wire.wait(range(200, 700)).status in (401, 407)
    assert not receiver.inbox.find("message")
