#include "cuda/launch.cuh"

namespace tidegate::cuda {

extern const ShapeEntry kTf32Shapes[] = {
    Family<Cell::lstm, Tf32, 128, 4, 1>::entry(TG_CUDA_TF32),
    Family<Cell::lstm, Tf32, 256, 8, 2>::entry(TG_CUDA_TF32),
    Family<Cell::lstm, Tf32, 512, 16, 1>::entry(TG_CUDA_TF32),
    Family<Cell::gru, Tf32, 128, 4, 1>::entry(TG_CUDA_TF32),
    Family<Cell::gru, Tf32, 256, 8, 2>::entry(TG_CUDA_TF32),
    Family<Cell::gru, Tf32, 512, 16, 1>::entry(TG_CUDA_TF32),
    kLastShape,
};

}  // namespace tidegate::cuda
