// A card in host memory, for machines without one: kernels run block by block in the calling
// thread, in stream order by construction. It can be told to fail as cards do, and it counts, so
// that leaks and unbounded pools show. Standard library and POSIX only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cuda/device/device.h"

namespace slicecast::cuda {

struct SimulatedOptions {
  bool driver = true;
  int driver_version = 13000;
  std::size_t memory_bytes = std::size_t{2} << 30;
  std::int64_t lost_after_launches = -1;  // the launch after so many fails; < 0: never
  std::size_t taken_bytes = 0;            // by others, from the start
  std::string lost_when, full_when;       // paths: lost, or full, as soon as that file is there
  bool mapping = true;                    // of other processes' memory
  bool exporting = true;                  // of own memory to them
  ThreadOrder order = ThreadOrder::rising;
  bool check_races = false;  // launches with one in shared memory are refused; see race_check.h
  int compute = 90;          // capability: 9.0
  int index = 0;
  int cards = 1;  // of this kind in the machine

  // "memory=64 taken=10 lost_after=200 lost_when=PATH full_when=PATH driver=none|12040
  // mapping=none order=falling races=checked compute=75 cards=2", memory and taken in MiB; empty:
  // as above.
  static Result<SimulatedOptions> parse(const std::string& text);
};

struct SimulatedCounts {
  std::uint64_t allocations = 0, launches = 0;  // so far
  std::uint64_t copied_up_bytes = 0, copied_down_bytes = 0;
  std::size_t allocated_bytes = 0, most_allocated_bytes = 0;
  std::size_t pinned_bytes = 0, handles = 0;  // handles: streams, events, imports
};

class SimulatedDevice final : public Device {
 public:
  static Result<std::unique_ptr<SimulatedDevice>> open(const SimulatedOptions& options);
  SimulatedCounts counts() const;
  void lose();  // as if the card fell off the bus now

  const DeviceFacts& facts() const override { return facts_; }
  Result<MemoryState> memory_state() override;
  Result<DeviceMemory> allocate(std::size_t bytes) override;
  Result<DeviceMemory> allocate_shareable(std::size_t bytes) override;
  Result<PinnedMemory> allocate_pinned(std::size_t bytes) override;
  Result<Stream> make_stream(StreamPriority priority) override;
  Result<Event> make_event() override;
  Result<void> upload(const Stream& stream, void* to, const void* from, std::size_t bytes) override;
  Result<void> download(const Stream& stream, void* to, const void* from,
                        std::size_t bytes) override;
  Result<void> copy(const Stream& stream, void* to, const void* from, std::size_t bytes) override;
  Result<void> upload_rows(const Stream& stream, void* to, std::size_t to_pitch, const void* from,
                           std::size_t from_pitch, std::size_t row_bytes,
                           std::size_t rows) override;
  Result<void> download_rows(const Stream& stream, void* to, std::size_t to_pitch, const void* from,
                             std::size_t from_pitch, std::size_t row_bytes,
                             std::size_t rows) override;
  Result<void> fill_zero(const Stream& stream, void* at, std::size_t bytes) override;
  Result<Texture> make_texture(int rows, int columns, Texel texel) override;
  std::uint64_t handle_of(const Texture& texture) const override;
  Result<void> fill_texture(const Stream& stream, const Texture& texture,
                            const void* from) override;
  Result<void> synchronize(const Stream& stream) override;
  Result<void> record(const Event& event, const Stream& stream) override;
  Result<void> wait(const Stream& stream, const Event& event) override;
  Result<void> synchronize(const Event& event) override;
  Result<double> milliseconds(const Event& begin, const Event& end) override;
  Result<void> launch_code(const Stream& stream, const LaunchShape& shape, const KernelCode& code,
                           const void* kernel) override;
  Result<IpcHandle> export_memory(const DeviceMemory& memory) override;
  Result<ImportedMemory> import_memory(const IpcHandle& handle, std::size_t bytes) override;
  std::optional<Error> failure() const override;

 private:
  explicit SimulatedDevice(const SimulatedOptions& options);
  void release(Owned kind, void* what, std::size_t bytes) override;
  Result<DeviceMemory> take(std::size_t bytes, bool shareable);
  Result<void> usable() const;
  void look_for_loss() const;  // under the lock
  std::size_t free_bytes() const;

  const SimulatedOptions options_;
  DeviceFacts facts_;
  mutable std::mutex mutex_;
  SimulatedCounts counts_;
  std::map<const void*, int> shared_;  // memory that other processes may map, with its descriptor
  mutable std::optional<Error> failure_;
};

}  // namespace slicecast::cuda
