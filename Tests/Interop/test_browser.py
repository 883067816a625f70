"""A browser is a phone: headless Chromium, whose media comes by ICE, DTLS-SRTP and Opus.

It insists on all of them; the exchange turns Opus into what the other phone speaks.
"""

from __future__ import annotations

import re
import time
from threading import Thread

import pytest

import audio
from drivers.baresip import Baresip
from drivers.browser import Browser
from drivers.linphone import Linphone
from drivers.pjsua import PJSUA
from test_calls import CALLEE_TONE, CALLER_TONE, TALK, assert_they_heard_each_other, connect
from test_house import come_in

# Make and options of the other phone.
OTHERS = {
    "baresip-g722": (Baresip, {"codecs": "G722/16000/1"}),
    "pjsua-pcma": (PJSUA, {"codecs": ("PCMA/8000",)}),
    "linphone": (Linphone, {}),
}
BROWSER, OTHER, ANY_CODEC = 100, 101, 102


@pytest.fixture(scope="module", autouse=True)
def browsers_policy(exchange):
    """One browser is held to Opus, another speaks what the other phone has, too."""
    exchange.ctl("extension", "set", str(BROWSER), "--encryption", "browser", "--codecs", "opus")
    exchange.ctl("extension", "set", str(ANY_CODEC), "--encryption", "browser")


def log_since(exchange, mark: int) -> str:
    return exchange.log_tail(10_000)[mark:]


def mark(exchange) -> int:
    return len(exchange.log_tail(10_000))


@pytest.mark.parametrize("other", OTHERS)
def test_a_browser_calls_and_both_hear_each_other(exchange, phones, tones, other):
    make, options = OTHERS[other]
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    callee = phones(make, OTHER, play=tones(CALLEE_TONE), **options)
    since = mark(exchange)
    browser_calls(browser, callee)
    time.sleep(TALK)
    callee.hang_up()
    browser.wait_ended()
    assert_they_heard_each_other(browser, callee)
    log = log_since(exchange, since)
    assert log.count("media.encrypted") == 1, log
    assert "ice-pwd" not in log and "inline:" not in log, "a secret stands in the log"


@pytest.mark.parametrize("other", OTHERS)
def test_a_browser_is_called_and_both_hear_each_other(exchange, phones, tones, other):
    make, options = OTHERS[other]
    caller = phones(make, OTHER, play=tones(CALLER_TONE), **options)
    browser = phones(Browser, BROWSER, play=tones(CALLEE_TONE))
    connect(caller, browser)
    browser.wait_connected()
    time.sleep(TALK)
    browser.hang_up()
    caller.wait_ended()
    assert_they_heard_each_other(caller, browser)


def test_what_both_speak_is_passed_as_it_is(exchange, phones, tones):
    browser = phones(Browser, ANY_CODEC, play=tones(CALLER_TONE))
    callee = phones(PJSUA, OTHER, codecs=("PCMA/8000",), play=tones(CALLEE_TONE))
    browser_calls(browser, callee)
    time.sleep(TALK)
    browser.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(browser, callee)
    assert re.search(r"^m=audio \d+ UDP/TLS/RTP/SAVPF 8\b", browser.last("answer"), re.M)


def browser_calls(browser, callee) -> None:
    """The browser's call waits for its answer, so the callee answers beside it."""
    failed: list[BaseException] = []

    def answer() -> None:
        try:
            callee.wait_ringing()
            callee.answer()
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=answer)
    thread.start()
    browser.call(callee.number)
    thread.join()
    assert not failed, failed
    callee.wait_answered()
    browser.wait_connected()


def test_two_browsers_talk_opus(exchange, phones, tones):
    caller = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    callee = phones(Browser, ANY_CODEC, play=tones(CALLEE_TONE))
    browser_calls(caller, callee)
    callee.wait_connected()
    time.sleep(TALK)
    caller.hang_up()
    callee.wait_ended()
    assert_they_heard_each_other(caller, callee)


def test_a_browser_hears_itself_and_the_houses_tone(exchange, phones, tones):
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    for number, tone in (("*80", CALLER_TONE), ("*84", 1004)):
        browser.call(number)
        browser.wait_connected()
        time.sleep(3)
        browser.hang_up()
        audio.assert_heard(browser.recording(), tone, seconds=1.5)


