"""What was said is understood in its recording: P.862.1 of sentences, in either form of file."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

import numpy as np
import pytest

import audio
from drivers.pjsua import PJSUA
from test_calls import connect
from test_recording import finished, recorder
from test_speech import reel


class _Info(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("samplerate", ctypes.c_int), ("channels", ctypes.c_int),
                ("format", ctypes.c_int), ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


def decoded(path: Path) -> tuple[int, np.ndarray]:
    """The tracks of a file, by libsndfile."""
    library = ctypes.CDLL("libsndfile.so.1")
    library.sf_open.restype = ctypes.c_void_p
    library.sf_readf_double.restype = ctypes.c_int64
    library.sf_readf_double.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    library.sf_close.argtypes = [ctypes.c_void_p]
    info = _Info()
    file = library.sf_open(str(path).encode(), 0x10, ctypes.byref(info))
    assert file, f"libsndfile does not open {path}"
    # Its count of Opus is at 48 kHz, whatever the file's rate.
    samples = np.zeros((int(info.frames) + 48_000, info.channels))
    count = library.sf_readf_double(file, samples.ctypes.data, len(samples))
    library.sf_close(file)
    return info.samplerate, samples[:count].T


@pytest.mark.parametrize("form, lowest", [("wav", 3.9), ("opus", 3.3)])
def test_what_both_said_is_understood_in_the_recording(
    tmp_path_factory, tmp_path, record_property, form, lowest,
):
    exchange = recorder(tmp_path_factory, f"speech-{form}", format=form, tracks="separate")
    sentences = [audio.speech(tmp_path / f"{n}.wav", text, voice)
                 for n, (voice, text) in enumerate(audio.SENTENCES[:4])]
    there, seconds = reel(tmp_path / "there.wav", sentences[:2])
    back, more = reel(tmp_path / "back.wav", sentences[2:])
    with PJSUA(exchange.line(100), tmp_path / "a", codecs=("PCMA/8000",), play=there) as caller, \
            PJSUA(exchange.line(101), tmp_path / "b", codecs=("PCMA/8000",), play=back) as callee:
        for phone in (caller, callee):
            assert phone.register() == 200
        connect(caller, callee)
        time.sleep(max(seconds, more) + 1)
        caller.hang_up()
    file, = finished(exchange, 1)
    rate, tracks = decoded(file)
    scores = []
    for track, said in ((0, sentences[:2]), (1, sentences[2:])):
        wav = audio.write(tmp_path / f"track-{track}.wav", tracks[track], rate)
        scores += [audio.mos_lqo(sentence, wav) for sentence in said]
    print(form, "MOS-LQO", " ".join(f"{score:.2f}" for score in scores))
    record_property("mos_lqo", [round(score, 2) for score in scores])
    assert min(scores) >= lowest, scores
    assert exchange.stop() == 0
