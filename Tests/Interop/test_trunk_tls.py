"""Trunks by TLS: whom the provider's certificate is for (RFC 5922), with openssl's certificates."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange import LOCAL, Exchange, extensions
from test_trunks import FAR_DOMAIN, trunk, wait_phase


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority",
            "-days", "2")
    return folder / "ca.pem"


def certificate(folder: Path, names: str) -> tuple[Path, Path]:
    """A certificate of that folder's authority, and its key."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "key.pem", "-out", "asked.csr", "-subj", "/CN=provider")
    (folder / "names.txt").write_text(f"subjectAltName={names}")
    openssl(folder, "x509", "-req", "-in", "asked.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names.txt", "-out", "cert.pem")
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    authority(folder)
    return folder


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Exchange]:
    made = Exchange(tmp_path_factory.mktemp("exchange"))
    made.settings["tls"] = {"authorities": str(keys / "ca.pem")}
    made.configure()
    made.start()
    yield made
    assert made.stop() == 0, made.log_tail()


@pytest.fixture
def far(tmp_path: Path, keys: Path) -> Iterator[Callable[[str], Exchange]]:
    """A second pbxd that shows a certificate for those names."""
    started: list[Exchange] = []

    def start(names: str) -> Exchange:
        made = Exchange(tmp_path / "far", extensions(2, first=200) + extensions(2, first=128))
        shown, key = certificate(keys, names)
        made.settings.update(domain=FAR_DOMAIN,
                             tls={"certificate": str(shown), "key": str(key)})
        made.settings["media"]["ports"] = "60400-60499"
        made.configure()
        started.append(made.start())
        return made

    yield start
    for each in started:
        assert each.stop() == 0


def add(exchange: Exchange, far: Exchange, *more: str) -> None:
    exchange.ctl("trunk", "add", "far", f"sip:{LOCAL}:{far.tls};transport=tls", *more)


def test_a_provider_with_the_right_certificate_is_reached(exchange, far):
    add(exchange, far(f"IP:{LOCAL}"))
    wait_phase(exchange, "far", "reachable")
    exchange.ctl("trunk", "remove", "far")


def test_one_with_anothers_is_not_and_the_log_says_why_until_nobody_asks(exchange, far):
    other = far("DNS:somebody.else.test")
    add(exchange, other)
    wait_phase(exchange, "far", "failing")
    assert "the certificate is for somebody.else.test, not for 127.0.0.1" in exchange.log_tail()
    assert "trunk.certificateNotVerified" not in exchange.log_tail()
    exchange.ctl("trunk", "set", "far", "--no-verify-certificate")
    wait_phase(exchange, "far", "reachable")
    deadline = time.monotonic() + 5
    while "trunk.certificateNotVerified" not in exchange.log_tail():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert trunk(exchange, "far")["settings"]["verifiesCertificate"] is False
    exchange.ctl("trunk", "remove", "far")
