// Kernels are functors that run on the card and, block by block, on the host.
//
// A kernel without barriers:
//   struct Scale {
//     float* values; std::size_t count; float by;
//     SLICECAST_HD void operator()(const Thread& t) const;
//   };
// A kernel with shared memory is a list of phases with a barrier after each. What a thread keeps
// from phase to phase is its Registers (all bytes zero at the start); shared memory is undefined at
// the start and 16-byte aligned:
//   struct Reverse {
//     static constexpr int kPhases = 2;
//     struct Registers { float value; };
//     template <int kPhase>
//     SLICECAST_HD void phase(const Thread& t, unsigned char* shared, Registers& own) const;
//     SLICECAST_HD int turns() const;  // optional: all phases run so often, t.turn counts
//   };
// Optional constants: kMostThreads (of a block, default 1024) and kBlocksPerMultiprocessor (default
// 1) become __launch_bounds__, hence the registers that the compiler may use.
//
// The functor is copied into the launch: at most kMostKernelBytes, trivially copyable, no pointers
// to host memory. Its code for the card comes from one line in a .cu file, see device_code.cuh.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "cuda/device/portable.h"
#include "cuda/device/race_check.h"

namespace slicecast::cuda {

inline constexpr std::size_t kMostKernelBytes = 4096;

// Threads of a block are counted in one dimension, blocks in up to three.
struct Thread {
  unsigned thread = 0, threads = 1;  // within the block
  unsigned block_x = 0, block_y = 0, block_z = 0;
  int turn = 0;
  SLICECAST_HD std::size_t in_grid() const {  // for grids of one dimension
    return static_cast<std::size_t>(block_x) * threads + thread;
  }
};

struct LaunchShape {
  unsigned blocks_x = 1, blocks_y = 1, blocks_z = 1;
  unsigned threads = 256;  // per block
  std::size_t shared_bytes = 0;
};

// Enough blocks of `threads` for one thread per item.
inline LaunchShape shape_for(std::size_t items, unsigned threads = 256) {
  return {.blocks_x = static_cast<unsigned>((items + threads - 1) / threads), .threads = threads};
}

template <class K>
concept Phased = requires {
  typename K::Registers;
};

template <class K>
SLICECAST_HD int turns_of(const K& kernel) {
  if constexpr (requires { kernel.turns(); }) {
    return kernel.turns();
  } else {
    return 1;
  }
}

template <class K>
constexpr int most_threads() {
  if constexpr (requires { K::kMostThreads; }) {
    return K::kMostThreads;
  } else {
    return 1024;
  }
}

template <class K>
constexpr int blocks_per_multiprocessor() {
  if constexpr (requires { K::kBlocksPerMultiprocessor; }) {
    return K::kBlocksPerMultiprocessor;
  } else {
    return 1;
  }
}

// Order of the threads of a simulated block. Kernels whose result depends on it have a race.
enum class ThreadOrder : unsigned char { rising, falling };

// How a simulated card runs a block.
struct Simulation {
  ThreadOrder order = ThreadOrder::rising;
  simulated::RaceCheck* races = nullptr;  // null: not looked for
};

// Address of the kernel's code for the card; null in programs that were built without nvcc.
template <class K>
struct DeviceCode {
  static inline const void* address = nullptr;
};

// How a device that does not know the functor's type runs it.
struct KernelCode {
  const void* device = nullptr;
  void (*simulate)(const void* kernel, const LaunchShape& shape, const Simulation& how) = nullptr;
  int most_threads = 1024;
};

namespace simulated {

struct alignas(16) SharedChunk {
  unsigned char bytes[16];
};

template <class K, int kPhase = 0>
void run_phases(const K& kernel, Thread thread, const Simulation& how,
                std::span<unsigned char> shared, std::vector<typename K::Registers>& registers) {
  if constexpr (kPhase < K::kPhases) {
    if (how.races != nullptr) how.races->begin_phase(shared);
    for (unsigned i = 0; i < thread.threads; ++i) {
      Thread own = thread;
      own.thread = how.order == ThreadOrder::rising ? i : thread.threads - 1 - i;
      kernel.template phase<kPhase>(own, shared.data(), registers[own.thread]);
      if (how.races != nullptr) how.races->end_thread(shared);
    }
    if (how.races != nullptr) how.races->end_phase(shared);
    run_phases<K, kPhase + 1>(kernel, thread, how, shared, registers);
  }
}

template <class K>
void run_block(const K& kernel, Thread thread, std::size_t shared_bytes, const Simulation& how) {
  if constexpr (Phased<K>) {
    // Bits that are no number: what reads shared memory before writing it shows.
    SharedChunk undefined;
    std::memset(&undefined, 0xFF, sizeof undefined);
    std::vector<SharedChunk> chunks(shared_bytes / sizeof(SharedChunk) + 1, undefined);
    const std::span shared(chunks.front().bytes, chunks.size() * sizeof(SharedChunk));
    std::vector<typename K::Registers> registers(thread.threads);
    for (thread.turn = 0; thread.turn < turns_of(kernel); ++thread.turn)
      run_phases(kernel, thread, how, shared, registers);
  } else {
    for (unsigned i = 0; i < thread.threads; ++i) {
      thread.thread = how.order == ThreadOrder::rising ? i : thread.threads - 1 - i;
      kernel(thread);
    }
  }
}

template <class K>
void run(const void* kernel, const LaunchShape& shape, const Simulation& how) {
  Thread thread;
  thread.threads = shape.threads;
  for (thread.block_z = 0; thread.block_z < shape.blocks_z; ++thread.block_z)
    for (thread.block_y = 0; thread.block_y < shape.blocks_y; ++thread.block_y)
      for (thread.block_x = 0; thread.block_x < shape.blocks_x; ++thread.block_x)
        run_block(*static_cast<const K*>(kernel), thread, shape.shared_bytes, how);
}

}  // namespace simulated

template <class K>
KernelCode code_of() {
  static_assert(std::is_trivially_copyable_v<K>, "a kernel is copied to the card as bytes");
  static_assert(sizeof(K) <= kMostKernelBytes, "a kernel's arguments have to fit into a launch");
  return {DeviceCode<K>::address, &simulated::run<K>, most_threads<K>()};
}

}  // namespace slicecast::cuda
