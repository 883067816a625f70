#!/bin/bash
# compare.sh [CODEC ...]: P.862.1 of ten sentences through each codec at 0 %, 5 % random and 5 % burst loss, beside the
# codec's reference decoder and concealment. Tests/Interop/setup.sh brings Python's packages.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --package-path .. --product Quality >&2
../../.build-interop/venv/bin/python compare.py \
    "$(swift build -c release --package-path .. --show-bin-path)"/Quality "$@"
