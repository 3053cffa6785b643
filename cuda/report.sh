#!/usr/bin/env bash
# Registers, spills and static shared memory of every kernel, as the compiler says. Exit status 1 when
# one spills. Needs nvcc, no card. cuda/report.sh [ARCHITECTURE...], default 80 90.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v nvcc >/dev/null || { echo "cuda-report: no nvcc; install the CUDA toolkit" >&2; exit 2; }
architectures=("$@")
((${#architectures[@]})) || architectures=(80 90)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# As real_cards.cmake compiles them.
compile() {
  local architecture=$1 source=$2 scratch=$3
  local name=${source//\//_}.$architecture
  nvcc -std=c++20 -O3 -I. --expt-relaxed-constexpr -Werror=all-warnings \
    -Xcompiler=-Wall,-Wextra,-Werror --resource-usage \
    -gencode "arch=compute_$architecture,code=sm_$architecture" \
    -cubin -o "$scratch/$name.cubin" "$source" >"$scratch/$name.log" 2>&1 ||
    { cat "$scratch/$name.log" >&2; return 1; }
}
export -f compile
for architecture in "${architectures[@]}"; do
  find cuda -path cuda/tests -prune -o -name '*.cu' -print | sed "s/^/$architecture /"
done | xargs -P "${SLICECAST_JOBS:-$(nproc)}" -L 1 bash -c 'compile "$2" "$3" "$1"' _ "$scratch" || exit 2

printf '| kernel | card | registers | static shared | stack | spilled |\n|---|---|---|---|---|---|\n'
cat "$scratch"/*.log | c++filt | awk '
  function short(name) {
    sub(/.*run_on_card</, "", name)
    sub(/ *>\(.*/, "", name)
    gsub(/slicecast::cuda::/, "", name)
    gsub(/unsigned short/, "half", name)
    gsub(/ >/, ">", name)
    return name
  }
  /Compiling entry function/ {
    split($0, quoted, "\x27")
    kernel = short(quoted[2])
    card = quoted[4]
  }
  /bytes stack frame/ { stack = $1; spilled = $5 + $9 }
  /Used [0-9]+ registers/ {
    shared = 0
    for (i = 2; i <= NF; ++i) {
      if ($i == "Used") registers = $(i + 1)
      if ($i ~ /^smem/) shared = $(i - 2)
    }
    printf "| %s | %s | %d | %d | %d | %d |\n", kernel, card, registers, shared, stack, spilled
    ++kernels
    if (spilled > 0) { ++spilling; names = names "\n  " kernel " (" card ")" }
  }
  END {
    if (!kernels) { print "cuda-report: the compiler reported no kernel" > "/dev/stderr"; exit 2 }
    if (spilling) { printf "cuda-report: %d kernels spill:%s\n", spilling, names > "/dev/stderr"; exit 1 }
    printf "\n%d kernels, none spills.\n", kernels
  }'
