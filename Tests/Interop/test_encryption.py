"""Encrypted audio, keys in the description (SDES) or by a handshake (DTLS): real phones of three makes,
mixed with plain ones.

The phones take nothing but SRTP where they are told so, and hear each other.
"""

from __future__ import annotations

import base64
import re
import time

import pytest

import audio
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from drivers.rtp import RTPStream
from drivers.wire import Wire, media_of
from test_calls import CALLEE_TONE, CALLER_TONE, TALK, assert_they_heard_each_other, connect
from test_offers import call as invite
from test_offers import contact_of, within

# GCM this phone's build lacks; baresip takes it of our offers.
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80")
PJSUA_SRTP = {"encryption": "mandatory"}
BARESIP_SRTP = {"encryption": "srtp-mand"}
LINPHONE_SRTP = {"encryption": "srtp"}
# Caller, its options, its transport; callee, its options, its transport.
CALLS = {
    "pjsua-baresip": (PJSUA, PJSUA_SRTP, "tls", Baresip, BARESIP_SRTP, "tls"),
    "baresip-pjsua": (Baresip, BARESIP_SRTP, "tls", PJSUA, PJSUA_SRTP, "tls"),
    "pjsua-linphone": (PJSUA, PJSUA_SRTP, "tls", Linphone, LINPHONE_SRTP, "tls"),
    "linphone-baresip": (Linphone, LINPHONE_SRTP, "tls", Baresip, BARESIP_SRTP, "tls"),
    "pjsua-plain": (PJSUA, PJSUA_SRTP, "tls", Baresip, {}, "udp"),
    "plain-pjsua": (Baresip, {}, "udp", PJSUA, {"encryption": "optional"}, "tls"),
    "baresip-plain": (Baresip, BARESIP_SRTP, "tls", PJSUA, {}, "udp"),
    "plain-baresip": (PJSUA, {}, "tcp", Baresip, {"encryption": "srtp"}, "tls"),
    "linphone-plain": (Linphone, LINPHONE_SRTP, "tls", PJSUA, {}, "udp"),
}


def encrypted_legs(exchange, since: int = 0) -> list[str]:
    """The suites that legs agreed on, as the log says."""
    return re.findall(r"suite=(\S+) .*media\.encrypted", exchange.log_tail(10_000)[since:])


def mark(exchange) -> int:
    return len(exchange.log_tail(10_000))


@pytest.fixture
def policy(exchange):
    """Sets an extension's policy for one test."""
    changed: list[str] = []

    def set_it(number: int, value: str) -> None:
        exchange.ctl("extension", "set", str(number), "--encryption", value)
        changed.append(str(number))

    yield set_it
    for number in changed:
        exchange.ctl("extension", "set", number, "--encryption", "allowed")


@pytest.mark.parametrize("call", CALLS)
def test_encrypted_and_plain_phones_hear_each_other(exchange, phones, tones, policy, call):
    caller_make, caller_options, caller_transport, *rest = CALLS[call]
    callee_make, callee_options, callee_transport = rest
    caller = phones(caller_make, 110, caller_transport, play=tones(CALLER_TONE), **caller_options)
    callee = phones(callee_make, 111, callee_transport, play=tones(CALLEE_TONE), **callee_options)
    if callee_options in (PJSUA_SRTP, BARESIP_SRTP, LINPHONE_SRTP):
        policy(111, "required")
    since = mark(exchange)
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    wanted = bool(caller_options) + bool(callee_options)
    assert len(encrypted_legs(exchange, since)) == wanted, exchange.log_tail()
    assert "inline:" not in exchange.log_tail(10_000), "a key stands in the log"


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_is_understood(exchange, phones, tones, suite):
    caller = phones(PJSUA, 112, "tls", play=tones(CALLER_TONE), encryption="mandatory",
                    suites=(suite,))
    callee = phones(Baresip, 113, play=tones(CALLEE_TONE))
    since = mark(exchange)
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    assert encrypted_legs(exchange, since) == [suite]


def test_gcm_is_understood(exchange, phones, tones, policy):
    policy(113, "required")
    caller = phones(PJSUA, 112, play=tones(CALLER_TONE))
    callee = phones(Baresip, 113, "tls", play=tones(CALLEE_TONE), encryption="srtp-mand")
    since = mark(exchange)
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    assert encrypted_legs(exchange, since) == ["AEAD_AES_128_GCM"]


DTLS = {"encryption": "dtls_srtp"}


