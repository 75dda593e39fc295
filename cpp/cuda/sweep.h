// Arguments of the recurrent sweeps, for C and for the kernels alike. All pointers are device
// memory; "or null" says what may be missing. B rows, T steps, H units; element type e is the
// dtype, g the type of kept gates: float16 for both 16-bit dtypes, else float32.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum TgCudaCell { TG_CUDA_LSTM = 0, TG_CUDA_GRU = 1 };
// TF32 is float32 in memory, rounded for products with U; float32 is true float32.
enum TgCudaDtype {
  TG_CUDA_BFLOAT16 = 0,
  TG_CUDA_FLOAT16 = 1,
  TG_CUDA_TF32 = 2,
  TG_CUDA_FLOAT32 = 3
};

// The four vectors of a step lie in planes of H: LSTM i f c o; GRU z r h and, where training keeps
// them, u = U_h h + b'_h. So x W is one product into the first planes, and the gradients that
// replace what was kept are operands in Keras' column order: dx and dW take planes 0.., dU of the
// GRU takes z r and u.
struct TgCudaForward {
  void* gates;         // [B, T, 4, H] e: x W on entry, kept gates (type g) on return if training
  const void* packed;  // U, packed for the forward sweep
  const float* bias;   // [4, H] (LSTM), [2, 3, H] (GRU), or null
  const float* h0;     // [B, H] or null
  const float* c0;     // [B, H] or null
  void* y;             // [B, T, H] e
  void* h_before;      // training: [B, T, H] e, the state before each step
  float* c_before;     // training, LSTM: [B, T, H]
  float* h;            // [B, H] final states
  float* c;            // [B, H], LSTM
  const int* order;    // [B] rows as they are dealt out, longest first, or null
  const int* lengths;  // [B] steps of each row (of the caller's order), or null
  void* workspace;     // plan's workspace_bytes, or null if that is 0
  int batch, steps;
  int training;
  int zero_masked;  // y beyond a row's length is 0, else the last output again (0 without any)
};

struct TgCudaBackward {
  void* gates;           // [B, T, 4, H]: kept gates on entry, gradients (type e) on return
  const void* packed;    // U, packed for the backward sweep
  const void* h_before;  // GRU: as the forward sweep left it
  const float* c_before;
  const float* c;   // LSTM: final state
  const void* dy;   // [B, T, H] e or null
  const float* dh;  // [B, H] of the final states, or null
  const float* dc;
  float* dh0;         // [B, H]
  float* dc0;         // [B, H], LSTM
  float* dbias_rows;  // [B, 4, H]: gradients of the gates summed over time, of each row
  const int* order;
  const int* lengths;
  void* workspace;
  int batch, steps;
  int zero_masked;
};

// How a layer would be computed. 0 clusters: no kernel covers it.
struct TgCudaPlan {
  int cluster;   // CTAs of a cluster
  int parts;     // clusters that hold U together
  int clusters;  // of them; those that do not fit at once follow
  int rows;      // of the batch that a cluster has
  size_t packed_bytes, workspace_bytes;
};

// All return a cudaError_t. cudaErrorNotSupported: no kernel for that cell, dtype and size.
int tidegate_cuda_plan(int cell, int dtype, int units, int batch, struct TgCudaPlan* plan);
// recurrent_kernel [H, G*H] e, contiguous; packed and packed_back of packed_bytes each.
int tidegate_cuda_pack(int cell, int dtype, int units, const void* recurrent_kernel, void* packed,
                       void* packed_back, void* stream);
int tidegate_cuda_forward(int cell, int dtype, int units, const struct TgCudaForward* args,
                          void* stream);
int tidegate_cuda_backward(int cell, int dtype, int units, const struct TgCudaBackward* args,
                           void* stream);
const char* tidegate_cuda_error(int error);

#ifdef __cplusplus
}
#endif
