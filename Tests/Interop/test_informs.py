"""INFO within a call, said by hand: whoever sends one is answered, whatever the other party does."""

from __future__ import annotations

import time

from test_sessions import pair, talking  # noqa: F401 (pair is a fixture)

KEY = ("Content-Type: application/dtmf-relay",)


def press(end, key: str) -> None:
    end.within("INFO", *KEY, body=f"Signal={key}\r\nDuration=160\r\n".encode())


def test_an_INFO_gets_the_other_partys_answer(pair):
    here, there = talking(*pair)
    press(here, "5")
    passed = pair[1].wait("INFO")
    assert passed.body.startswith(b"Signal=5")
    pair[1].respond(passed, 415, "Unsupported Media Type")
    assert here.final("INFO").status == 415
    here.hang_up()
    there.end()


def test_an_INFO_that_the_other_party_never_answers_is_answered_in_its_stead(pair):
    """Like an UPDATE: before its sender gives up, and the call goes on."""
    here, there = talking(*pair)
    press(here, "5")
    began = time.monotonic()
    assert here.final("INFO", 24).status == 504
    assert 18 < time.monotonic() - began < 23
    press(here, "6")
    while True:
        passed = pair[1].wait("INFO")
        if passed.body.startswith(b"Signal=6"):
            break
    pair[1].respond(passed, 200, "OK")
    assert here.final("INFO").status == 200
    here.hang_up()
    there.end()


def test_an_INFO_that_is_under_way_when_its_sender_asks_for_a_transfer_is_answered(pair):
    here, there = talking(*pair)
    press(here, "5")
    passed = pair[1].wait("INFO")
    here.within("REFER", f"Refer-To: <sip:119@{pair[0].realm_host}>")
    assert here.final("REFER").status == 202
    pair[1].respond(passed, 200, "OK")
    assert here.final("INFO", 2).status == 200
    here.hang_up()
    there.end()