@pytest.mark.parametrize("call", ["dtls-plain", "plain-dtls", "dtls-dtls", "dtls-sdes", "sdes-dtls"])
def test_keys_by_handshake(exchange, phones, tones, policy, call):
    """baresip's DTLS-SRTP, over signalling in the clear: it begins the handshake, or we do."""
    kinds = {
        "dtls": (Baresip, "udp", DTLS), "plain": (PJSUA, "udp", {}),
        "sdes": (PJSUA, "tls", PJSUA_SRTP),
    }
    first, second = call.split("-")
    if second == "dtls":
        policy(123, "dtls")
    if second == "sdes":
        policy(123, "required")
    make, transport, options = kinds[first]
    caller = phones(make, 122, transport, play=tones(CALLER_TONE), **options)
    make, transport, options = kinds[second]
    callee = phones(make, 123, transport, play=tones(CALLEE_TONE), **options)
    since = mark(exchange)
    connect(caller, callee)
    time.sleep(TALK + 0.5)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)
    log = exchange.log_tail(10_000)[since:]
    assert log.count("media.encrypted") == 2 - call.split("-").count("plain"), log
    assert "media.handshakeFailed" not in log


def test_codecs_are_turned_into_each_other_under_keys(exchange, phones, tones, policy):
    policy(115, "required")
    caller = phones(PJSUA, 114, "tls", codecs=("PCMU/8000",), play=tones(CALLER_TONE),
                    encryption="mandatory")
    callee = phones(Baresip, 115, "tls", codecs="opus/48000/2", play=tones(CALLEE_TONE),
                    encryption="srtp-mand")
    connect(caller, callee)
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)


def test_hold_and_resume_keep_the_audio_encrypted(exchange, phones, tones, policy):
    policy(117, "required")
    caller = phones(PJSUA, 116, "tls", play=tones(CALLER_TONE), encryption="mandatory")
    callee = phones(PJSUA, 117, "tls", play=tones(CALLEE_TONE), encryption="mandatory")
    connect(caller, callee)
    time.sleep(TALK)
    caller.hold()
    time.sleep(1)
    caller.resume()
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    audio.assert_heard(caller.recording(), CALLEE_TONE, seconds=3.5)
    audio.assert_heard(callee.recording(), CALLER_TONE, seconds=3.5)


def test_who_must_be_encrypted_gets_no_call_in_the_clear(exchange, phones, tones, policy):
    policy(118, "required")
    plain = phones(PJSUA, 118, "tls", play=tones(CALLER_TONE))
    other = phones(PJSUA, 119, play=tones(CALLEE_TONE))
    plain.call(other.number)
    assert plain.ended_with() == 488
    other.call(plain.number)
    assert other.ended_with() in (480, 488)


def test_who_may_not_be_encrypted_is_refused_or_plain(exchange, phones, tones, policy):
    policy(120, "never")
    strict = phones(PJSUA, 120, "tls", play=tones(CALLER_TONE), encryption="mandatory")
    other = phones(PJSUA, 121, play=tones(CALLEE_TONE))
    strict.call(other.number)
    assert strict.ended_with() == 488


def test_packets_under_a_wrong_key_are_counted_and_disturb_nobody(exchange, phones, tones):
    """They come from where the party is; who is called hears nothing of them, and others talk on."""
    others = [phones(PJSUA, 114, "tls", play=tones(CALLER_TONE), **PJSUA_SRTP),
              phones(Baresip, 115, play=tones(CALLEE_TONE))]
    connect(*others)
    callee = phones(PJSUA, 101, codecs=("PCMA/8000",), play=tones(CALLEE_TONE))
    with Wire(exchange.line(116)) as caller:
        stream = RTPStream()
        key = base64.b64encode(bytes(range(30))).decode()
        invite(caller, 101, "\r\n".join([
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
            f"m=audio {stream.port} RTP/SAVP 8", "a=rtpmap:8 PCMA/8000",
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}", "a=sendrecv", "",
        ]).encode())
        callee.wait_ringing()
        callee.answer()
        answer = caller.wait(range(200, 300))
        assert b"RTP/SAVP" in answer.body and b"a=crypto:1 " in answer.body
        caller.acknowledge(answer, contact_of(answer))
        # In the clear, and so without its proof.
        stream.start(media_of(answer.body), CALLER_TONE)
        time.sleep(TALK)
        newest = exchange.calls()[-1]["callID"]
        caller.send(within(caller, answer, "BYE"))
        assert caller.wait(range(200, 700)).status == 200
        stream.stop()
        callee.wait_ended()
    audio.assert_not_heard(callee.recording(), CALLER_TONE)
    story = exchange.ctl("call", "show", newest)
    assert "sent packets under a wrong key" in story, story
    time.sleep(0.5)
    others[0].hang_up()
    others[1].wait_ended()
    assert_they_heard_each_other(*others)
