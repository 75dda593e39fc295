// The maths for both types and the kernels that compute forward, as templates on the SIMD words
// that a target has included before. Everything is in the target's own namespace.
#include <type_traits>

#include "kernels/inference_table.h"
#include "kernels/pairs.h"
#include "kernels/table.h"

#define TG_FN inline
namespace tidegate::TIDEGATE_TARGET {
namespace {

#define TG_V Vec<float>
#define TG_SET(s) tg_set<Vec<float>>(s)
#include "kernels/activations_f32.h"
#include "kernels/gates.h"
#undef TG_V
#undef TG_SET

#define TG_V Vec<double>
#define TG_SET(s) tg_set<Vec<double>>(s)
#include "kernels/activations_f64.h"
#include "kernels/gates.h"
#undef TG_V
#undef TG_SET

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET

// In the order in which they build on each other.
// clang-format off
#include "kernels/vectors.inl.h"
#include "kernels/simd/dot_pairs.h"
#include "kernels/tile.inl.h"
#include "kernels/tile_bfloat16.inl.h"
#include "kernels/pairs.inl.h"
#include "kernels/product.inl.h"
#include "kernels/recurrent_tile.inl.h"
#include "kernels/recurrent_pairs.inl.h"
#include "kernels/recurrent_lstm.inl.h"
#include "kernels/recurrent_simple_rnn.inl.h"
#include "kernels/recurrent_gru.inl.h"
#include "kernels/elementwise.inl.h"
#include "kernels/softmax.inl.h"
// clang-format on
