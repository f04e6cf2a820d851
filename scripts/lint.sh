#!/bin/sh
# clang-format and clang-tidy over all of our C++; both must be clean.
#   scripts/lint.sh           both; clang-tidy needs a configured and built build/dev (`cmake --preset dev && cmake --build --preset dev`), and 40 minutes
#   scripts/lint.sh --format  clang-format only
set -eu
cd "$(dirname "$0")/.."
git ls-files -z -- '*.cpp' '*.h' | xargs -0 clang-format-14 --dry-run --Werror
if [ "${1-}" != --format ]; then
  git ls-files -z -- '*.cpp' | xargs -0 -P "$(nproc)" -n 4 clang-tidy-14 -p build/dev --quiet
fi
echo "lint: clean"
