#!/bin/sh
# Compiles every specification of tests/uml/specifications into a state tree of its own.
#   tests/uml/compile.sh CIPC DIRECTORY
set -eu
for file in tests/uml/specifications/*.cip; do
  mkdir -p "$2"
  "$1" build "$file" -o "$2/$(basename "$file" .cip)"
done
