#!/bin/sh
# Fuzzes the compiler, the imports, and the readers of the state tree, of netlink, of the data directory and of what comes
# from peers and from charon with libFuzzer, from the corpus of the tests, compiled trees and smaller seeds. What is found
# is written to the current directory (crash-*, timeout-*); mend it, and put the input into tests/fuzz/found.
#   scripts/fuzz.sh [SECONDS]  for each target; 60 by default
set -eu
cd "$(dirname "$0")/.."
seconds=${1-60}
if [ "$(id -u)" -eq 0 ]; then
  scripts/install-packages.sh fuzz
fi
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz --target fuzz_compile fuzz_import fuzz_state fuzz_netlink fuzz_daemon fuzz_peer fuzz_swanctl fuzz_vici cipc
run() {
  target=$1
  shift
  work=build/fuzz/corpus-$target
  mkdir -p "$work"
  "build/fuzz/tests/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=8192 \
    -print_final_stats=1 -verbosity=0 "$work" "$@"
}
run compile tests/corpus/valid tests/corpus/invalid stdlib/std tests/fuzz/found
run import tests/corpus/import tests/fuzz/seeds/import tests/fuzz/found
trees=build/fuzz/trees
mkdir -p $trees/files
for specification in examples/pair/pair.cip tests/uml/specifications/links.cip tests/unit/output/graph/kinds.cip; do
  build/fuzz/bin/cipc build "$specification" -o "$trees/$(basename "$specification" .cip)"
done
number=0
find $trees -name '*.json' -not -name source-map.json -not -path "$trees/files/*" | while read -r file; do
  number=$((number + 1))
  cp "$file" "$trees/files/$number.json"
done
run state $trees/files tests/fuzz/found
run daemon tests/fuzz/seeds/daemon tests/fuzz/found
run peer tests/fuzz/seeds/peer tests/fuzz/found
run swanctl tests/fuzz/seeds/swanctl tests/fuzz/found
run vici tests/fuzz/seeds/vici tests/fuzz/found
run netlink tests/fuzz/seeds/netlink tests/fuzz/found
