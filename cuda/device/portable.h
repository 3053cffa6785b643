// What a kernel may use so that nvcc compiles it for the card and any C++20 compiler for the host.
// The only header that asks which of the two is at work.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#include <cuda_fp16.h>
#define SLICECAST_HD __host__ __device__ __forceinline__
#else
#include "common/base/pixel_type.h"
#define SLICECAST_HD inline
#endif

// Intrinsics of the card are used in its pass of the compiler only.
#ifdef __CUDA_ARCH__
#define SLICECAST_ON_CARD 1
// Before a loop that must not be unrolled, because its body already fills the registers.
#define SLICECAST_ONE_BY_ONE _Pragma("unroll 1")
#else
#define SLICECAST_ON_CARD 0
#define SLICECAST_ONE_BY_ONE
#endif

namespace slicecast::cuda {

struct alignas(8) Float2 {
  float x, y;
};
struct alignas(16) Float4 {
  float x, y, z, w;
};
// Two and four half-precision numbers as bits, loaded at once.
struct alignas(4) Half2 {
  std::uint16_t x, y;
};
struct alignas(8) Half4 {
  std::uint16_t x, y, z, w;
};

// Through the read-only cache: for memory that no thread writes during the launch.
template <class T>
SLICECAST_HD T load_once(const T* at) {
#if SLICECAST_ON_CARD
  if constexpr (sizeof(T) == 16) {
    const int4 bits = __ldg(reinterpret_cast<const int4*>(at));
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  } else if constexpr (sizeof(T) == 8) {
    const long long bits = __ldg(reinterpret_cast<const long long*>(at));
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  } else if constexpr (sizeof(T) == 4) {
    const int bits = __ldg(reinterpret_cast<const int*>(at));
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  } else {
    static_assert(sizeof(T) == 2, "one instruction loads 2, 4, 8 or 16 bytes");
    const short bits = __ldg(reinterpret_cast<const short*>(at));
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
#else
  return *at;
#endif
}

// Conversions round to the nearest even number, on the host as on the card.
SLICECAST_HD float float_of_half(std::uint16_t bits) {
#ifdef __CUDACC__
  __half_raw raw;
  raw.x = bits;
  return __half2float(__half(raw));
#else
  return float_from_half(bits);
#endif
}

SLICECAST_HD std::uint16_t half_of_float(float value) {
#ifdef __CUDACC__
  return __half_raw(__float2half_rn(value)).x;
#else
  return half_from_float(value);
#endif
}

// a b + c, rounded once.
SLICECAST_HD float multiply_add(float a, float b, float c) {
#if SLICECAST_ON_CARD
  return __fmaf_rn(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}

// 1/x to 1 ulp: MUFU.RCP, which is what a fast division costs, without its range checks.
SLICECAST_HD float reciprocal(float x) {
#if SLICECAST_ON_CARD
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  return 1.0F / x;
#endif
}

SLICECAST_HD float magnitude(float x) {
  return x < 0 ? -x : x;
}

// The larger of `a` and the magnitude of `b`; no number when one of them is none.
SLICECAST_HD float larger_or_none(float a, float b) {
#if SLICECAST_ON_CARD
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(fabsf(b)));
  return result;
#else
  return b != b || magnitude(b) > a ? magnitude(b) : a;
#endif
}

// Several threads may add to one number; the order in which they do is not defined.
template <class T>
SLICECAST_HD void add_atomically(T* to, T value) {
#if SLICECAST_ON_CARD
  atomicAdd(to, value);
#else
  *to += value;
#endif
}

}  // namespace slicecast::cuda
