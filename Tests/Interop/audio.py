"""Test signals, and proof that they arrived. Samples are floats in -1...1.

The method: every phone plays a tone of its own; what the far phone recorded must hold that tone,
far above everything else. Speech is judged by ITU-T P.862 mapped by P.862.1.
"""

from __future__ import annotations

import math
import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import signal

Samples = npt.NDArray[np.float64]
RATE = 8000

SENTENCES = [
    ("en-us", "The quick brown fox jumps over the lazy dog near the old harbour."),
    ("en-gb", "Please leave a message after the tone and press the hash key."),
    ("en-us+f3", "Seven green parrots were sitting on a broken fence in autumn."),
    ("en-gb-scotland", "He carried a heavy basket of apples to the market every morning."),
    ("de", "Bitte sprechen Sie nach dem Ton und legen Sie danach auf."),
    ("fr", "Le petit chat noir dort tranquillement devant la porte ouverte."),
    ("es", "La secretaria contesta todas las llamadas antes del mediodía."),
    ("ru", "Пожалуйста, оставайтесь на линии, вам скоро ответит оператор."),
    ("it+f2", "Domani mattina il treno parte alle sette e un quarto precise."),
    ("en-us+m7", "A small boat drifted slowly across the silent evening lake."),
]


def read(wav: Path) -> tuple[int, Samples]:
    """Reads 16-bit PCM, also while it is being written (its lengths are not yet true)."""
    raw = wav.read_bytes()
    if raw[:4] != b"RIFF":  # linphonec writes the header last: 44 bytes, then 8 kHz mono
        return RATE, np.frombuffer(raw[44:len(raw) // 2 * 2], "<i2").astype(np.float64) / 32768
    at, rate, tracks = 12, RATE, 1
    while at + 8 <= len(raw):
        name, size = raw[at:at + 4], struct.unpack("<I", raw[at + 4:at + 8])[0]
        if name == b"fmt ":
            encoding, tracks, rate = struct.unpack("<HHI", raw[at + 8:at + 16])
            assert encoding in (1, 0xFFFE), f"{wav}: not PCM"
        if name == b"data":
            body = raw[at + 8:]
            if 0 < size < len(body) and body[size:size + 4].isalpha():
                body = body[:size]  # another chunk follows: the length is true
            whole = len(body) // (2 * tracks) * (2 * tracks)
            samples = np.frombuffer(body[:whole], "<i2").astype(np.float64) / 32768
            return rate, samples.reshape(-1, tracks)[:, 0]
        at += 8 + size + size % 2
    return rate, np.zeros(0)


def write(wav: Path, samples: Samples, rate: int = RATE) -> Path:
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return wav


def resampled(samples: Samples, rate: int, to: int = RATE) -> Samples:
    if rate == to:
        return samples
    common = math.gcd(rate, to)
    return signal.resample_poly(samples, to // common, rate // common)


def sine(hertz: float, seconds: float, level: float = 0.3) -> Samples:
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


KEYS = {key: (low, high)
        for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"))
        for high, key in zip((1209, 1336, 1477, 1633), row)}


def keys(text: str, tone: float = 0.1, pause: float = 0.1) -> Samples:
    """The tones of keys (ITU-T Q.23); a space is a second of silence."""
    parts = []
    for key in text:
        if key == " ":
            parts.append(sine(440, 1, level=0))
            continue
        low, high = KEYS[key]
        parts += [sine(low, tone, 0.15) + sine(high, tone, 0.15), sine(440, pause, level=0)]
    return np.concatenate(parts)


def tone(wav: Path, hertz: int, seconds: float = 90) -> Path:
    """Long: baresip hangs up at the end of its file. Whole periods: a loop makes no click."""
    return write(wav, sine(hertz, seconds))


def speech(wav: Path, text: str, voice: str, lead: float = 0.3, tail: float = 0.7) -> Path:
    """Synthetic speech as a handset would send it: the telephone band, in a quiet room.

    Without the room's noise the pauses are digital silence, for which P.862 was not made: there
    plain G.711 gets 3.7. With it, G.711 alone gets 4.4 to 4.5.
    """
    spoken = wav.with_suffix(".spoken.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(spoken), text],
                   check=True, capture_output=True)
    rate, samples = read(spoken)
    spoken.unlink()
    silences = np.zeros(int(lead * RATE)), np.zeros(int(tail * RATE))
    samples = np.concatenate([silences[0], resampled(samples, rate), silences[1]])
    band = signal.butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
    samples = signal.sosfiltfilt(band, samples)
    samples = samples / max(1e-9, float(np.abs(samples).max())) * 0.25
    room = np.random.default_rng(1).normal(0, 5e-4, len(samples))
    return write(wav, samples + room)


# Tones

def _spectrum(samples: Samples, rate: int) -> tuple[Samples, Samples]:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return np.fft.rfftfreq(len(samples), 1 / rate).astype(np.float64), power.astype(np.float64)


def _ratio(samples: Samples, rate: int, hertz: float, width: float) -> float:
    """Decibels of the tone against all the rest."""
    frequencies, power = _spectrum(samples, rate)
    near = np.abs(frequencies - hertz) <= width
    return 10 * math.log10((power[near].sum() + 1e-15) / (power[~near].sum() + 1e-15))


def seconds_of_tone(wav: Path, hertz: float, window: float = 0.1) -> float:
    """For how long the tone stands out (6 dB above the rest and not near silence)."""
    if not wav.exists():
        return 0
    rate, samples = read(wav)
    size = int(window * rate)
    count = 0
    for at in range(0, len(samples) - size + 1, size):
        part = samples[at:at + size]
        if np.mean(part ** 2) > 1e-5 and _ratio(part, rate, hertz, 2.5 / window) >= 6:
            count += 1
    return count * window


def seconds_of_pair(wav: Path, one: float, other: float, window: float = 0.1) -> float:
    """For how long two tones of like strength sound at once, and hardly anything else."""
    rate, samples = read(wav)
    size = int(window * rate)
    count = 0
    for at in range(0, len(samples) - size + 1, size):
        part = samples[at:at + size]
        if np.mean(part ** 2) <= 1e-5:
            continue
        frequencies, power = _spectrum(part, rate)
        found = [power[np.abs(frequencies - hertz) <= 2.5 / window].sum() for hertz in (one, other)]
        rest = power.sum() - sum(found)
        if sum(found) >= 4 * rest and 0.25 <= found[0] / (found[1] + 1e-15) <= 4:
            count += 1
    return count * window


def purity(wav: Path, hertz: float) -> float:
    """Best decibels of the tone against everything else over any one second."""
    rate, samples = read(wav)
    found = []
    for at in range(0, len(samples) - rate + 1, rate // 4):
        part = samples[at:at + rate]
        found.append(_ratio(part, rate, hertz, 4) if np.mean(part ** 2) > 1e-6 else -math.inf)
    return max(found, default=-math.inf)


def assert_heard(wav: Path, hertz: float, seconds: float = 1, decibels: float = 15) -> None:
    length, best = seconds_of_tone(wav, hertz), purity(wav, hertz) if wav.exists() else -math.inf
    assert length >= seconds and best >= decibels, (
        f"{wav.name}: {hertz} Hz for {length:.1f} s (want {seconds}), "
        f"{best:.1f} dB above the rest (want {decibels}); {describe(wav)}")


def assert_not_heard(wav: Path, hertz: float, seconds: float = 0.25) -> None:
    length = seconds_of_tone(wav, hertz)
    assert length <= seconds, f"{wav.name}: {hertz} Hz for {length:.1f} s; {describe(wav)}"


def describe(wav: Path) -> str:
    if not wav.exists():
        return "there is no such recording"
    rate, samples = read(wav)
    if len(samples) == 0:
        return "the recording is empty"
    frequencies, power = _spectrum(samples, rate)
    return (f"{len(samples) / rate:.1f} s, RMS {np.sqrt(np.mean(samples ** 2)):.4f}, "
            f"loudest at {frequencies[int(np.argmax(power))]:.0f} Hz")


# Speech

def aligned(reference: Samples, heard: Samples) -> Samples:
    """The stretch of what was heard that fits the reference best, at the reference's length."""
    if len(heard) < len(reference):
        heard = np.concatenate([heard, np.zeros(len(reference) - len(heard))])
    lag = int(np.argmax(np.abs(signal.correlate(heard, reference, mode="valid", method="fft"))))
    return heard[lag:lag + len(reference)]


def mos_lqo(reference: Path, heard: Path) -> float:
    """P.862.1 MOS-LQO (narrow band, 1.02...4.55) of one utterance inside a longer recording."""
    from pesq import pesq

    wanted = resampled(read(reference)[1], read(reference)[0])
    rate, samples = read(heard)
    found = aligned(wanted, resampled(samples, rate))
    if np.abs(found).max() < 1e-3:
        return 1.0
    return float(pesq(RATE, wanted, found, "nb"))


# G.711

def a_law(samples: Samples) -> bytes:
    """ITU-T G.711 A-law of 8 kHz samples."""
    out = bytearray()
    for sample in (np.clip(samples, -1, 1) * 32767).astype(int):
        size = int(sample) >> 3
        sign = 0x80 if size >= 0 else 0
        size = size if size >= 0 else -size - 1
        exponent = max(0, size.bit_length() - 5)
        mantissa = (size >> (exponent if exponent else 1)) & 0x0F
        if exponent == 0:
            code = (size >> 1) & 0x1F
        else:
            code = (exponent << 4) | mantissa
        out.append((sign | code) ^ 0x55)
    return bytes(out)
