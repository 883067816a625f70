"""URIs that lead to one phone of an extension (GRUU, RFC 5627): by hand, and as linphone uses them."""

from __future__ import annotations

import re
import time

import pytest

from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from drivers.tap import Tap
from drivers.wire import Message, Wire, credentials, offer
from test_sessions import Callee, Caller

NUMBER = 110
DESK, KITCHEN = (f"urn:uuid:00000000-0000-4000-8000-00000000000{n}" for n in "ab")


def register(wire: Wire, instance: str, call: str = "first", expires: int = 300) -> Message:
    return wire.ask("REGISTER", f"sip:{wire.realm_host}", call=call + instance,
                    fields=(f"Expires: {expires}", "Supported: path, gruu"))


def gruus(registered: Message, instance: str) -> tuple[str, str]:
    """The public and the temporary one of that phone."""
    own = [value for value in registered.all("contact") if instance in value.split("pub-gruu")[0]]
    assert len(own) == 1, registered.raw
    found = [re.search(rf';{name}="([^"]+)"', own[0]) for name in ("pub-gruu", "temp-gruu")]
    assert found[0] and found[1], own[0]
    return found[0].group(1), found[1].group(1)


@pytest.fixture
def two(exchange):
    """Two phones of one extension, each with its GRUUs, and somebody who calls."""
    line = exchange.line(NUMBER)
    with Wire(line) as desk, Wire(line) as kitchen, Wire(exchange.line(111)) as caller:
        for wire, instance in ((desk, DESK), (kitchen, KITCHEN)):
            wire.contact += f';+sip.instance="<{instance}>"'
        first, second = register(desk, DESK), register(kitchen, KITCHEN)
        assert first.status == second.status == 200
        yield desk, kitchen, caller, gruus(first, DESK), gruus(second, KITCHEN)
        for wire, instance in ((desk, DESK), (kitchen, KITCHEN)):
            register(wire, instance, f"last{time.monotonic_ns()}", expires=0)


def called(caller: Wire, uri: str) -> Caller:
    here = Caller(caller, NUMBER)
    here.uri = uri
    here.invite(body=offer(4000))
    return here


def rings_alone(here: Caller, meant: Wire, other: Wire) -> None:
    there = Callee(meant, meant.wait("INVITE"))
    assert f":{meant.port}" in there.invite.start, "its own Contact"
    there.respond(200, body=offer(4002))
    here.take(here.final("INVITE"))
    assert here.answer and here.answer.status == 200
    here.acknowledge()
    meant.wait("ACK")
    with pytest.raises(AssertionError):
        other.wait("INVITE", 0.3)
    here.hang_up()
    there.end()


def test_public_and_temporary_ones_ring_one_phone_alone(two):
    desk, kitchen, caller, (public, _), (_, temporary) = two
    assert public.endswith(f";gr={DESK}") and f"sip:{NUMBER}@" in public
    assert temporary.endswith(";gr") and f"{NUMBER}@" not in temporary
    rings_alone(called(caller, public), desk, kitchen)
    rings_alone(called(caller, temporary), kitchen, desk)


def test_the_number_itself_rings_both(two):
    desk, kitchen, caller, *_ = two
    here = called(caller, f"sip:{NUMBER}@{caller.realm_host}")
    invites = [wire.wait("INVITE") for wire in (desk, kitchen)]
    for wire, invite in zip((desk, kitchen), invites):
        wire.respond(invite, 486, "Busy Here")
        wire.wait("ACK")
    refused = here.final("INVITE")
    assert refused.status == 486
    caller.acknowledge(refused, here.uri)


def test_a_temporary_one_ends_with_its_registrations_call_id_and_a_public_one_stays(two):
    desk, kitchen, caller, (public, temporary), _ = two
    assert register(desk, DESK, "second").status == 200
    here = called(caller, temporary)
    refused = here.final("INVITE")
    assert refused.status == 480
    caller.acknowledge(refused, here.uri)
    rings_alone(called(caller, public), desk, kitchen)


def test_both_outlive_a_restart(exchange, two):
    desk, kitchen, caller, (public, temporary), _ = two
    exchange.kill()
    exchange.start()
    rings_alone(called(caller, temporary), desk, kitchen)
    rings_alone(called(caller, public), desk, kitchen)


def test_nobodys_are_not_found_and_a_phone_that_is_away_is(two):
    _, _, caller, (public, temporary), _ = two
    changed = temporary.replace("tgruu.", "tgruu.00", 1)
    for uri, status in ((changed, 404), (public.replace(DESK, "urn:uuid:nobody"), 480)):
        here = called(caller, uri)
        refused = here.final("INVITE")
        assert refused.status == status, uri
        caller.acknowledge(refused, here.uri)


def test_a_contact_that_is_a_gruu_would_go_in_a_circle(exchange, two):
    *_, (public, _), _ = two
    with Wire(exchange.line(NUMBER)) as wire:
        wire.contact = f"<{public}>"
        assert wire.register().status == 403


def test_a_message_to_one_goes_to_that_phone(two):
    desk, kitchen, caller, (public, _), _ = two
    sent = caller.request("MESSAGE", public, to=public, body=b"hello",
                          fields=("Content-Type: text/plain",))
    caller.send(sent)
    answer = caller.wait(range(200, 700))
    assert answer.status == 401
    value = credentials(caller.choose(answer, None), "MESSAGE", public, caller.line.number,
                        caller.line.password)
    caller.send(caller.request("MESSAGE", public, to=public, body=b"hello",
                               fields=("Content-Type: text/plain", f"Authorization: {value}")))
    desk.respond(desk.wait("MESSAGE"), 200, "OK")
    assert caller.wait(range(200, 700)).status == 200
    with pytest.raises(AssertionError):
        kitchen.wait("MESSAGE", 0.3)


def test_linphone_takes_its_gruu_and_is_found_by_it(exchange, phones, tones):
    tap = Tap(exchange.udp)
    phone = phones(Linphone, 112, play=tones(620), port=tap.port)
    caller = phones(PJSUA, 113, play=tones(440))
    registered = [m for m in tap.came if m.status == 200 and (m["cseq"] or "").endswith("REGISTER")]
    given = re.search(r';pub-gruu="([^"]+)"', registered[-1]["contact"] or "")
    assert given, registered[-1].raw
    phone.call(caller.number)
    caller.wait_ringing()
    caller.answer()
    phone.wait_answered()
    caller.wait_hearing(620)
    phone.wait_hearing(440)
    said = {m["contact"] for m in tap.sent if m.method == "INVITE"}
    assert said == {f"<{given.group(1)}>"}, "linphone names itself by the GRUU that it was given"
    # Our BYE goes to the Contact that linphone said in the call, by the way of its ACK, which it
    # sends past the tap: to where our 200 said that we are.
    caller.hang_up()
    phone.wait_ended()
