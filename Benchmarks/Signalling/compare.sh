#!/bin/bash
# compare.sh [PART ...]: what a registration and a call cost, beside kamailio. compare.py has the rest.
set -euo pipefail
cd "$(dirname "$0")"
for tool in sipp kamailio; do
    command -v "$tool" >/dev/null || { echo "compare.sh: $tool is missing: scripts/deps bench" >&2; exit 1; }
done
ulimit -n "$(ulimit -Hn)"  # a socket for each party
exec python3 compare.py "$@"
