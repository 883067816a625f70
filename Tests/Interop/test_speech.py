"""Speech through the relay keeps its quality: ITU-T P.862 mapped by P.862.1.

baresip writes what it decodes before its jitter buffer stretches anything, so what is judged is
the sender's G.711 and what became of its packets on the way, not this machine's load.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import audio
from drivers.baresip import Baresip
from test_calls import connect

LOWEST = 3.8
CODECS = {"pcma": (100, 101), "pcmu": (102, 103)}


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("speech")
    return [audio.speech(folder / f"{n}.wav", text, voice)
            for n, (voice, text) in enumerate(audio.SENTENCES)]


def reel(wav: Path, parts: list[Path]) -> tuple[Path, float]:
    """One after the other, then a silence longer than the call; and the seconds of speech."""
    sounds = [audio.read(part)[1] for part in parts]
    speech = np.concatenate([np.zeros(audio.RATE), *sounds])
    return audio.write(wav, np.concatenate([speech, np.zeros(60 * audio.RATE)])), \
        len(speech) / audio.RATE


def test_ten_sentences_relayed_by_g711_keep_a_mos_of_3_8(
    exchange, phones, sentences, tmp_path, record_property,
):
    """Five sentences each way at once, of ten voices and languages; A-law and mu-law."""
    there, seconds = reel(tmp_path / "there.wav", sentences[:5])
    back, more = reel(tmp_path / "back.wav", sentences[5:])
    calls = {}
    for codec, (caller, callee) in CODECS.items():
        calls[codec] = (phones(Baresip, caller, codecs=codec, play=there),
                        phones(Baresip, callee, codecs=codec, play=back))
    for caller, callee in calls.values():
        connect(caller, callee)
    time.sleep(max(seconds, more) + 1)
    lowest = {}
    for codec, (caller, callee) in calls.items():
        caller.hang_up()
        callee.wait_ended()
        scores = [audio.mos_lqo(wav, callee.recording()) for wav in sentences[:5]]
        scores += [audio.mos_lqo(wav, caller.recording()) for wav in sentences[5:]]
        print(codec, "MOS-LQO", " ".join(f"{score:.2f}" for score in scores))
        record_property(f"mos_lqo_{codec}", [round(score, 2) for score in scores])
        lowest[codec] = min(scores)
    assert min(lowest.values()) >= LOWEST, lowest
