#!/bin/bash
# compare.sh [SECONDS]: how often memory is asked for per packet and frame: never. Ends with 1 where it is.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --package-path .. --product Allocations >&2
"$(swift build -c release --package-path .. --show-bin-path)"/Allocations "${1:-4}"
