"""Phones register: every make, every transport, both digests; and the wrong ones do not."""

from __future__ import annotations

import re
import socket
import ssl
import statistics
import subprocess
import time

import pytest

from conftest import MAKES
from drivers.pjsua import PJSUA
from drivers.sipp import Sipp
from drivers.wire import Message, Wire, credentials, parameters
from exchange import DOMAIN, SHA256_ONLY, Exchange

REFUSED = (401, 403)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("make", MAKES)
def test_a_phone_registers_and_is_listed_until_it_unregisters(exchange, phones, make, transport):
    with phones(MAKES[make], 100, transport) as phone:
        listed = exchange.registrations(100)
        assert len(listed) == 1, f"{phone} by {transport}: {listed}"
    deadline = time.monotonic() + 5  # closing a phone unregisters it
    while exchange.registrations(100) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert exchange.registrations(100) == []


@pytest.mark.parametrize("make", MAKES)
def test_a_phone_registers_under_the_domain_name(exchange, phones, make):
    phones(MAKES[make], 101, domain=DOMAIN)
    assert len(exchange.registrations(101)) == 1


@pytest.mark.parametrize("make", MAKES)
def test_a_wrong_password_is_refused(exchange, phones, make):
    phone = phones(MAKES[make], 102, register=False, password="wrong")
    status = phone.register(timeout=4)
    assert status in (REFUSED if make != "linphone" else (0,))  # linphonec tells no status
    assert exchange.registrations(102) == []


# Digests

def challenges(message: Message) -> list[str]:
    fields = message.all("www-authenticate")
    return [parameters(text).get("algorithm", "MD5").upper() for text in fields]


def test_plain_udp_offers_md5_alone_for_old_phones(exchange):
    with Wire(exchange.line(103)) as wire:
        wire.send(wire.request("REGISTER", f"sip:{DOMAIN}"))
        refused = wire.wait(range(200, 700))
    assert refused.status == 401
    assert challenges(refused) == ["MD5"]
    assert parameters(refused.all("www-authenticate")[0])["qop"] == "auth"


def test_tls_offers_sha_256_before_md5(exchange):
    assert challenges(ask_over_stream(exchange, "tls")) == ["SHA-256", "MD5"]


def test_plain_tcp_offers_md5_alone(exchange):
    assert challenges(ask_over_stream(exchange, "tcp")) == ["MD5"]


def ask_over_stream(exchange: Exchange, transport: str) -> Message:
    line = exchange.line(103, transport)
    with Wire(line) as wire:
        request = wire.request("REGISTER", f"sip:{DOMAIN}").replace(
            b"SIP/2.0/UDP", b"SIP/2.0/" + transport.upper().encode())
    with socket.create_connection((line.host, line.port), 5) as plain:
        stream = plain
        if transport == "tls":
            anyone = ssl.create_default_context()
            anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
            stream = anyone.wrap_socket(plain)
        stream.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            chunk = stream.recv(65536)
            assert chunk, f"the stream was closed after {got!r}"
            got += chunk
        stream.close()
    return Message.parse(got)


@pytest.mark.parametrize("make", ["pjsua", "linphone"])
def test_a_modern_phone_registers_where_only_sha_256_is_offered(exchange, phones, make):
    phones(MAKES[make], 104, port=exchange.sha256)
    assert len(exchange.registrations(104)) == 1


def test_a_phone_that_knows_only_md5_registers_by_default(exchange, phones):
    phones(PJSUA, 105, knows_only_md5_of=DOMAIN)
    assert len(exchange.registrations(105)) == 1


@pytest.mark.parametrize("kind", ["pjsua", "baresip"])
def test_a_phone_that_knows_only_md5_is_refused_where_only_sha_256_is_offered(
    exchange, phones, kind,
):
    only_md5 = {"knows_only_md5_of": DOMAIN} if kind == "pjsua" else {}
    phone = phones(MAKES[kind], 106, port=exchange.sha256, register=False, **only_md5)
    assert phone.register(timeout=4) != 200
    assert exchange.registrations(106) == []


def test_the_right_password_by_the_other_digest_is_refused_on_a_sha_256_listener(exchange):
    with Wire(exchange.line(106, port=exchange.sha256)) as wire:
        wire.send(wire.request("REGISTER", f"sip:{DOMAIN}"))
        refused = wire.wait(range(200, 700))
        assert challenges(refused) == ["SHA-256"]
        downgraded = refused.raw.replace(b"algorithm=SHA-256", b"algorithm=MD5")
        challenge = Message.parse(downgraded).all("www-authenticate")[0]
        value = credentials(challenge, "REGISTER", f"sip:{DOMAIN}", "106", wire.line.password)
        wire.send(wire.request("REGISTER", f"sip:{DOMAIN}", fields=(f"Authorization: {value}",)))
        assert wire.wait(range(200, 700)).status in REFUSED


def test_a_device_marked_sha_256_only_is_never_offered_md5(exchange, phones):
    with Wire(exchange.line(SHA256_ONLY)) as wire:
        wire.send(wire.request("REGISTER", f"sip:{DOMAIN}"))
        assert challenges(wire.wait(range(200, 700))) == ["SHA-256"]
    phones(PJSUA, SHA256_ONLY)
    assert len(exchange.registrations(SHA256_ONLY)) == 1


# What a stranger learns

