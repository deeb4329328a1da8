#!/usr/bin/env bash
# Runs a command of this checkout on a machine that has only git, Node.js 20 and npm: a Debian chroot with a fresh clone of HEAD.
#
#   tools/clean-room.sh [options] [COMMAND ...]        default command: npm run demo -- --once --data-plane envoy
#     --room FOLDER   the chroot; made when it is not there (needs debootstrap)      default: /var/tmp/malla-clean-room
#     --user          as an ordinary user                                           default: as root
#     --private       the clone in a folder with mode 0700                          default: 0755
#     --keep          use the clone of the last run again, with what it has set up (still fetching HEAD)
#     --offline       without a network (loopback only); with --keep it shows that a second run needs none
#     --node PREFIX   copy Node.js 20 and npm from PREFIX/bin and PREFIX/lib        default: where `node` is
#
# It needs root, and leaves nothing mounted and nothing running: the command has its own mount and process namespaces.
# The machine's way to the network is carried over as environment, never as files of the checkout: proxies, npm's
# registry and CA file, and pip's PIP_* variables.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
room=/var/tmp/malla-clean-room
as_user=0 private=0 keep=0 offline=0 node_prefix=
while [ $# -gt 0 ]; do
  case $1 in
    --room) room=$2; shift 2 ;;
    --user) as_user=1; shift ;;
    --private) private=1; shift ;;
    --keep) keep=1; shift ;;
    --offline) offline=1; shift ;;
    --node) node_prefix=$2; shift 2 ;;
    --help) sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --*) echo "clean-room: unknown option $1" >&2; exit 64 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- npm run demo -- --once --data-plane envoy
[ "$(id -u)" = 0 ] || { echo 'clean-room: run it as root (it makes a chroot)' >&2; exit 77; }

# The first Node.js 20 on PATH, or the one that is named.
find_node_prefix() {
  local candidate
  for candidate in $(type -ap node) /usr/bin/node /usr/local/bin/node; do
    candidate=$(readlink -f "$candidate")
    case $("$candidate" --version 2>/dev/null) in
      v20.*) dirname "$(dirname "$candidate")"; return ;;
    esac
  done
  echo 'clean-room: found no Node.js 20 to copy; name one with --node PREFIX' >&2
  return 69
}

make_room() {
  command -v debootstrap >/dev/null || { echo 'clean-room: debootstrap is not installed' >&2; return 69; }
  echo "clean-room: making $room" >&2
  debootstrap --variant=minbase --include=ca-certificates,git bookworm "$room" >"$room.log" 2>&1 ||
    { tail -5 "$room.log" >&2; return 69; }
}

[ -e "$room/usr/bin/git" ] || make_room
if [ ! -x "$room/usr/local/bin/node" ]; then
  [ -n "$node_prefix" ] || node_prefix=$(find_node_prefix)
  mkdir -p "$room/usr/local/lib/node_modules"
  cp "$(readlink -f "$node_prefix/bin/node")" "$room/usr/local/bin/node"
  cp -r "$node_prefix/lib/node_modules/npm" "$room/usr/local/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$room/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$room/usr/local/bin/npx"
fi
grep -q '^tester:' "$room/etc/passwd" || chroot "$room" useradd --create-home --shell /bin/bash tester
cp /etc/resolv.conf "$room/etc/resolv.conf"
cp /etc/hosts "$room/etc/hosts"
cp /etc/ssl/certs/ca-certificates.crt "$room/etc/ssl/certs/ca-certificates.crt"

if [ $as_user = 1 ]; then owner=tester home=/home/tester; else owner=root home=/root; fi
if [ $private = 1 ]; then mode=0700 folder=$home/private; else mode=0755 folder=/srv/$owner; fi
mkdir -p "$room$folder"
if [ $keep = 1 ] && [ -d "$room$folder/malla/.git" ]; then
  git -C "$room$folder/malla" -c safe.directory='*' fetch --quiet "$checkout" HEAD
  git -C "$room$folder/malla" -c safe.directory='*' checkout --quiet --force FETCH_HEAD
else
  rm -rf "$room$folder/malla"
  git clone --quiet --no-hardlinks "$checkout" "$room$folder/malla"
fi
chroot "$room" chown -R "$owner:$owner" "$folder"
chmod "$mode" "$room$folder"

carried=()
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy \
  PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_PROXY MALLA_ENVOY MALLA_REDIS_SERVER; do
  [ -n "${!name:-}" ] && carried+=("$name=${!name}")
done
carried+=(NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_cafile=/etc/ssl/certs/ca-certificates.crt)
for key in registry proxy https-proxy noproxy strict-ssl; do
  value=$(cd / && npm config get "$key" 2>/dev/null || true)
  case $value in '' | null | undefined) ;; *) carried+=("npm_config_${key//-/_}=$value") ;; esac
done

# PATH, HOME and the rest are those of a login on that machine; the command starts in the clone.
inside='mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"
if [ "$2" = 1 ]; then ip link set lo up 2>/dev/null || true; fi
room=$1 owner=$3 folder=$4; shift 4
exec chroot --userspec="$owner:$owner" --groups="$(chroot "$room" id -g "$owner")" "$room" env -i "$@"'
namespaces=(--mount --pid --fork --kill-child)
[ $offline = 1 ] && namespaces+=(--net)
exec unshare "${namespaces[@]}" bash -c "$inside" clean-room "$room" "$offline" "$owner" "$folder" \
  PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" USER="$owner" LOGNAME="$owner" LANG=C.UTF-8 "${carried[@]}" \
  bash -c 'cd "$0" && exec "$@"' "$folder/malla" "$@"