def test_hold_and_resume_by_either_side(exchange, phones, tones):
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    other = phones(PJSUA, OTHER, play=tones(CALLEE_TONE))
    browser_calls(browser, other)
    for party, listener, tone in ((browser, other, CALLER_TONE), (other, browser, CALLEE_TONE)):
        listener.wait_hearing(tone)
        party.hold()
        time.sleep(1)
        before = listener.heard(tone)
        time.sleep(1.5)
        assert listener.heard(tone) - before < 0.3, "who holds is heard"
        party.resume()
        listener.wait_hearing(tone)
    browser.wait_hearing(CALLEE_TONE)
    other.wait_hearing(CALLER_TONE)
    browser.hang_up()
    other.wait_ended()


def test_what_else_a_page_offers_is_refused_and_costs_nothing(exchange, phones, tones):
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE),
                     settings={"bundlePolicy": "max-bundle"},
                     offering={"more": ["video", "data"]})
    browser.call("*80")
    browser.wait_connected()
    browser.wait_hearing(CALLER_TONE)
    answer = browser.last("answer")
    assert re.search(r"^m=video 0 ", answer, re.M) and re.search(r"^m=application 0 ", answer, re.M)
    browser.hang_up()


def test_an_offer_before_any_candidate_is_known_is_enough(exchange, phones, tones):
    """Trickle (RFC 8838), none of which comes: checks say where the browser is."""
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE), offering={"patience": 0})
    browser.call("*80")
    assert "a=candidate" not in browser.last("offer")
    browser.wait_connected()
    browser.wait_hearing(CALLER_TONE)
    browser.hang_up()


def test_a_restart_of_ice_goes_on(exchange, phones, tones):
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    browser.call("*80")
    browser.wait_connected()
    browser.wait_hearing(CALLER_TONE)
    before = re.findall(r"a=ice-ufrag:(\S+)", browser.last("answer"))
    answer = browser.reoffer(restart=True)
    assert re.findall(r"a=ice-ufrag:(\S+)", answer) != before
    browser.wait_hearing(CALLER_TONE)
    time.sleep(3)
    browser.wait_hearing(CALLER_TONE)
    assert browser.states()[-1] == "connected"
    browser.hang_up()


def test_a_fingerprint_that_lies_is_refused(exchange, phones, tones):
    def lie(sdp: str) -> str:
        return re.sub(r"(a=fingerprint:sha-256 )..:..", r"\g<1>00:00", sdp)

    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE), said=lie)
    since = mark(exchange)
    browser.call("*80")
    exchange_says(exchange, since, "media.handshakeFailed")
    time.sleep(1.5)
    browser.hang_up()
    assert "media.encrypted" not in log_since(exchange, since)
    audio.assert_not_heard(browser.recording(), CALLER_TONE)


def test_a_wrong_ice_password_is_not_answered_and_counted(exchange, phones, tones):
    def lie(sdp: str) -> str:
        return re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:" + 24 * "0", sdp)

    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE), told=lie)
    since = mark(exchange)
    browser.call("*80")
    time.sleep(3)
    assert "connected" not in browser.states()
    browser.hang_up()
    exchange_says(exchange, since, "media.checksRefused")
    assert "media.latched" not in log_since(exchange, since)


def exchange_says(exchange, since: int, word: str, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while word not in log_since(exchange, since):
        assert time.monotonic() < deadline, f"no {word}: {log_since(exchange, since)}"
        time.sleep(0.1)


def test_who_vanishes_loses_its_leave_to_be_sent_media(exchange, phones, tones):
    """RFC 7675: its checks end with it; the call ends when it answers nothing by SIP either."""
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    since = mark(exchange)
    browser.call("*84")
    browser.wait_connected()
    browser.wait_hearing(1004)
    browser.page.run("peer.close()")
    exchange_says(exchange, since, "media.consentEnded", timeout=40)
    browser.hang_up()


def test_digits_of_a_browser_are_understood(exchange, phones, tones):
    """A conference's number and `#`, by telephone events."""
    browser = phones(Browser, BROWSER, play=tones(CALLER_TONE))
    other = phones(PJSUA, OTHER, play=tones(CALLEE_TONE))
    other.call("700*4711")
    other.wait_answered()
    browser.call("700")
    browser.wait_connected()
    time.sleep(1)
    browser.send_digits("4711#")
    time.sleep(1)
    come_in(browser)
    browser.wait_hearing(CALLEE_TONE)
    other.wait_hearing(CALLER_TONE)
    browser.hang_up()
    other.hang_up()
