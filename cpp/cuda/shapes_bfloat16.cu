#include "cuda/launch.cuh"

namespace tidegate::cuda {

extern const ShapeEntry kBfloat16Shapes[] = {
    Family<Cell::lstm, Bfloat16, 128, 4, 1>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::lstm, Bfloat16, 256, 8, 2>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::lstm, Bfloat16, 512, 16, 3>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::lstm, Bfloat16, 768, 16, 1>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::lstm, Bfloat16, 1024, 16, 2, 2>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::gru, Bfloat16, 128, 4, 1>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::gru, Bfloat16, 256, 8, 2>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::gru, Bfloat16, 512, 16, 3>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::gru, Bfloat16, 768, 16, 1>::entry(TG_CUDA_BFLOAT16),
    Family<Cell::gru, Bfloat16, 1024, 16, 2, 2>::entry(TG_CUDA_BFLOAT16),
    kLastShape,
};

}  // namespace tidegate::cuda
