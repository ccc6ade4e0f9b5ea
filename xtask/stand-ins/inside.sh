#!/bin/sh
# unshare --mount sh inside.sh ROOT RECORD PROGRAM ARGUMENT...
# Runs a program inside the system in the folder ROOT, and adds a line to the file RECORD. The program sees this
# machine's processes, devices and network; its temporary files, the checkout and the folder of a test program are at
# their own paths. All mounts end with the program.
set -eu

root=$1 record=$2
shift 2
show() {
  mkdir -p "$root$1"
  mount --bind "$1" "$root$1"
}
for folder in /proc /dev; do mount --rbind "$folder" "$root$folder"; done
show "${TMPDIR:-/tmp}"
show "$(cd "$(dirname "$0")/../.." && pwd)"
case $1 in
  # A test program: what it tests lies in a folder around its own.
  */deps/*) show "${1%/deps/*}" ;;
esac
echo "$1" >> "$record"
exec chroot "$root" env -C "$PWD" PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
