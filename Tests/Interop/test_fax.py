"""Faxes from another T.30 machine: pages arrive as they were sent, dot by dot."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import audio
from drivers.efax import Efax
from drivers.fax import FaxMachine
from drivers.tiff import WIDTH, read_pages, write_pages
from exchange import Exchange


def page(seed: int, height: int = 500) -> np.ndarray:
    """Bars, a grating, and noise that no error would leave alone."""
    rows, columns = np.mgrid[:height, :WIDTH]
    picture = (rows // 40 % 2 == 0) & (columns > 200) & (columns < 500 + 40 * seed)
    picture |= (rows - columns // 3) % 64 < 3
    picture[300:340, 800:1056] = np.random.default_rng(seed).random((40, 256)) < 0.3
    return picture


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    made = Exchange(tmp_path_factory.mktemp("fax"))
    made.settings["recordings"] = {"keep-free": 0}
    made.configure()
    made.ctl("extension", "set", "125", "--fax", "on")
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def pages(tmp_path) -> list[np.ndarray]:
    made = [page(seed) for seed in (1, 2, 3)]
    return made


def sent(tmp_path: Path, pages: list[np.ndarray]) -> Path:
    tiff = write_pages(tmp_path / "sent.tif", pages)
    assert all((a == b).all() for a, b in zip(read_pages(tiff), pages, strict=True))
    return tiff


def faxes(exchange: Exchange) -> list[dict]:
    return json.loads(exchange.ctl("--json", "fax", "list"))


def received(exchange: Exchange, before: int, patience: float = 5) -> dict:
    deadline = time.monotonic() + patience
    while len(found := faxes(exchange)) == before:
        assert time.monotonic() < deadline, exchange.log_tail()
        time.sleep(0.1)
    return found[0]


def assert_same(tiff: Path, pages: list[np.ndarray]) -> None:
    found = read_pages(tiff)
    assert len(found) == len(pages)
    for number, (came, wanted) in enumerate(zip(found, pages, strict=True), 1):
        assert came.shape[1] == WIDTH and came.shape[0] >= len(wanted), f"page {number}"
        wrong = int((came[:len(wanted)] != wanted).sum())
        assert wrong == 0, f"{wrong} dots of page {number} are wrong"


def by_sound(exchange: Exchange, tmp_path: Path, number: str, pages: list[np.ndarray]) -> dict:
    before = len(faxes(exchange))
    sender = FaxMachine(exchange.line(120))
    try:
        machine, dialog = sender.send(number, sent(tmp_path, pages))
        assert machine.confirmed == len(pages)
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
    finally:
        sender.close()
    return received(exchange, before)


def test_pages_by_sound_arrive_as_they_were_sent_though_T38_was_refused(exchange, tmp_path, pages):
    fax = by_sound(exchange, tmp_path, "*85", pages)
    assert_same(exchange.data / "recordings" / fax["file"], pages)
    assert fax["caller"] == "120" and fax["number"] == "*85" and fax["sender"] == "4930123456"
    assert fax["pages"] == 3 and fax["isComplete"] and fax["carriedBy"] == "sound"
    assert fax["bitRate"] == 14400 and fax["result"] == "OK"
    call = exchange.last_call()
    assert fax["callID"] == call["call_id"] and call["call_id"] in fax["file"]
    notes = exchange.rows("SELECT detail FROM call_event WHERE call_id = ? AND kind = 'faxEnded'",
                          call["call_id"])
    assert [note["detail"] for note in notes] == ["3 pages from 4930123456 by sound: OK"]
    assert "4930123456" in exchange.ctl("fax", "show", fax["callID"])
    assert fax["file"] not in exchange.ctl("recordings")
    events = exchange.ctl("--json", "events")
    assert "fax.received" in exchange.log_tail(400), events


def test_efax_sends_a_page_by_sound(exchange, tmp_path, pages):
    before = len(faxes(exchange))
    sender = Efax(exchange.line(126), name="4930777")
    sender.log = tmp_path / "efax.log"
    try:
        modem, _ = sender.send("*85", sent(tmp_path, pages[:1]))
        modem.close()
        assert modem.efax.returncode == 0
    finally:
        sender.close()
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["pages"] == 1 and fax["sender"] == "4930777"
    # It writes a line above each page, and into its uppermost rows; and it knows no error correction:
    # where this machine was late by a moment, rows are lost.
    found = {row.tobytes() for row in read_pages(exchange.data / "recordings" / fax["file"])[0]}
    wanted = [row.tobytes() for row in pages[0][40:]]
    assert sum(row in found for row in wanted) > 0.9 * len(wanted)


def test_an_extension_may_be_a_fax_number(exchange, tmp_path, pages):
    fax = by_sound(exchange, tmp_path, "125", pages[:1])
    assert fax["number"] == "125" and fax["pages"] == 1
    assert_same(exchange.data / "recordings" / fax["file"], pages[:1])


def test_a_caller_that_is_no_fax_machine_leaves_no_file(exchange, phones):
    from drivers.pjsua import PJSUA

    before = len(faxes(exchange))
    caller = phones(PJSUA, 121, codecs=("PCMA/8000",))
    caller.call("*85")
    caller.wait_answered()
    time.sleep(2)
    caller.hang_up()
    exchange.wait_calls(0)
    fax = received(exchange, before)
    assert fax["pages"] == 0 and not fax["isComplete"] and fax.get("file") is None


def test_a_fax_may_be_kept_as_a_PDF(tmp_path_factory, tmp_path, pages):
    made = Exchange(tmp_path_factory.mktemp("fax-pdf"))
    made.settings |= {"recordings": {"keep-free": 0}, "fax": {"format": "pdf"}}
    made.configure()
    made.start()
    try:
        fax = by_sound(made, tmp_path, "*85", pages[:2])
        pdf = made.data / "recordings" / fax["file"]
        assert pdf.suffix == ".pdf"
        # By another reader of PDF, dot by dot.
        subprocess.run(["pdfimages", "-tiff", pdf, tmp_path / "page"], check=True)
        for number, wanted in enumerate(pages[:2]):
            found = read_pages(tmp_path / f"page-{number:03}.tif")[0]
            found = found[:len(wanted)]
            assert (found == wanted).all() or (found != wanted).all(), f"page {number}"
        text = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
        assert "Pages:           2" in text
        assert made.last_call()["call_id"] in fax["file"]
    finally:
        assert made.stop() == 0


def test_what_came_before_the_exchange_was_killed_is_a_fax(tmp_path_factory, tmp_path):
    made = Exchange(tmp_path_factory.mktemp("fax-crash"))
    made.settings["recordings"] = {"keep-free": 0}
    made.configure()
    made.start()
    folder = made.data / "recordings"
    pages = [page(1, 400), page(2, 3000)]
    sender = FaxMachine(made.line(120))
    try:
        tiff = sent(tmp_path, pages)

        def kill_after_a_page() -> None:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                part = list(folder.glob("*.part"))
                if part and part[0].stat().st_size > 1000:
                    time.sleep(1)
                    return made.kill()
                time.sleep(0.05)

        killer = threading.Thread(target=kill_after_a_page)
        killer.start()
        with pytest.raises(AssertionError):
            sender.send("*85", tiff, patience=40)
        killer.join()
        made.start()
        deadline = time.monotonic() + 5
        while not (whole := list(folder.glob("*.tif"))):
            assert time.monotonic() < deadline, made.log_tail()
            time.sleep(0.1)
        assert_same(whole[0], pages[:1])
        assert "fax.repaired" in made.log_tail()
    finally:
        sender._is_closing = True
        made.stop()


def by_image(
    exchange: Exchange, tmp_path: Path, pages: list[np.ndarray], number: str = "*85", **manner: object,
) -> tuple[dict, FaxMachine]:
    before = len(faxes(exchange))
    sender = FaxMachine(exchange.line(122), **manner)
    try:
        machine, dialog = sender.send(number, sent(tmp_path, pages))
        assert machine.is_image, "it went by sound"
        assert machine.confirmed == len(pages)
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
        assert sender.strangers == 0
    finally:
        sender.close()
    fax = received(exchange, before)
    assert fax["carriedBy"] == "T.38" and fax["isComplete"], fax
    assert_same(exchange.data / "recordings" / fax["file"], pages)
    return fax, sender


def test_a_machine_that_takes_T38_is_asked_for_it_and_sends_by_it(exchange, tmp_path, pages):
    fax, sender = by_image(exchange, tmp_path, pages, takes_image=True)
    assert fax["pages"] == 3 and fax["sender"] == "4930123456"
    offered = sender.offers[0].decode()
    assert "m=image" in offered and "udptl t38" in offered
    for attribute in ("T38FaxVersion:0", "T38MaxBitRate:14400",
                      "T38FaxRateManagement:transferredTCF", "T38FaxUdpEC:t38UDPRedundancy"):
        assert f"a={attribute}" in offered


def test_a_machine_that_asks_for_T38_itself_gets_it(exchange, tmp_path, pages):
    _, sender = by_image(exchange, tmp_path, pages[:1], asks_image=0.3)
    assert "T38FaxUdpEC:t38UDPRedundancy" in sender.bodies["image"].decode()


@pytest.mark.parametrize("correction", ["t38UDPRedundancy", "t38UDPFEC"])
def test_lost_datagrams_of_T38_come_back(exchange, tmp_path, pages, correction):
    _, sender = by_image(
        exchange, tmp_path, pages[:1], takes_image=True, correction=correction,
        loss=0.05)
    if correction == "t38UDPRedundancy":
        assert sender.machine.reader.recovered > 0


def test_two_fax_machines_talk_T38_with_each_other_through_the_exchange(exchange, tmp_path, pages):
    caller = FaxMachine(exchange.line(123), asks_image=4)
    callee = FaxMachine(exchange.line(124), takes_image=True)
    got = tmp_path / "got.tif"
    try:
        result: dict = {}

        def answer() -> None:
            dialog = callee.newest(set(), 20)
            result["machine"] = callee.run(dialog, False, got)

        answering = threading.Thread(target=answer)
        answering.start()
        machine, dialog = caller.send("124", sent(tmp_path, pages[:2]))
        assert machine.is_image and machine.confirmed == 2
        caller.hang_up(dialog) if not dialog.is_over else None
        answering.join(30)
        assert result["machine"].is_image
        assert caller.strangers == callee.strangers == 0
    finally:
        caller.close()
        callee.close()
    assert_same(got, pages[:2])


def test_T38_that_the_other_side_refuses_leaves_both_by_sound(exchange, tmp_path, pages):
    caller = FaxMachine(exchange.line(123), asks_image=4)
    callee = FaxMachine(exchange.line(124), takes_image=False)
    got = tmp_path / "got.tif"
    try:
        def answer() -> None:
            callee.run(callee.newest(set(), 20), False, got)

        answering = threading.Thread(target=answer)
        answering.start()
        machine, dialog = caller.send("124", sent(tmp_path, pages[:1]))
        assert not machine.is_image and machine.confirmed == 1
        assert caller.refusals == [488]
        caller.hang_up(dialog) if not dialog.is_over else None
        answering.join(30)
    finally:
        caller.close()
        callee.close()
    assert_same(got, pages[:1])


@pytest.mark.parametrize("takes_image", [False, True], ids=["by-sound", "by-T38"])
def test_a_fax_machine_that_calls_a_person_is_sent_to_the_fax_number(
    exchange, phones, tones, tmp_path, pages, takes_image,
):
    """The person's phone hears the tone, and is let go; who speaks is left alone."""
    from drivers.pjsua import PJSUA

    before = len(faxes(exchange))
    exchange.ctl("extension", "set", "127", "--fax-detect", "125")
    person = phones(PJSUA, 127, codecs=("PCMA/8000",), play=tones(620))
    sender = FaxMachine(exchange.line(120), takes_image=takes_image)
    try:
        answering = threading.Thread(target=lambda: (person.wait_ringing(), person.answer()))
        answering.start()
        machine, dialog = sender.send("127", sent(tmp_path, pages[:2]))
        answering.join()
        assert machine.confirmed == 2 and machine.is_image == takes_image
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
        person.wait_ended()
    finally:
        sender.close()
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["number"] == "125" and fax["caller"] == "120", fax
    assert_same(exchange.data / "recordings" / fax["file"], pages[:2])
    story = exchange.ctl("call", "show", fax["callID"])
    assert "is a fax machine, by its tone" in story
    assert audio.seconds_of_tone(person.recording(), 1100) > 0.3, "the person heard nothing of it"


