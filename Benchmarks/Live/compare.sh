#!/bin/bash
# compare.sh [SECONDS]: what a call-minute costs the media loop with its sockets (relayed, recorded, in two codecs, in a
# conference of 32), and how long sound is under way inside.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --package-path .. --product Live >&2
"$(swift build -c release --package-path .. --show-bin-path)"/Live "${1:-10}"