def without_what_varies(message: Message, number: str) -> str:
    text = message.raw.decode(errors="replace")
    text = text.replace(f"{number}@", "NUMBER@")
    for pattern in (r"(?<=tag=)[^;\s>]+", r"(?<=branch=)[^;\s]+", r'(?<=nonce=")[^"]+',
                    r'(?<=opaque=")[^"]+', r"(?<=Call-ID: )\S+", r"(?<=CSeq: )\d+",
                    r"(?<=Date: ).*", r"(?<=rport=)\d+", r"(?<=127.0.0.1:)\d+"):
        text = re.sub(pattern, "*", text)
    return text


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "MESSAGE"])
def test_an_unknown_extension_looks_exactly_like_a_wrong_password(exchange, method):
    seen = {}
    for number in ("107", "7777"):
        with Wire(exchange.line(number, password="wrong")) as wire:
            uri = f"sip:{DOMAIN}" if method == "REGISTER" else f"sip:100@{DOMAIN}"
            final = wire.ask(method, uri)
            if method == "INVITE":
                wire.acknowledge(final, uri)
            seen[number] = [without_what_varies(m, number) for m in wire.got if m.status >= 200]
    assert seen["107"] == seen["7777"]
    assert len(seen["107"]) == 2, seen["107"]


def test_an_unknown_extension_takes_as_long_as_a_wrong_password(exchange):
    took: dict[str, list[float]] = {"107": [], "7777": []}
    for _ in range(40):
        for number, times in took.items():
            with Wire(exchange.line(number, password="wrong")) as wire:
                began = time.perf_counter()
                wire.register()
                times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert abs(known - unknown) < 0.003, f"{known * 1000:.2f} ms against {unknown * 1000:.2f} ms"


def test_credentials_can_not_be_used_twice(exchange):
    with Wire(exchange.line(108)) as wire, Wire(exchange.line(108)) as thief:
        assert wire.register().status == 200
        wire.send(wire.request("REGISTER", f"sip:{wire.realm_host}"))
        challenge = wire.wait(range(200, 700)).all("www-authenticate")[0]
        value = credentials(challenge, "REGISTER", f"sip:{wire.realm_host}", "108",
                            wire.line.password)
        fields = (f"Authorization: {value}", "Expires: 300")
        wire.send(wire.request("REGISTER", f"sip:{wire.realm_host}", fields=fields))
        assert wire.wait(range(200, 700)).status == 200
        thief.send(thief.request("REGISTER", f"sip:{wire.realm_host}", fields=fields))
        refused = thief.wait(range(200, 700))
        assert refused.status == 401
        renewed = parameters(refused.all("www-authenticate")[0])
        assert renewed.get("stale", "").lower() == "true", renewed
        assert wire.register(expires=0).status == 200


# Bindings

def test_a_refresh_keeps_one_binding_and_renews_it(exchange, phones):
    phone = phones(PJSUA, 109, expires=120)
    first = exchange.registrations(109)
    time.sleep(2.1)
    granted = phone.registered_for()
    second = exchange.registrations(109)
    assert len(first) == len(second) == 1
    assert 60 <= granted <= 120
    assert first != second, "the listing shows no renewed expiry"


def test_unregistering_makes_the_extension_unreachable(exchange, phones):
    caller, gone = phones(PJSUA, 110), phones(PJSUA, 111)
    assert gone.unregister() == 200
    assert exchange.registrations(111) == []
    caller.call("111")
    assert caller.ended_with() == 480


def contacts(answer: Message) -> list[str]:
    return [one.strip() for line in answer.all("contact") for one in line.split(",") if one.strip()]


def test_bindings_are_fetched_added_and_removed_by_star(exchange):
    with Wire(exchange.line(112)) as first, Wire(exchange.line(112)) as second:
        assert len(contacts(first.register())) == 1
        assert len(contacts(second.register())) == 2
        kept, first.contact = first.contact, ""
        request = first.request  # a fetch has no Contact at all
        first.request = lambda *a, **k: request(*a, **k).replace(b"Contact: \r\n", b"")
        fetched = first.ask("REGISTER", f"sip:{first.realm_host}")
        assert fetched.status == 200
        assert len(contacts(fetched)) == 2
        assert any(kept.strip("<>") in text for text in contacts(fetched))
        first.request, first.contact = request, "*"
        assert contacts(first.register(expires=0)) == []
    assert exchange.registrations(112) == []


def test_a_short_registration_ends_by_itself_or_is_refused_with_a_minimum(exchange):
    with Wire(exchange.line(113)) as wire:
        answer = wire.register(expires=1)
        if answer.status == 423:
            assert int(answer["min-expires"] or 0) > 1
            return
        assert answer.status == 200
        time.sleep(2)
    assert exchange.registrations(113) == []


def test_nobody_registers_a_contact_for_somebody_else(exchange):
    with Wire(exchange.line(114)) as wire:
        uri = f"sip:{wire.realm_host}"
        victim = f"sip:115@{wire.realm_host}"
        answer = wire.ask("REGISTER", uri, to=victim, fields=("Expires: 300",))
    assert answer.status in (401, 403, 404)
    assert exchange.registrations(115) == []


def test_options_tells_what_the_exchange_can(exchange):
    with Wire(exchange.line(116)) as wire:
        wire.send(wire.request("OPTIONS", f"sip:{wire.realm_host}"))
        answer = wire.wait(range(200, 700))
    assert answer.status == 200
    allowed = {m.strip() for m in (answer["allow"] or "").split(",")}
    assert {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "MESSAGE", "INFO"} <= allowed
    assert "application/sdp" in (answer["accept"] or "")


def test_sipsak_and_sipp_get_an_answer_to_options(exchange, tmp_path):
    asked = subprocess.run(["sipsak", "-s", f"sip:127.0.0.1:{exchange.udp}", "-v"],
                           capture_output=True, text=True, timeout=20)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    for transport in ("udp", "tcp"):
        with Sipp("options", exchange.line(116, transport), tmp_path / transport, calls=20) as sipp:
            assert sipp.wait(20) == 0, sipp.trouble()
