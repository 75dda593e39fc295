#include "cuda/launch.cuh"

namespace tidegate::cuda {

extern const ShapeEntry kFloat32Shapes[] = {
    Family<Cell::lstm, Float32, 128, 4, 1>::entry(TG_CUDA_FLOAT32),
    Family<Cell::lstm, Float32, 256, 8, 1>::entry(TG_CUDA_FLOAT32),
    Family<Cell::lstm, Float32, 512, 16, 1>::entry(TG_CUDA_FLOAT32),
    Family<Cell::gru, Float32, 128, 4, 1>::entry(TG_CUDA_FLOAT32),
    Family<Cell::gru, Float32, 256, 8, 1>::entry(TG_CUDA_FLOAT32),
    Family<Cell::gru, Float32, 512, 16, 1>::entry(TG_CUDA_FLOAT32),
    kLastShape,
};

}  // namespace tidegate::cuda
