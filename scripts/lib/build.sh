# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts that build have in common; they source it. Sets `root` and speaks on stderr only.

export LC_ALL=C.UTF-8
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

# ccache and git want a home; a bare container has none.
if [[ -z "${HOME:-}" ]]; then
  HOME="$(getent passwd "$EUID" | cut -d: -f6)"
  [[ -d "$HOME" ]] || HOME="$root/build"
  export HOME
fi

# So that checkouts in several places share what ccache keeps.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# What testbench/dpdk needs: DPDK's headers, its idpf driver, dpdk-testpmd.
# shellcheck disable=SC2034
dpdk_packages=(libdpdk-dev librte-net-idpf23 dpdk-dev)

# The comment at the top of the calling script, as its help.
print_help() {
  awk 'NR > 3 && !/^#/ { exit } NR > 3 { sub(/^# ?/, ""); print }' "$0"
}

# build PRESET [TARGET...]: configures and builds. Silent unless it fails; on a terminal ninja keeps one line
# up to date. Two at once in one folder would break each other's files: the second waits.
build() {
  local preset="$1" lock
  mkdir -p "$root/build"
  exec {lock}>"$root/build/.$preset.lock"
  if ! flock --nonblock "$lock"; then
    echo "waiting for another build of $preset" >&2
    flock "$lock"
  fi
  local status=0
  build_locked "$@" || status=$?
  exec {lock}>&-
  return "$status"
}

build_locked() {
  local preset="$1" log="$root/build/$1.log"
  shift
  if ! (cd "$root" && cmake --preset "$preset") >"$log" 2>&1; then
    cat "$log" >&2
    echo "cmake --preset $preset failed" >&2
    return 1
  fi
  if [[ -t 2 ]]; then
    (cd "$root/build/$preset" && NINJA_STATUS="building $preset [%f/%t] " ninja -j "$(nproc)" "$@") >&2
    return # with ninja's exit code
  fi
  echo "building $preset" >&2
  ninja -C "$root/build/$preset" -j "$(nproc)" "$@" >"$log" 2>&1 && return
  # Only what failed: ninja's own progress lines say nothing here.
  grep -v '^\[[0-9]*/[0-9]*\] \(Building\|Linking\|Generating\)' "$log" >&2
  echo "build of $preset failed" >&2
  return 1
}
