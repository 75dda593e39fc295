// Rows of a table by number, and the gradient of the table.
#pragma once

#include <cstdint>

namespace tidegate::nn {

// The first position whose id is not in [0, rows), or -1.
long first_bad_id(const std::int32_t* ids, long n, long rows);

// y[i] = table[ids[i]]; every id is in range. table [V, dim], y [n, dim].
template <class T>
void embedding_forward(const std::int32_t* ids, long n, const T* table, long dim, T* y);

// dtable [rows, dim] = 0, then dtable[ids[i]] += dy[i], i ascending whatever the team.
template <class T>
void embedding_backward(const std::int32_t* ids, long n, const T* dy, long dim, long rows,
                        T* dtable);

}  // namespace tidegate::nn
