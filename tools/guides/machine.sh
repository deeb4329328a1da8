#!/usr/bin/env bash
# A Debian machine with systemd, in namespaces of its own: what a guide calls a virtual machine. Needs root.
#
#   machine.sh make ROOM             the file system ROOM, with debootstrap; nothing to do when it is there
#   machine.sh boot ROOM NETWORK     starts it in the network namespace NETWORK; runs until it is killed
#
# Each start is a fresh machine: what is written goes into memory above ROOM.
set -euo pipefail
packages=systemd,systemd-sysv,iproute2,iptables,curl,ca-certificates,procps

make() {
  [ ! -e "$1/.made" ] || return 0
  command -v debootstrap >/dev/null || { echo 'machine.sh: debootstrap is not installed' >&2; return 69; }
  rm -rf "$1"
  debootstrap --variant=minbase --include=$packages bookworm "$1" >"$1.log" 2>&1 || { tail -5 "$1.log" >&2; return 69; }
  touch "$1/.made"
}

boot() {
  exec ip netns exec "$2" unshare --mount --pid --fork --uts --ipc --cgroup --kill-child bash "${BASH_SOURCE[0]}" inside "$1"
}

# Runs as process 1 of the new machine, and becomes its systemd.
inside() {
  local room=$1 layers root device
  mount --make-rprivate /
  layers=$(mktemp -d)
  mount -t tmpfs tmpfs "$layers"
  mkdir "$layers"/{upper,work,root}
  root=$layers/root
  mount -t overlay overlay -o "lowerdir=$room,upperdir=$layers/upper,workdir=$layers/work" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  mkdir "$root"/dev/{shm,pts}
  # systemd only groups processes here: the machine has no limits of its own.
  mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  else
    mkdir "$root/sys/fs/cgroup/systemd"
    mount -t cgroup -o none,name=systemd,xattr cgroup "$root/sys/fs/cgroup/systemd"
  fi
  hostname vm
  echo vm >"$root/etc/hostname"
  printf '127.0.0.1 localhost vm\n' >"$root/etc/hosts"
  exec chroot "$root" env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=false
}

"$@"
