"""100rel and session timers as pjsua2 and sipp do them: RFC 3262, RFC 4028."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from drivers.pjsua import PJSUA
from drivers.sipp import Sipp
from exchange import Exchange
from test_calls import connect

CALLER, CALLEE = 440, 620
SHORTEST = 90


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["calls"]["refresh"] = SHORTEST
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


def log(phone: PJSUA) -> str:
    return phone.log.read_text(errors="replace")


def count(phone: PJSUA, what: str) -> int:
    """How often the phone's trace shows that line's beginning."""
    return len(re.findall(rf"^{what}", log(phone), re.M))


def assert_they_talk(caller, callee):
    caller.wait_hearing(CALLEE)
    callee.wait_hearing(CALLER)


def test_a_phone_that_wants_100rel_acknowledges_our_ringing_and_we_its(exchange, phones, tones):
    caller = phones(PJSUA, 100, play=tones(CALLER), is_reliable=True)
    callee = phones(PJSUA, 101, play=tones(CALLEE), is_reliable=True)
    connect(caller, callee)
    assert_they_talk(caller, callee)
    for phone in (caller, callee):
        assert re.search(r"^RSeq: \d+", log(phone), re.M), f"{phone}: no reliable 180"
        assert count(phone, "PRACK sip:") >= 1, f"{phone}: no PRACK"
        assert re.search(r"^CSeq: \d+ PRACK", log(phone), re.M)
    caller.hang_up()
    callee.wait_ended()


@pytest.mark.timeout(200)
def test_sessions_are_refreshed_by_a_phone_and_outlive_their_first_interval(
    exchange, phones, tones,
):
    caller = phones(PJSUA, 102, play=tones(CALLER), session=SHORTEST)
    callee = phones(PJSUA, 103, play=tones(CALLEE), session=SHORTEST)
    connect(caller, callee)
    assert re.search(rf"^Session-Expires: {SHORTEST};refresher=", log(caller), re.M)
    before = [(count(phone, "UPDATE sip:"), count(phone, "INVITE sip:"))
              for phone in (caller, callee)]
    time.sleep(SHORTEST + 15)
    after = [(count(phone, "UPDATE sip:"), count(phone, "INVITE sip:"))
             for phone in (caller, callee)]
    for phone, first, last in zip((caller, callee), before, after):
        assert sum(last) > sum(first), f"{phone}: nobody refreshed"
    assert_they_talk(caller, callee)
    caller.hang_up()
    callee.wait_ended()


@pytest.mark.timeout(200)
def test_a_session_that_its_phone_promised_to_refresh_and_did_not_expires(
    exchange, phones, tones, tmp_path,
):
    """sipp calls, answers whether it lives, and never refreshes; the other end is pjsua's."""
    callee = phones(PJSUA, 104, play=tones(CALLEE))
    accounts = tmp_path / "accounts.csv"
    password = exchange.people["105"].password
    accounts.write_text(f"SEQUENTIAL\n105;[authentication username=105 password={password}]\n")
    with Sipp("forgetful", exchange.line(105), tmp_path, callee="104", accounts=accounts,
              timeout=120, is_alive=True) as sipp:
        callee.wait_ringing()
        callee.answer()
        callee.wait_answered()
        began = time.monotonic()
        assert "refresher=uac" in (sipp.received("SIP/2.0 200").field("Session-Expires") or "")
        bye = sipp.received("BYE", 80)
        assert 50 < time.monotonic() - began < 70, "a third of the interval before its end"
        assert sipp.wait(10) == 0, sipp.trouble()
    assert bye.field("CSeq")
    callee.wait_ended()
    reasons = exchange.rows("SELECT end_reason FROM call ORDER BY call_id DESC LIMIT 1")
    assert [row["end_reason"] for row in reasons] == ["lost"]
