#!/bin/sh
# Installs the Debian packages of scripts/packages.txt that are missing. Usage: install-packages.sh build|test
set -eu
here=$(cd "$(dirname "$0")" && pwd)
wanted=$(awk -v what="$1" '$1 == "build" || $1 == what { print $2 }' "$here/packages.txt")
missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=absent
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "these Debian packages are missing:$missing; run this script with sudo to install them" >&2
  exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of words
apt-get install -q -y --no-install-recommends $missing
# Tests start charon themselves; the service that the package has enabled would serve this machine.
case "$missing " in
  *" charon-systemd "*) systemctl disable --quiet --now strongswan.service 2>/dev/null || true ;;
esac
