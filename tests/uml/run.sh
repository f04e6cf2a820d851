#!/bin/sh
# Runs a program, as root, inside a User-Mode Linux kernel (docs/testing.md), which has what the kernel of this machine
# may lack: bonds, VLANs, sit tunnels. It sees this machine's files, which it cannot change, and an empty /tmp and /run.
#   tests/uml/run.sh PROGRAM [ARGUMENT...]
# Exit code: the program's; 99 if the kernel did not get as far as running it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
limit=400  # seconds, of this machine's clock
work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT
preload=
if grep -q -w amx_tile /proc/cpuinfo; then
  preload=$work/wide_registers.so
  g++ -std=c++20 -O1 -shared -fPIC -o "$preload" "$here/wide_registers.cpp"
fi
# Arguments reach init by its environment, without spaces: the kernel's command line is split there.
program=$(printf '%s\n' "$@" | base64 -w0)
timeout -k 5 "$limit" env "LD_PRELOAD=$preload" linux.uml mem=512M root=/dev/root rootfstype=hostfs rootflags=/ ro "init=$here/init.sh" \
  con=null con0=fd:0,fd:1 quiet "CIP_PROGRAM=$program" "CIP_DIRECTORY=$(pwd)" \
  "CIP_TREES=${CIP_TREES-}" </dev/null 2>&1 | tr -d '\r' >"$log" || true
sed '/^cip-uml: begin$/,/^cip-uml: end /!d; /^cip-uml: /d' "$log"
code=$(sed -n 's/^cip-uml: end \([0-9]*\).*/\1/p' "$log")
if [ -z "$code" ]; then
  echo "User-Mode Linux did not run $1 to its end within $limit s; it said:" >&2
  cat "$log" >&2
  exit 99
fi
exit "$code"
