// The C interface: finds the shape, checks nothing twice, launches.
#include "cuda/launch.cuh"

namespace tidegate::cuda {

extern const ShapeEntry kBfloat16Shapes[];
extern const ShapeEntry kFloat16Shapes[];
extern const ShapeEntry kTf32Shapes[];
extern const ShapeEntry kFloat32Shapes[];

namespace {

const ShapeEntry* find(int cell, int dtype, int units) {
  const ShapeEntry* shapes = dtype == TG_CUDA_BFLOAT16  ? kBfloat16Shapes
                             : dtype == TG_CUDA_FLOAT16 ? kFloat16Shapes
                             : dtype == TG_CUDA_TF32    ? kTf32Shapes
                             : dtype == TG_CUDA_FLOAT32 ? kFloat32Shapes
                                                        : nullptr;
  for (; shapes != nullptr && shapes->cell >= 0; ++shapes)
    if (shapes->cell == cell && shapes->units == units) return shapes;
  return nullptr;
}

}  // namespace
}  // namespace tidegate::cuda

extern "C" {

int tidegate_cuda_plan(int cell, int dtype, int units, int batch, TgCudaPlan* plan) {
  *plan = {};
  const auto* shape = tidegate::cuda::find(cell, dtype, units);
  if (shape == nullptr) return cudaErrorNotSupported;
  shape->plan(batch, plan);
  return cudaSuccess;
}

int tidegate_cuda_pack(int cell, int dtype, int units, const void* recurrent_kernel, void* packed,
                       void* packed_back, void* stream) {
  const auto* shape = tidegate::cuda::find(cell, dtype, units);
  if (shape == nullptr) return cudaErrorNotSupported;
  return shape->pack(recurrent_kernel, packed, packed_back, static_cast<cudaStream_t>(stream));
}

int tidegate_cuda_forward(int cell, int dtype, int units, const TgCudaForward* args, void* stream) {
  const auto* shape = tidegate::cuda::find(cell, dtype, units);
  if (shape == nullptr) return cudaErrorNotSupported;
  return shape->forward(*args, static_cast<cudaStream_t>(stream));
}

int tidegate_cuda_backward(int cell, int dtype, int units, const TgCudaBackward* args,
                           void* stream) {
  const auto* shape = tidegate::cuda::find(cell, dtype, units);
  if (shape == nullptr) return cudaErrorNotSupported;
  return shape->backward(*args, static_cast<cudaStream_t>(stream));
}

const char* tidegate_cuda_error(int error) {
  return cudaGetErrorString(static_cast<cudaError_t>(error));
}

}  // extern "C"
