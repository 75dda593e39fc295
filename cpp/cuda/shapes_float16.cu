#include "cuda/launch.cuh"

namespace tidegate::cuda {

extern const ShapeEntry kFloat16Shapes[] = {
    Family<Cell::lstm, Float16, 128, 4, 1>::entry(TG_CUDA_FLOAT16),
    Family<Cell::lstm, Float16, 256, 8, 2>::entry(TG_CUDA_FLOAT16),
    Family<Cell::lstm, Float16, 512, 16, 3>::entry(TG_CUDA_FLOAT16),
    Family<Cell::lstm, Float16, 768, 16, 1>::entry(TG_CUDA_FLOAT16),
    Family<Cell::lstm, Float16, 1024, 16, 2, 2>::entry(TG_CUDA_FLOAT16),
    Family<Cell::gru, Float16, 128, 4, 1>::entry(TG_CUDA_FLOAT16),
    Family<Cell::gru, Float16, 256, 8, 2>::entry(TG_CUDA_FLOAT16),
    Family<Cell::gru, Float16, 512, 16, 3>::entry(TG_CUDA_FLOAT16),
    Family<Cell::gru, Float16, 768, 16, 1>::entry(TG_CUDA_FLOAT16),
    Family<Cell::gru, Float16, 1024, 16, 2, 2>::entry(TG_CUDA_FLOAT16),
    kLastShape,
};

}  // namespace tidegate::cuda
