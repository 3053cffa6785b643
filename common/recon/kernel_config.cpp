#include "common/recon/kernel_config.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace slicecast::recon {
namespace {

constexpr std::array<std::string_view, 5> kSamplings = {"auto", "rows", "quads", "gather",
                                                        "filtered"};

template <auto kSection, auto kMember>
constexpr Knob knob(std::string_view section, std::string_view name, std::string_view doc,
                    long long least, long long most, bool power_of_two = false) {
  Knob made{section, name, doc, least, most, power_of_two, {}, nullptr, nullptr};
  made.get = [](const KernelConfig& config) { return config.*kSection.*kMember; };
  made.set = [](KernelConfig& config, long long value) { config.*kSection.*kMember = value; };
  return made;
}

constexpr std::array<std::string_view, 3> kStores = {"auto", "half", "float"};

constexpr Knob store_knob() {
  Knob made{"cpu",   "store", "precision of stored projections; auto: as the program decides",
            0,       2,       false,
            kStores, nullptr, nullptr};
  made.get = [](const KernelConfig& config) { return static_cast<long long>(config.cpu.store); };
  made.set = [](KernelConfig& config, long long value) {
    config.cpu.store = static_cast<TunedStore>(value);
  };
  return made;
}

constexpr Knob sampling_knob() {
  Knob made{"cuda",
            "sampling",
            "how a card reads the four pixels around a point",
            0,
            static_cast<long long>(kSamplings.size()) - 1,
            false,
            kSamplings,
            nullptr,
            nullptr};
  made.get = [](const KernelConfig& config) {
    return static_cast<long long>(config.cuda.sampling);
  };
  made.set = [](KernelConfig& config, long long value) {
    config.cuda.sampling = static_cast<Sampling>(value);
  };
  return made;
}

template <auto kMember>
constexpr Knob cpu_knob(std::string_view name, std::string_view doc, long long least,
                        long long most, bool power_of_two = false) {
  return knob<&KernelConfig::cpu, kMember>("cpu", name, doc, least, most, power_of_two);
}
template <auto kMember>
constexpr Knob cuda_knob(std::string_view name, std::string_view doc, long long least,
                         long long most, bool power_of_two = false) {
  return knob<&KernelConfig::cuda, kMember>("cuda", name, doc, least, most, power_of_two);
}

constexpr std::array kKnobs = {
    cpu_knob<&CpuKernels::tile_updates>(
        "tile_updates", "point updates of one tile, the grain of pre-emption", 1000, 1'000'000'000),
    cpu_knob<&CpuKernels::prefetch_distance>(
        "prefetch_distance",
        "vectors of points that are worked on while the pixels of as many "
        "others are fetched",
        16, 64, true),
    cpu_knob<&CpuKernels::threads>("threads", "worker threads; 0: as the program decides", 0, 1024),
    store_knob(),
    sampling_knob(),
    cuda_knob<&CudaKernels::points_per_thread>(
        "points_per_thread", "points of a slice that one thread sums; 0: by its size", 0, 8, true),
    cuda_knob<&CudaKernels::planes_per_thread>(
        "planes_per_thread", "points of a volume that one thread sums, one per plane", 1, 8, true),
    cuda_knob<&CudaKernels::block_columns>(
        "block_columns", "threads of a block along the columns of a slice", 1, 1024, true),
    cuda_knob<&CudaKernels::block_rows>(
        "block_rows", "threads of a block along the rows of a slice", 1, 1024, true),
    cuda_knob<&CudaKernels::warp_columns>(
        "warp_columns", "threads of a warp of 32 along the columns of a slice", 1, 32, true),
    cuda_knob<&CudaKernels::terms_per_turn>(
        "terms_per_turn", "projections that a block describes in shared memory at a time", 1, 1024),
    cuda_knob<&CudaKernels::pieces_per_launch>("pieces_per_launch",
                                               "parts of slices in one launch, at most", 1, 1024),
    cuda_knob<&CudaKernels::updates_per_launch>(
        "updates_per_launch", "point updates in one launch; bounds what a dragged slice waits for",
        100'000, 100'000'000'000),
};

Error invalid(std::string message) {
  return {Errc::invalid_argument, std::move(message)};
}

}  // namespace

std::string full_name(const Knob& knob) {
  return std::string(knob.section) + "." + std::string(knob.name);
}

Result<void> check_knob(const Knob& knob, long long value) {
  const bool power = !knob.power_of_two || (value & (value - 1)) == 0;
  if (value >= knob.least && value <= knob.most && power) return {};
  return invalid("kernel configuration: " + full_name(knob) + " = " + std::to_string(value) +
                 " is not " + (knob.power_of_two ? "a power of two " : "") + "from " +
                 std::to_string(knob.least) + " to " + std::to_string(knob.most));
}

std::span<const Knob> kernel_knobs() {
  return kKnobs;
}

Result<void> validate(const KernelConfig& config) {
  for (const Knob& knob : kKnobs)
    if (auto good = check_knob(knob, knob.get(config)); !good) return good;
  return {};
}

Result<void> validate(const CudaKernels& kernels, const KernelLimits& limits) {
  KernelConfig config;
  config.cuda = kernels;
  if (auto good = validate(config); !good) return good;
  const auto refused = [&](const std::string& what) {
    return invalid("kernel configuration: " + what + " on " + limits.device +
                   "; correct the [cuda] table of the file");
  };
  const long long threads = kernels.block_columns * kernels.block_rows;
  // The kernels are compiled for blocks of up to so many threads, which bounds their registers.
  constexpr long long kMostThreads = 256;
  const long long most = std::min<long long>(kMostThreads, limits.threads_per_block);
  if (threads < limits.warp_threads || threads > most)
    return refused("blocks of " + std::to_string(threads) + " threads where " +
                   std::to_string(limits.warp_threads) + " to " + std::to_string(most) + " run");
  if (kernels.warp_columns > kernels.block_columns ||
      limits.warp_threads / kernels.warp_columns > kernels.block_rows)
    return refused("warps of " + std::to_string(kernels.warp_columns) +
                   " columns do not fit into blocks of " + std::to_string(kernels.block_columns) +
                   "x" + std::to_string(kernels.block_rows) + " threads");
  constexpr std::size_t kBytesPerTerm = 96;  // of a description in shared memory, at most
  if (static_cast<std::size_t>(kernels.terms_per_turn) * kBytesPerTerm >
      limits.shared_bytes_per_block)
    return refused(std::to_string(kernels.terms_per_turn) + " terms per turn need more than its " +
                   std::to_string(limits.shared_bytes_per_block) + " bytes of shared memory");
  return {};
}

}  // namespace slicecast::recon
