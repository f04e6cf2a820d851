#!/bin/sh
# The first process of the kernel that run.sh starts.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir /run/checkout
mount --bind "$CIP_DIRECTORY" /run/checkout
mount -t tmpfs tmp /tmp
mkdir -p "$CIP_DIRECTORY"  # it may be in /tmp
mount --bind /run/checkout "$CIP_DIRECTORY"
mkdir -p /run/modules/lib
ln -s /usr/lib/uml/modules /run/modules/lib/modules
# ESP and what it is made of: the kernel's own modprobe does not know where modules are here.
for module in ipv6 veth bridge bonding 8021q sit xfrm_user esp4 esp6 sha512_generic hmac jitterentropy_rng drbg ansi_cprng cbc authenc \
  echainiv ctr ghash-generic gcm seqiv sctp; do
  modprobe -d /run/modules "$module" || echo "module $module is missing"
done
ip link set lo up
cd "$CIP_DIRECTORY" || exit 1
echo "$CIP_PROGRAM" | base64 -d >/tmp/arguments
set --
while IFS= read -r argument; do
  set -- "$@" "$argument"
done </tmp/arguments
rm /tmp/arguments
echo "cip-uml: begin"
HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" 2>&1
echo "cip-uml: end $?"
poweroff -f
