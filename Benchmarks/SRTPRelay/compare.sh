#!/bin/bash
# compare.sh [PACKETS]: the processor's time of a relayed packet between two encrypted legs, beside that
# between two plain ones in the same run.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --package-path .. --product SRTPRelay >&2
"$(swift build -c release --package-path .. --show-bin-path)"/SRTPRelay "${1:-500000}"