def test_who_speaks_is_not_taken_for_a_fax_machine(exchange, phones, tones):
    from drivers.pjsua import PJSUA
    from test_calls import connect

    exchange.ctl("extension", "set", "127", "--fax-detect", "*85")
    caller = phones(PJSUA, 121, codecs=("PCMA/8000",), play=tones(440))
    person = phones(PJSUA, 127, codecs=("PCMA/8000",), play=tones(620))
    connect(caller, person)
    time.sleep(4)
    assert len(exchange.calls()) == 1
    caller.hang_up()
    person.wait_ended()
    audio.assert_heard(person.recording(), 440, seconds=3)
    audio.assert_heard(caller.recording(), 620, seconds=3)


def test_a_fax_machine_that_calls_by_a_trunk_is_told_of_and_sent_on(
    tmp_path_factory, tmp_path, tones, pages,
):
    """By what the trunk says, to where it says; the exchange that it called out of leaves it alone."""
    from drivers.pjsua import PJSUA
    from exchange import LOCAL, extensions

    near = Exchange(tmp_path_factory.mktemp("fax-near"))
    far = Exchange(tmp_path_factory.mktemp("fax-far"),
                   extensions(2, first=200) + extensions(2, first=128))
    for made in (near, far):
        made.settings["recordings"] = {"keep-free": 0}
    far.settings["domain"] = "far.test"
    far.settings["media"]["ports"] = "60500-60599"
    for made in (near, far):
        made.configure()
        made.start()
    near.ctl("trunk", "add", "far", f"{LOCAL}:{far.udp}", "--extensions", "--fax-detect", "*85")
    far.ctl("trunk", "add", "near", f"{LOCAL}:{near.udp}", "--extensions",
            "--caller-id", "extension", "--fax-detect", "*85")
    far.ctl("route", "add", "1", "--trunks", "near")
    with PJSUA(near.line(101), tmp_path / "person", codecs=("PCMA/8000",), play=tones(620)) as person:
        assert person.register() == 200
        sender = FaxMachine(far.line(200))
        try:
            answering = threading.Thread(target=lambda: (person.wait_ringing(), person.answer()))
            answering.start()
            machine, dialog = sender.send("101", sent(tmp_path, pages[:1]))
            answering.join()
            assert machine.confirmed == 1
            sender.wait(lambda: dialog.is_over, "goodbye", 20)
            person.wait_ended()
        finally:
            sender.close()
    fax = received(near, 0)
    assert fax["isComplete"] and fax["number"] == "*85" and fax["caller"] == "200", fax
    assert_same(near.data / "recordings" / fax["file"], pages[:1])
    assert "fax.heard" in near.log_tail(400) and "fax.heard" not in far.log_tail(400)
    assert faxes(far) == []
    assert near.stop() == 0 and far.stop() == 0


