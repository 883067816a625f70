"""Fixtures: an exchange for each module, phones for each test, and what must hold after each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import audio
from drivers.baresip import Baresip
from drivers.linphone import Linphone
from drivers.phone import Phone
from drivers.pjsua import PJSUA
from exchange import Exchange

MAKES: dict[str, type[Phone]] = {"pjsua": PJSUA, "baresip": Baresip, "linphone": Linphone}
# Every make calls every other one, and one of them its own kind.
PAIRS = [(a, b) for a in MAKES for b in MAKES if a != b or a == "pjsua"]
Made = TypeVar("Made", bound=Phone)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """A running pbxd with extensions 100 to 129, shared by the tests of one module."""
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.configure()
    made.start()
    yield made
    status = made.stop()
    assert status == 0, f"pbxd ended with {status} on SIGTERM:\n{made.log_tail()}"


@pytest.fixture
def tones(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A WAV of a tone."""
    folder = tmp_path_factory.getbasetemp()

    def of(hertz: int) -> Path:
        wav = folder / f"{hertz}.wav"
        return wav if wav.exists() else audio.tone(wav, hertz)

    return of


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: the daemon lives, complained of nothing, and holds no call."""
    if "exchange" not in request.fixturenames:
        yield
        return
    exchange: Exchange = request.getfixturevalue("exchange")
    life = exchange.lives
    before = len(exchange.errors)
    yield
    assert exchange.is_alive(), f"pbxd died:\n{exchange.log_tail()}"
    assert exchange.errors[before:] == [], "pbxd logged errors"
    if exchange.lives == life:
        exchange.wait_calls(0, timeout=8)


@pytest.fixture
def phones(
    exchange: Exchange, tmp_path: Path, nothing_is_left: None,
) -> Iterator[Callable[..., Any]]:
    """Makes phones: phones(PJSUA, 100, "tcp", play=...); all are closed after the test."""
    made: list[Phone] = []
    marked: list[str] = []
    count = itertools.count()

    def make(
        kind: type[Made], number: int | str, transport: str = "udp", *, register: bool = True,
        password: str | None = None, domain: str | None = None, port: int | None = None,
        **rest: Any,
    ) -> Made:
        if kind.make == "baresip" and transport == "tls":
            # baresip 1.0 gives up at a challenge that names SHA-256: its device is marked for it.
            exchange.ctl("extension", "set", str(number), "--digest", "md5-only")
            marked.append(str(number))
        line = exchange.line(number, transport, password=password, domain=domain, port=port)
        phone = kind(line, tmp_path / f"{next(count)}-{kind.make}-{number}", **rest)
        made.append(phone)
        if register:
            status = phone.register()
            assert status == 200, f"{phone}: REGISTER by {transport} ended with {status}"
        return phone

    yield make
    for phone in reversed(made):
        phone.close()
    for number in marked:
        exchange.ctl("extension", "set", number, "--digest", "listener")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failure shows the end of the daemon's log and of every phone's."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if not report.failed:
        return
    exchange = getattr(item, "funcargs", {}).get("exchange")
    if exchange is not None:
        report.sections.append(("pbxd", exchange.log_tail()))
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None:
        logs = [f for pattern in ("*.log", "*.err", "*.out") for f in folder.rglob(pattern)]
        for log in sorted(logs):
            text = log.read_text(errors="replace")[-4000:]
            if text:
                report.sections.append((str(log.relative_to(folder)), text))
