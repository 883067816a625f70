"""Transfers to the exchange itself: its own numbers, conferences, the fax number."""

from __future__ import annotations

import threading
import time

import pytest

from conftest import MAKES
from drivers.fax import FaxMachine
from drivers.pjsua import PJSUA
from exchange import Exchange
from test_calls import connect
from test_fax import assert_same, faxes, page, received, sent

TRANSFEROR, TRANSFEREE, OTHER = 440, 620, 850


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory):
    made = Exchange(tmp_path_factory.mktemp("sent"))
    made.settings["recordings"] = {"keep-free": 0}
    made.configure()
    made.ctl("extension", "set", "125", "--fax", "on")
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def three(phones, tones):
    numbers = (100, TRANSFEROR), (101, TRANSFEREE), (102, OTHER)
    return [phones(PJSUA, number, play=tones(hertz)) for number, hertz in numbers]


def dial(phone, number: str) -> None:
    phone.call(number)
    phone.wait_answered()


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("is_held", [True, False], ids=["held", "not-held"])
def test_who_is_sent_to_the_echo_hears_itself(exchange, phones, tones, make, is_held):
    transferor = phones(PJSUA, 103, play=tones(TRANSFEROR))
    transferee = phones(MAKES[make], 104, play=tones(TRANSFEREE))
    connect(transferor, transferee)
    if is_held:
        transferor.hold()
    transferor.transfer("*80")
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    transferee.wait_hearing(TRANSFEREE)
    transferee.hang_up()


def test_the_caller_is_sent_to_the_level_tone_by_the_callee(exchange, three):
    transferor, transferee, _ = three
    connect(transferee, transferor)
    transferor.transfer("*84")
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    transferee.wait_hearing(1004)
    exchange.wait_calls(1)
    transferee.hang_up()


@pytest.mark.parametrize("number", ["*81", "*82", "*83"])
def test_other_numbers_of_the_house_take_whom_they_are_sent(exchange, three, number):
    transferor, transferee, _ = three
    connect(transferor, transferee)
    transferor.transfer(number)
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    time.sleep(1)
    before = transferee.packets_received()
    time.sleep(2)
    # Whoever is listened to hears nothing for a while, but words before.
    assert transferee.packets_received() - before > (20 if number == "*83" else 60)
    transferee.hang_up()


def test_who_is_sent_to_a_conference_talks_with_those_inside(exchange, three):
    transferor, transferee, other = three
    dial(other, "700*771")
    connect(transferor, transferee)
    transferor.transfer("700*771")
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    transferee.wait_hearing(OTHER)
    other.wait_hearing(TRANSFEREE)
    heard = other.heard(TRANSFEROR)
    time.sleep(1)
    assert other.heard(TRANSFEROR) == heard
    transferee.hang_up()
    other.hang_up()


def test_who_is_sent_to_the_door_of_the_conferences_enters_the_ID(exchange, three):
    transferor, transferee, other = three
    dial(other, "700*772")
    connect(transferor, transferee)
    transferor.transfer("700")
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    time.sleep(1)
    transferee.send_digits("772#")
    time.sleep(1)
    transferee.send_digits("#")
    time.sleep(1)
    transferee.send_digits("#")
    transferee.wait_hearing(OTHER)
    other.wait_hearing(TRANSFEREE)
    transferee.hang_up()
    other.hang_up()


@pytest.mark.parametrize("number", ["700*773", "*80"])
def test_who_asks_there_first_gives_its_place_to_another(exchange, three, number):
    """Attended: the transferor is in the conference, or at the echo, before."""
    transferor, transferee, other = three
    if number.startswith("700"):
        dial(other, number)
    connect(transferor, transferee)
    first = transferor.current_call
    transferor.hold()
    dial(transferor, number)
    second = transferor.current_call
    if number.startswith("700"):
        other.wait_hearing(TRANSFEROR)
    transferor.choose_call(first)
    transferor.transfer_to_call(second)
    assert transferor.wait_transferred() == 200
    transferor.wait_ended()
    transferor.choose_call(second)
    transferor.wait_ended()
    if number.startswith("700"):
        transferee.wait_hearing(OTHER)
        other.wait_hearing(TRANSFEREE)
        heard = other.heard(TRANSFEROR)
        time.sleep(1)
        assert other.heard(TRANSFEROR) == heard
        other.hang_up()
    else:
        transferee.wait_hearing(TRANSFEREE)
    transferee.hang_up()


def test_a_number_that_is_no_place_is_refused_and_the_call_goes_on(exchange, three):
    transferor, transferee, _ = three
    connect(transferor, transferee)
    transferor.transfer("*20*")
    assert transferor.wait_transferred() == 403
    transferor.wait_hearing(TRANSFEREE)
    transferor.hang_up()
    transferee.wait_ended()


@pytest.mark.parametrize("number", ["*85", "125"])
@pytest.mark.parametrize("takes_image", [False, True], ids=["sound", "T.38"])
def test_a_fax_that_somebody_answered_arrives_once_it_is_sent_on(
    exchange, phones, tmp_path, number, takes_image,
):
    before = len(faxes(exchange))
    person = phones(PJSUA, 105)
    sender = FaxMachine(exchange.line(120), takes_image=takes_image)
    try:
        def answer() -> None:
            person.wait_ringing()
            person.answer()

        answering = threading.Thread(target=answer)
        answering.start()
        dialog = sender.call("105")
        answering.join()
        person.transfer(number)
        assert person.wait_transferred() == 200
        person.wait_ended()
        machine = sender.run(dialog, True, sent(tmp_path, [page(1)]))
        assert machine.confirmed == 1 and machine.is_image == takes_image
        sender.wait(lambda: dialog.is_over, "goodbye", 20)
    finally:
        sender.close()
    fax = received(exchange, before)
    assert fax["isComplete"] and fax["caller"] == "120" and fax["number"] == number
    assert fax["carriedBy"] == ("T.38" if takes_image else "sound")
    assert_same(exchange.data / "recordings" / fax["file"], [page(1)])
