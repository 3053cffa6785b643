// The one __global__ function, which runs any kernel of kernel.h on the card. A .cu file makes code
// for the kernels it names:
//   const slicecast::cuda::DeviceCodeOf<Scale, Reverse> device_code;
// at namespace scope, in an object that the program links as a whole (an object library).
#pragma once

#include "cuda/device/kernel.h"

namespace slicecast::cuda {

template <class K, int kPhase = 0>
__device__ __forceinline__ void run_phases_on_card(const K& kernel, const Thread& thread,
                                                   unsigned char* shared,
                                                   typename K::Registers& registers) {
  if constexpr (kPhase < K::kPhases) {
    kernel.template phase<kPhase>(thread, shared, registers);
    __syncthreads();
    run_phases_on_card<K, kPhase + 1>(kernel, thread, shared, registers);
  }
}

template <class K>
__global__ void __launch_bounds__(most_threads<K>(), blocks_per_multiprocessor<K>())
    run_on_card(const __grid_constant__ K kernel) {
  Thread thread{threadIdx.x, blockDim.x, blockIdx.x, blockIdx.y, blockIdx.z, 0};
  if constexpr (Phased<K>) {
    extern __shared__ __align__(16) unsigned char slicecast_shared[];
    typename K::Registers registers{};
    const int turns = turns_of(kernel);
    for (; thread.turn < turns; ++thread.turn)
      run_phases_on_card(kernel, thread, slicecast_shared, registers);
  } else {
    kernel(thread);
  }
}

template <class... Kernels>
struct DeviceCodeOf {
  DeviceCodeOf() {
    ((DeviceCode<Kernels>::address = reinterpret_cast<const void*>(&run_on_card<Kernels>)), ...);
  }
};

}  // namespace slicecast::cuda
