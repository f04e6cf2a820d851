#!/bin/sh
# Fuzzes the compiler and the imports with libFuzzer, from the corpus of the tests and, for imports, smaller seeds. What
# is found is written to the current directory (crash-*, timeout-*); mend it, and put the input into tests/fuzz/found.
#   scripts/fuzz.sh [SECONDS]  for each target; 60 by default
set -eu
cd "$(dirname "$0")/.."
seconds=${1-60}
if [ "$(id -u)" -eq 0 ]; then
  scripts/install-packages.sh fuzz
fi
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz --target fuzz_compile fuzz_import
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
