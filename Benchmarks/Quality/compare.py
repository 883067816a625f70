"""What ten sentences are worth after their way (P.862.1), beside the codec's reference decoder.

For each codec and kind of loss: the mean and the lowest of ten, ours and the reference's, and the
lowest difference. Ends with 1 where one of the ten is more than a tenth below the reference's.
Codecs after the program's name: these alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Interop"))
import audio  # noqa: E402

RATES = {"pcma": 8000, "pcmu": 8000, "g722": 16000, "opus": 16000}


def main(program: str, *codecs: str) -> int:
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sentences = [audio.speech(folder / f"{number}.wav", text, voice)
                     for number, (voice, text) in enumerate(audio.SENTENCES)]
        for codec in codecs or RATES:
            rate = RATES[codec]
            for loss in ("none", "random", "burst"):
                ours, theirs = [], []
                for number, wav in enumerate(sentences):
                    found, samples = audio.read(wav)
                    wide = audio.resampled(samples, found, rate)
                    bare, heard, reference = (folder / part for part in ("in", "out", "ref"))
                    (np.clip(wide, -1, 1) * 32767).astype("<i2").tofile(bare)
                    subprocess.run([program, codec, loss, str(number + 1), bare, heard, reference],
                                   check=True)
                    for bytes_, scores in ((heard, ours), (reference, theirs)):
                        judged = np.fromfile(bytes_, "<i2") / 32768
                        out = audio.write(folder / "judged.wav", judged, rate)
                        scores.append(audio.mos_lqo(wav, out))
                gap = min(a - b for a, b in zip(ours, theirs))
                worst = min(worst, gap)
                print(f"{codec:5} {loss:7} ours {np.mean(ours):.2f} (lowest {min(ours):.2f})  "
                      f"reference {np.mean(theirs):.2f} ({min(theirs):.2f})  "
                      f"lowest difference {gap:+.2f}", flush=True)
    return 0 if worst >= -0.1 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
