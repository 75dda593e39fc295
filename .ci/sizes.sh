#!/usr/bin/env bash
# `.ci/sizes.sh WORK MODEL.tide`: builds the inference runtime as a C++ program would have it, and holds
# it to the sizes that were promised: the stripped shared library with every instruction set, and a
# program that runs an LSTM with those of AVX2 alone, linked statically against the library.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$1
model=$2

# within FILE BYTES
within() {
  local bytes
  strip --strip-unneeded "$1"
  bytes=$(stat -c %s "$1")
  echo "$(basename "$1"): $bytes bytes stripped, at most $2"
  [ "$bytes" -le "$2" ] || { echo "[sizes] too large: nm --size-sort -S -C shows what" && return 1; }
}

configure() {
  cmake -G Ninja -S "$top" -B "$1" -DCMAKE_BUILD_TYPE=Release -DTIDEGATE_PYTHON=OFF \
    -DTIDEGATE_WERROR=ON "${@:2}" >/dev/null
}

configure "$work/shared" -DTIDEGATE_SHARED=ON
cmake --build "$work/shared" --target tidegate_shared
cp "$(readlink -f "$work/shared/libtidegate.so")" "$work/libtidegate.so"
within "$work/libtidegate.so" 600000

configure "$work/avx2" -DTIDEGATE_ISAS=avx2
cmake --build "$work/avx2" --target tidegate
"${CXX:-g++}" -std=c++17 -O2 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -I"$top/cpp/include" \
  "$top/tests/package/small/main.cpp" "$work/avx2/libtidegate.a" -Wl,--gc-sections -o "$work/small"
"$work/small" "$model"
within "$work/small" 200000
