#!/bin/sh
# Installs what is needed, builds the release, and shows a pair of CLIMs at work in network namespaces. Needs root.
set -eu
cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo "the demo makes network namespaces; run: sudo $0" >&2
  exit 1
fi
scripts/install-packages.sh build
cmake --preset release --log-level=WARNING
cmake --build --preset release --target cipc cipd cipctl cip_demo
exec build/release/tests/cip_demo examples/pair/pair.cip
