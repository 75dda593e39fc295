// Parts of a row of items.
#pragma once

namespace tidegate {

struct Range {
  long begin, end;
};

// Part i of n of [0, count), as even as whole items allow.
inline Range share(long count, long i, long n) { return {count * i / n, count * (i + 1) / n}; }

}  // namespace tidegate
