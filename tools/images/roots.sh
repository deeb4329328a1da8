#!/bin/sh
# Makes the root file systems of the images below the folder $1: `common`, `proxy` (what the agent's image has besides),
# and `state`, an empty folder. Runs in a stage of the Dockerfile, from the files of its Debian packages.
set -eu
roots=$1
common=$roots/common
proxy=$roots/proxy

# take ROOT FILE...: programs and libraries by the name that they are looked up by, and the libraries that they load.
take() {
  root=$1
  shift
  for file in "$@"; do
    place=$(realpath "$(dirname "$file")")/$(basename "$file")
    [ -e "$common$place" ] || [ -e "$root$place" ] && continue
    mkdir -p "$root$(dirname "$place")"
    cp -L "$file" "$root$place"
    # shellcheck disable=SC2046 # one argument per library
    take "$root" $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*')
  done
}

# links ROOT: /lib and the like, as Debian has them; the loader of programs is found by /lib64.
links() {
  for name in bin sbin lib lib64; do
    mkdir -p "$1/usr/$name"
    ln -s "usr/$name" "$1/$name"
  done
}

mkdir -p "$common/etc/ssl/certs" "$common/usr/local/bin" "$common/usr/local/lib" "$common/tmp" "$common/var/lib" "$proxy" "$roots/state"
links "$common"
take "$common" "$(command -v node)"
# Symbols are a seventh of it.
strip --strip-unneeded "$common/usr/local/bin/node"
cp /tools/healthcheck.mjs "$common/usr/local/lib/"
cp /etc/os-release "$common/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$common/etc/ssl/certs/"
echo 'hosts: files dns' >"$common/etc/nsswitch.conf"
printf '%s\n' root:x:0:0:root:/:/sbin/nologin proxy:x:1337:1337:proxy:/tmp:/sbin/nologin \
  malla:x:65532:65532:malla:/tmp:/sbin/nologin >"$common/etc/passwd"
printf '%s\n' root:x:0: proxy:x:1337: malla:x:65532: >"$common/etc/group"
chmod 1777 "$common/tmp"

# Both variants of iptables: machines with an old kernel have only the legacy one, new ones only nf_tables.
take "$proxy" /usr/local/bin/envoy /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /usr/bin/ip /usr/bin/sleep /usr/bin/test
for extension in tcp owner NAT REDIRECT standard; do
  for file in /usr/lib/*/xtables/lib*t_"$extension".so /usr/lib/*/xtables/libip6t_"$extension".so; do
    [ -e "$file" ] && take "$proxy" "$file"
  done
done
for name in iptables ip6tables; do
  for variant in nft legacy; do
    ln -s xtables-$variant-multi "$proxy/usr/sbin/$name-$variant-restore"
  done
done
strip --strip-unneeded "$proxy/usr/local/bin/envoy"

find "$roots" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
du -sh "$common" "$proxy"