@pytest.mark.parametrize("refusal", [488, 415, 606, 0])
def test_a_machine_that_refuses_T38_sends_by_sound(exchange, tmp_path, pages, refusal):
    """By a status, or by a port of 0, after which it is asked back to sound."""
    before = len(faxes(exchange))
    sender = FaxMachine(exchange.line(120), refusal=refusal)
    try:
        machine, dialog = sender.send("*85", sent(tmp_path, pages[:1]))
        assert machine.confirmed == 1 and not machine.is_image
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
    finally:
        sender.close()
    # Lines that are over keep their place (RFC 3264 §8.2).
    offered = [re.findall(r"^m=(\w+) [1-9]", body.decode(), re.M) for body in sender.offers]
    assert offered == ([["image"]] if refusal else [["image"], ["audio"]])
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["carriedBy"] == "sound", fax
    assert_same(exchange.data / "recordings" / fax["file"], pages[:1])


def test_a_machine_whose_T38_fails_goes_back_to_sound_and_sends_there(exchange, tmp_path, pages):
    """None of its datagrams arrives, and none comes to it; it is not asked for T.38 again."""
    before = len(faxes(exchange))
    sender = FaxMachine(exchange.line(122), takes_image=True, loss=1, returns=4)
    try:
        machine, dialog = sender.send("*85", sent(tmp_path, pages[:2]))
        assert machine.confirmed == 2 and not machine.is_image
        assert sender.returns is None and sender.refusals == []
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
    finally:
        sender.close()
    assert len(sender.offers) == 1, "it was asked again"
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["pages"] == 2 and fax["carriedBy"] == "sound", fax
    assert_same(exchange.data / "recordings" / fax["file"], pages[:2])


