// All kernels: those that compute forward, and the rest that training needs.
// clang-format off
#include "kernels/forward.inl.h"
#include "kernels/product_pairs.inl.h"
#include "kernels/optimizer.inl.h"
// clang-format on
