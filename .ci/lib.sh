# Shared by .ci/run and .ci/full: stages with their minutes, and clean clones of this commit.

set -euo pipefail

top=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
work=$(mktemp -d "${TMPDIR:-/tmp}/tidegate-ci.XXXXXX")
table=$work/stages
started=$SECONDS
finished=no

# Real data lies beside the checkout where there is any; loaders fall back without it.
if [ -d "$top/../shared/data" ]; then
  TIDEGATE_DATA=$(cd "$top/../shared/data" && pwd)
  export TIDEGATE_DATA
fi

# One cache over all clones: paths below $work are hashed relative to the build folder.
export CCACHE_DIR=${CCACHE_DIR:-$work/ccache} CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
export DEBIAN_FRONTEND=noninteractive
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

minutes() { awk -v s="$1" 'BEGIN { printf "%.1f", s / 60 }'; }

report() {
  local status=$?
  printf '\n%-44s %8s\n' "stage" "minutes"
  cat "$table" 2>/dev/null || true
  printf '%-44s %8s  (budget %s)\n' "all" "$(minutes $((SECONDS - started)))" "$budget"
  if [ "$finished" = yes ] && [ $status -eq 0 ]; then
    closing_line
  else
    echo "FAILED: stage '${current:-start}'; its files stay in $work"
    exit 1
  fi
  rm -rf "$work"
}
trap report EXIT

# stage NAME FUNCTION: the first failing command of the function ends the run.
stage() {
  current=$1
  local begin=$SECONDS
  printf '\n=== %s\n' "$1"
  "$2"
  printf '%-44s %8s\n' "$1" "$(minutes $((SECONDS - begin)))" >>"$table"
}

# fresh NAME: a clone of this commit in a new folder, which becomes the working folder.
fresh() {
  mkdir -p "$work/$1"
  git clone -q "$top" "$work/$1/tidegate"
  cd "$work/$1/tidegate"
}

# The line between the fences after "<!-- ci: NAME -->" in README.md, so that CI runs what it says.
readme_command() {
  awk -v mark="<!-- ci: $1 -->" '
    index($0, mark) { found = 1; next }
    found && /^```/ { if (inside) exit; inside = 1; next }
    found && inside { print }' "$top/README.md"
}

# tested LOG COMMAND...: runs pytest, keeps its log, and counts a skipped test as a failure if the
# name of the log starts with "all_".
tested() {
  local log=$work/$1.pytest
  shift
  "$@" 2>&1 | tee "$log"
  case $(basename "$log") in
    all_*) if tail -n 1 "$log" | grep -q skipped; then echo "something was skipped" && return 1; fi ;;
  esac
}

# The sum over the closing lines of every pytest and doctest run.
closing_line() {
  cat "$work"/*.pytest 2>/dev/null | awk '
    /[0-9] (passed|failed|error).* in [0-9.]+s/ { for (i = 2; i <= NF; i++) {
      if ($i ~ /^passed/) passed += $(i - 1); if ($i ~ /^failed/) failed += $(i - 1) } }
    /\[doctest\] test cases:/ { for (i = 2; i <= NF; i++) {
      if ($i == "passed") passed += $(i - 1); if ($i == "failed") failed += $(i - 1) } }
    END { printf "%d passed, %d failed\n", passed, failed }'
}