def test_a_machine_that_returns_to_sound_at_the_end_of_its_fax_ends_well(exchange, tmp_path, pages):
    """It meets the exchange's goodbye."""
    before = len(faxes(exchange))
    sender = FaxMachine(exchange.line(122), takes_image=True)
    try:
        machine, dialog = sender.send("*85", sent(tmp_path, pages[:1]))
        assert machine.is_image and machine.confirmed == 1
        if not dialog.is_over:
            sender.return_to_sound(dialog)
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
        assert set(sender.refusals) <= {481, 487}, sender.refusals
    finally:
        sender.close()
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["carriedBy"] == "T.38", fax
    assert_same(exchange.data / "recordings" / fax["file"], pages[:1])


def test_two_machines_return_from_T38_to_sound_and_are_heard_as_before(exchange, tmp_path, pages):
    """A fax, then the people at the machines talk; and a second fax in the same call."""
    caller = FaxMachine(exchange.line(123), asks_image=4)
    callee = FaxMachine(exchange.line(124), takes_image=True)
    got = [tmp_path / "first.tif", tmp_path / "second.tif"]
    heard: dict[str, np.ndarray] = {}
    try:
        def answer() -> None:
            dialog = callee.newest(set(), 20)
            callee.run(dialog, False, got[0])
            callee.wait(lambda: not callee.is_image, "way back", 20)
            heard["callee"] = callee.talk(620, 3)
            callee.run(dialog, False, got[1])

        answering = threading.Thread(target=answer)
        answering.start()
        machine, dialog = caller.send("124", sent(tmp_path, pages[:1]))
        assert machine.is_image and machine.confirmed == 1
        time.sleep(1)
        caller.return_to_sound(dialog)
        caller.wait(lambda: not caller.is_image, "way back", 20)
        heard["caller"] = caller.talk(440, 3)
        caller.asks_image = 4
        machine = caller.run(dialog, True, sent(tmp_path, pages[1:2]))
        assert machine.is_image and machine.confirmed == 1
        if not dialog.is_over:
            caller.hang_up(dialog)
        answering.join(30)
        assert caller.refusals == callee.refusals == []
    finally:
        caller.close()
        callee.close()
    for name, hertz in (("caller", 620), ("callee", 440)):
        samples = heard[name][8000:-4000]
        assert len(samples) > 8000, f"the {name} heard next to nothing"
        assert audio._ratio(samples, 8000, hertz, 10) > 20, name
    assert_same(got[0], pages[:1])
    assert_same(got[1], pages[1:2])
