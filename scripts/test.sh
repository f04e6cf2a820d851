#!/bin/sh
# Installs what is needed, builds with sanitizers, runs all tests. Needs root: the lab makes network namespaces.
#   scripts/test.sh           all but what --long adds: 12 to 17 minutes on 2 cores
#   scripts/test.sh --long    the same with 100 times as many simulated schedules, 5 times as many kills of a daemon,
#                             400 sequences of random faults, the packages on a new Debian, every single failure of the
#                             examples with bonds, VLANs or tunnels, and the tests of the kernel's room on another kernel
#   scripts/test.sh -R REGEX  only the tests whose name matches (any ctest option)
set -eu
cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo "the tests make network namespaces; run: sudo $0 $*" >&2
  exit 1
fi
if [ "${1-}" = --long ]; then
  shift
  export CIP_SCHEDULES=100000
  export CIP_KILLS=500
  export CIP_CHAOS=400
  export CIP_PREFIX_STEP=1
  export CIP_DEBOOTSTRAP=1
  long=yes
fi
scripts/install-packages.sh test
cmake --preset test
cmake --build --preset test
cmake --preset uml
cmake --build --preset uml
if [ -z "${long-}" ] && [ $# -eq 0 ]; then
  set -- --label-exclude long
fi
ctest --preset test "$@"
if [ -n "${long-}" ]; then
  tests/uml/run.sh build/uml/tests/test_kernel
fi
