// The part of cuFFT that this backend calls, declared by hand: a compiler and the CUDA runtime are
// enough to build. A test compares the numbers with NVIDIA's header where that is.
#pragma once

namespace slicecast::cuda::cufft {

inline constexpr const char* kLibrary = "libcufft.so.12";  // of CUDA 13

using Plan = int;
using Outcome = int;
inline constexpr Outcome kDone = 0, kNoMemory = 2;
enum class Kind : int { real_to_complex = 0x2a, complex_to_real = 0x2c, complex_to_complex = 0x29 };
inline constexpr int kForward = -1, kInverse = 1;

// Complex numbers are pairs of floats; a stream is the runtime's handle.
using PlanMany = Outcome(Plan* plan, int dimensions, int* shape, int* in_shape, int in_step,
                         int in_distance, int* out_shape, int out_step, int out_distance, Kind kind,
                         int batch);
using SetStream = Outcome(Plan plan, void* stream);
using RealToComplex = Outcome(Plan plan, float* from, void* to);
using ComplexToReal = Outcome(Plan plan, void* from, float* to);
using ComplexToComplex = Outcome(Plan plan, void* from, void* to, int direction);
using Destroy = Outcome(Plan plan);

}  // namespace slicecast::cuda::cufft
