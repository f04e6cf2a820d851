#!/bin/sh
# clang-format and clang-tidy over all of our C++; both must be clean. Needs a configured build/dev (scripts/test.sh).
set -eu
cd "$(dirname "$0")/.."
git ls-files -z -- '*.cpp' '*.h' | xargs -0 clang-format-14 --dry-run --Werror
git ls-files -z -- '*.cpp' | xargs -0 -P "$(nproc)" -n 4 clang-tidy-14 -p build/dev --quiet
echo "lint: clean"
