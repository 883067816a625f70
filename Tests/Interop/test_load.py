"""pbxload, the virtual phones over real sockets: it drives the exchange, and tells what fails."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from exchange import DOMAIN, LOCAL, Exchange, program
from ports import free_port

PHONES, FIRST = 8, "100"


def load(
    folder: Path, target: str, *words: str, timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Runs pbxload to its end; passwords as the exchange's extensions have them."""
    secret = folder / "password"
    secret.write_text("interop-secret-{number}\n")
    return subprocess.run(
        [program("pbxload", "PBXLOAD"), "--target", target, "--domain", DOMAIN,
         "--password-file", str(secret), "--first-number", FIRST, "--phones", str(PHONES),
         *words],
        capture_output=True, text=True, timeout=timeout, cwd=folder)


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it told as JSON: one line, and nothing else."""
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("transport,words", [
    ("udp", ()), ("tcp", ()), ("tls", ()), ("tcp", ("--connection-each",)),
    ("tls", ("--connection-each",)),
])
def test_everybody_is_heard(exchange: Exchange, tmp_path: Path, transport, words):
    port = {"udp": exchange.udp, "tcp": exchange.tcp, "tls": exchange.tls}[transport]
    done = load(tmp_path, f"{transport}:{LOCAL}:{port}", "--calls", "12",
                "--calls-per-second", "4", "--talk", "2s", "--sound", "full", "--json", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    told = report(done)
    assert told["isGood"] and told["failures"] == {} and told["complaints"] == 0
    assert told["registrations"]["succeeded"] == PHONES
    assert told["registrations"]["latency"]["count"] == PHONES
    assert told["calls"]["placed"] == told["calls"]["talked"] == 12
    assert told["calls"]["setUp"]["count"] == 12 and told["calls"]["setUp"]["p99"] > 0
    assert told["sound"]["judgedCalls"] == told["sound"]["heardCalls"] == 12
    assert told["sound"]["callsWithStrangers"] == 0
    assert told["sound"]["jitter"]["count"] == 24
    # Two seconds both ways, 50 packets each: most of them must have been sent and come.
    assert told["sound"]["sentPackets"] > 12 * 2 * 70
    assert told["sound"]["expectedPackets"] > 12 * 2 * 70
    assert told["usage"]["callingCPUSeconds"] > 0
    assert " calling " in done.stderr, "no line of progress"
    assert exchange.registrations() == [], "phones did not sign off"


def test_a_wrong_password_is_a_failure_with_its_cause(exchange: Exchange, tmp_path: Path):
    secret = tmp_path / "wrong"
    secret.write_text("not the password\n")
    done = load(tmp_path, f"udp:{LOCAL}:{exchange.udp}", "--password-file", str(secret),
                "--json", "--quiet")
    assert done.returncode == 1, done.stdout + done.stderr
    assert report(done)["failures"] == {"REGISTER: 401": PHONES}
    assert "not the password" not in done.stdout + done.stderr


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_dead_target_ends_with_1_and_says_why(tmp_path: Path, transport):
    done = load(tmp_path, f"{transport}:{LOCAL}:{free_port()}", "--json", "--quiet")
    assert done.returncode == 1, done.stdout + done.stderr
    told = report(done)
    assert told["registrations"] == {"succeeded": 0, "failed": PHONES}
    assert sum(told["failures"].values()) == PHONES
    assert all(cause.startswith("REGISTER: transport") for cause in told["failures"])


def test_failures_that_are_allowed_leave_the_exit_code_0(exchange: Exchange, tmp_path: Path):
    # 120 to 133, and the last extension is 129: the last four are nobody's.
    done = load(tmp_path, f"udp:{LOCAL}:{exchange.udp}", "--first-number", "120", "--phones", "14",
                "--calls", "0", "--max-failures", "100", "--json", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert report(done)["registrations"]["failed"] == 4


def test_calls_without_registering_are_placed_and_their_refusal_is_told(
    exchange: Exchange, tmp_path: Path,
):
    done = subprocess.run(
        [program("pbxload", "PBXLOAD"), "--target", f"udp:{LOCAL}:{exchange.udp}", "--no-register",
         "--to", "100", "--calls", "3", "--phones", "3", "--sound", "off", "--json", "--quiet"],
        capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    # Challenged, without a password that fits.
    assert list(report(done)["failures"]) in (["INVITE: 401"], ["INVITE: 407"])


@pytest.mark.parametrize("host", [
    "8.8.8.8", "[::ffff:8.8.8.8]", "134744072", "[2001:4860:4860::8888]", "0.0.0.0", "224.0.1.75",
])
def test_a_public_target_is_refused(tmp_path: Path, host):
    words = [program("pbxload", "PBXLOAD"), "--target", f"udp:{host}:5060", "--no-register",
             "--to", "1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 64, done.stdout + done.stderr
    assert done.stdout == ""
    assert "private" in done.stderr or "no address" in done.stderr


def test_no_packet_leaves_to_a_target_that_is_refused(tmp_path: Path):
    """The refusal is of the address, so it is the same for one that we can listen on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((LOCAL, 0))
        ear.settimeout(1)
        # 0.0.0.0 leads to this very machine, and is refused all the same.
        done = subprocess.run(
            [program("pbxload", "PBXLOAD"), "--target", f"udp:0.0.0.0:{ear.getsockname()[1]}",
             "--no-register", "--to", "1", "--allow-public-target"],
            capture_output=True, text=True, timeout=20, cwd=tmp_path)
        assert done.returncode == 64, done.stdout + done.stderr
        with pytest.raises(TimeoutError):
            ear.recv(2048)


@pytest.mark.parametrize("words", [
    ["--target", "127.0.0.1:5060"], ["--target", "ws:127.0.0.1:80"], [],
    ["--target", "udp:127.0.0.1:5060"],
    ["--target", "udp:127.0.0.1:5060", "--no-register"],
    ["--target", "udp:127.0.0.1:5060", "--no-register", "--to", "1", "--connection-each"],
    ["--target", "udp:127.0.0.1:5060", "--no-register", "--to", "1", "--calls-per-second", "0"],
    ["--target", "udp:127.0.0.1:5060", "--no-register", "--to", "1", "--duration", "25h"],
    ["--target", "udp:127.0.0.1:5060", "--no-register", "--to", "1", "--phones", "20001"],
    ["--target", "udp:127.0.0.1:5060", "--extensions", "/nonexistent"],
])
def test_wrong_words_end_with_64(tmp_path: Path, words):
    done = subprocess.run([program("pbxload", "PBXLOAD"), *words], capture_output=True, text=True,
                          timeout=20, cwd=tmp_path)
    assert done.returncode == 64, done.stdout + done.stderr


def test_pbxsim_load_is_the_same_program(tmp_path: Path):
    done = subprocess.run(
        [program("pbxsim", "PBXSIM"), "load", "--target", "udp:8.8.8.8:5060", "--no-register",
         "--to", "1"], capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 64
    assert "--allow-public-target" in done.stderr
