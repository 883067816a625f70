#!/bin/bash
# compare.sh [FRAMES]: the CPU time of a transcoded frame, beside the same codecs alone.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --package-path .. --product Transcoding >&2
"$(swift build -c release --package-path .. --show-bin-path)"/Transcoding "${1:-5000}"
