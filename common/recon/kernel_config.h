// How the kernels of the backends are cut for the machine: knobs that change speed, never results
// beyond rounding (except Sampling::filtered, which is never chosen by itself where single
// precision is stored). A tuner writes them to a file, servers read it:
//   [cpu]
//   tile_updates = 1000000
//   [cuda]
//   sampling = "quads"
// The file is TOML of tables, integers and strings; unknown names are refused, absent knobs keep
// their defaults. Standard library only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast::recon {

// How a card reads the four pixels around a point.
enum class Sampling : unsigned char {
  automatic,  // gather, or rows where an image is larger than a texture
  rows,       // four loads from rows of pixels
  quads,      // one load of a 2x2 neighbourhood, stored so in tiles: four times the memory
  gather,     // one texture instruction for the four, interpolated here
  filtered,   // one texture instruction that interpolates with 8 bits of fraction
};

// Precision of stored projections where the option `store` leaves it open.
enum class TunedStore : unsigned char { automatic, half_precision, single_precision };

struct CpuKernels {
  long long tile_updates = 1'000'000;  // point updates of a tile, the grain of pre-emption
  long long prefetch_distance = 64;    // see the table of knobs
  long long threads = 0;               // 0: as the program decides
  TunedStore store = TunedStore::automatic;
  friend bool operator==(const CpuKernels&, const CpuKernels&) = default;
};

struct CudaKernels {
  Sampling sampling = Sampling::automatic;
  long long points_per_thread = 0;               // of a slice; 0: by its size
  long long planes_per_thread = 4;               // of a volume
  long long block_columns = 32, block_rows = 8;  // threads of a block, over columns and rows
  long long warp_columns = 8;                    // of its 32 threads over columns
  long long terms_per_turn = 64;                 // projections described in shared memory at a time
  long long pieces_per_launch = 64;
  long long updates_per_launch = 200'000'000;  // bounds what a more urgent slice waits for
  friend bool operator==(const CudaKernels&, const CudaKernels&) = default;
};

struct KernelConfig {
  CpuKernels cpu;
  CudaKernels cuda;
  friend bool operator==(const KernelConfig&, const KernelConfig&) = default;
};

// One knob: what help texts, tuners and the file know it by. Values are integers; a knob with
// choices holds the index of one.
struct Knob {
  std::string_view section, name, doc;
  long long least = 0, most = 0;
  bool power_of_two = false;  // 0 is allowed where least is 0
  std::span<const std::string_view> choices;
  long long (*get)(const KernelConfig&) = nullptr;
  void (*set)(KernelConfig&, long long) = nullptr;
};
std::span<const Knob> kernel_knobs();
std::string full_name(const Knob& knob);  // "cuda.sampling"
Result<void> check_knob(const Knob& knob, long long value);

// Of the device that is to run it.
struct KernelLimits {
  std::string device;
  int threads_per_block = 1024;
  int warp_threads = 32;
  std::size_t shared_bytes_per_block = 48 << 10;
};

// The first knob out of its range, or the first combination that does not fit the device.
Result<void> validate(const KernelConfig& config);
Result<void> validate(const CudaKernels& kernels, const KernelLimits& limits);

Result<KernelConfig> parse_kernel_config(std::string_view text);
Result<KernelConfig> read_kernel_config(const std::filesystem::path& path);
std::string kernel_config_text(const KernelConfig& config);  // the file, with every knob's doc
Result<void> write_kernel_config(const std::filesystem::path& path, const KernelConfig& config);

}  // namespace slicecast::recon
