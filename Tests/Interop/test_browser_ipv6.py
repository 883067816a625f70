"""A browser whose media comes by IPv6: where that is all there is, and where it is one way of two."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from drivers.browser import Browser
from drivers.phone import Line
from drivers.pjsua import PJSUA
from drivers.wire import LOCAL_V6
from exchange import LOCAL, Exchange
from ports import free_port
from test_browser import browser_calls
from test_calls import CALLEE_TONE, CALLER_TONE, TALK, assert_they_heard_each_other, connect

pytestmark = pytest.mark.skipif(not socket.has_ipv6, reason="this machine speaks no IPv6")


def started(folder: Path, **settings: object) -> Exchange:
    made = Exchange(folder)
    made.settings |= settings
    made.configure()
    for number in ("100", "101"):
        made.ctl("extension", "set", number, "--encryption", "browser", "--codecs", "opus")
    return made.start()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    """Of both families: media at 127.0.0.1, and at ::1 for those who check."""
    made = started(tmp_path_factory.mktemp("both"), networks=[
        {"bind": LOCAL, "reach": "0.0.0.0/0"}, {"bind": LOCAL_V6, "reach": "::/0"}])
    yield made
    assert made.stop() == 0


def without_ipv4(sdp: str) -> str:
    """Two candidates came; the browser is told of one."""
    candidates = re.findall(r"^a=candidate:.*$", sdp, re.M)
    assert len(candidates) == 2 and sum(f" {LOCAL_V6} " in c for c in candidates) == 1, sdp
    return re.sub(rf"^a=candidate:.* {re.escape(LOCAL)} .*\r\n", "", sdp, flags=re.M)


def assert_by_ipv6(exchange: Exchange, browser: Browser) -> None:
    """Both say so: the exchange where packets come from, the browser where its own go to."""
    remote = browser.page.run("""[...(await peer.getStats()).values()]
        .filter(s => s.type === "candidate-pair" && s.nominated && s.state === "succeeded")
        .map(async s => (await peer.getStats()).get(s.remoteCandidateId).address)[0]""")
    assert remote.strip("[]") == LOCAL_V6, remote
    latched = re.findall(r"from=(\S+) .*media\.latched", exchange.log_tail(2000))
    # From which of its own addresses it comes is the browser's choice.
    assert any(place.startswith("[") for place in latched), latched


def test_a_browser_that_reaches_the_ipv6_place_alone_calls_by_it(exchange, phones, tones):
    browser = phones(Browser, 100, play=tones(CALLER_TONE), told=without_ipv4)
    callee = phones(PJSUA, 102, codecs=("PCMA/8000",), play=tones(CALLEE_TONE))
    browser_calls(browser, callee)
    time.sleep(TALK)
    assert_by_ipv6(exchange, browser)
    callee.hang_up()
    browser.wait_ended()
    assert_they_heard_each_other(browser, callee)


def test_a_browser_that_reaches_the_ipv6_place_alone_is_called_by_it(exchange, phones, tones):
    caller = phones(PJSUA, 102, codecs=("PCMA/8000",), play=tones(CALLER_TONE))
    browser = phones(Browser, 100, play=tones(CALLEE_TONE), told=without_ipv4)
    connect(caller, browser)
    browser.wait_connected()
    time.sleep(TALK)
    assert_by_ipv6(exchange, browser)
    browser.hang_up()
    caller.wait_ended()
    assert_they_heard_each_other(caller, browser)


def test_two_browsers_talk_where_there_is_no_ipv4(tmp_path_factory, tmp_path, tones):
    """Signalling and media; each finds the other's place by checks."""
    port = free_port()
    made = started(
        tmp_path_factory.mktemp("alone"), sip={"udp": f"[{LOCAL_V6}]:{port}"},
        media={"address": LOCAL_V6, "ports": "60700-60799"})

    def line(number: int) -> Line:
        plain = made.line(number)
        return Line(plain.number, plain.password, f"[{LOCAL_V6}]", port, "udp", None)

    caller = Browser(line(100), tmp_path / "a", play=tones(CALLER_TONE))
    callee = Browser(line(101), tmp_path / "b", play=tones(CALLEE_TONE))
    try:
        assert caller.register() == callee.register() == 200
        browser_calls(caller, callee)
        callee.wait_connected()
        time.sleep(TALK)
        for browser in (caller, callee):
            assert_by_ipv6(made, browser)
            assert f"IN IP6 {LOCAL_V6}" in browser.last("answer" if browser is caller else "offer")
        caller.hang_up()
        callee.wait_ended()
        assert_they_heard_each_other(caller, callee)
    finally:
        caller.close()
        callee.close()
        assert made.stop() == 0
