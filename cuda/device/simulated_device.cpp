#include "cuda/device/simulated_device.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <type_traits>

#include "cuda/device/device_errors.h"

namespace slicecast::cuda {
namespace {

constexpr std::align_val_t kAlignment{256};

struct SimulatedEvent {
  std::chrono::steady_clock::time_point at;
};

// Where the memory lies, as another process of the same user finds it.
struct SharedPlace {
  std::int64_t process = 0;
  std::int32_t descriptor = -1;
  std::uint64_t bytes = 0;
};
static_assert(sizeof(SharedPlace) <= sizeof(IpcHandle::bytes));

bool file_is_there(const std::string& path) {
  return !path.empty() && access(path.c_str(), F_OK) == 0;
}

}  // namespace

SimulatedDevice::SimulatedDevice(const SimulatedOptions& options) : options_(options) {
  facts_.index = options.index;
  facts_.name = "simulated card";
  facts_.uuid = "GPU-00000000-0000-0000-0000-00000000000" + std::to_string(options.index % 10);
  facts_.compute_major = options.compute / 10;
  facts_.compute_minor = options.compute % 10;
  facts_.driver_version = options.driver_version;
  facts_.runtime_version = kNeededDriver;
  facts_.multiprocessors = 4;
  facts_.shared_bytes_per_block = 227 << 10;
  facts_.total_bytes = options.memory_bytes;
  facts_.texture_width = 131072;
  facts_.texture_height = 65536;
  facts_.simulated = true;
}

Result<std::unique_ptr<SimulatedDevice>> SimulatedDevice::open(const SimulatedOptions& options) {
  if (!options.driver) return no_driver();
  if (options.driver_version < kNeededDriver) return old_driver(options.driver_version);
  std::unique_ptr<SimulatedDevice> device(new SimulatedDevice(options));
  if (auto runs = check_card(device->facts()); !runs) return runs.error();
  return device;
}

SimulatedCounts SimulatedDevice::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void SimulatedDevice::lose() {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = card_lost(facts_.uuid, "simulation", "the card fell off the bus");
}

std::optional<Error> SimulatedDevice::failure() const {
  const std::lock_guard lock(mutex_);
  look_for_loss();
  return failure_;
}

void SimulatedDevice::look_for_loss() const {
  if (!failure_ && file_is_there(options_.lost_when))
    failure_ = card_lost(facts_.uuid, "simulation", "the card fell off the bus");
}

std::size_t SimulatedDevice::free_bytes() const {
  const std::size_t used = counts_.allocated_bytes + options_.taken_bytes;
  if (used >= options_.memory_bytes || file_is_there(options_.full_when)) return 0;
  return options_.memory_bytes - used;
}

Result<void> SimulatedDevice::usable() const {
  const std::lock_guard lock(mutex_);
  look_for_loss();
  if (failure_) return *failure_;
  return {};
}

Result<MemoryState> SimulatedDevice::memory_state() {
  const std::lock_guard lock(mutex_);
  look_for_loss();
  if (failure_) return *failure_;
  return MemoryState{free_bytes(), options_.memory_bytes};
}

Result<DeviceMemory> SimulatedDevice::take(std::size_t bytes, bool shareable) {
  bytes = std::max<std::size_t>(bytes, 1);
  {
    const std::lock_guard lock(mutex_);
    look_for_loss();
    if (failure_) return *failure_;
    const std::size_t free = free_bytes();
    if (bytes > free) return out_of_memory("card", bytes, free, options_.memory_bytes);
    counts_.allocated_bytes += bytes;
    counts_.most_allocated_bytes = std::max(counts_.most_allocated_bytes, counts_.allocated_bytes);
    ++counts_.allocations;
  }
  void* memory = nullptr;
  if (shareable) {
    const int descriptor = memfd_create("slicecast-card", MFD_CLOEXEC);
    if (descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(bytes)) == 0)
      memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == nullptr || memory == MAP_FAILED) {
      if (descriptor >= 0) close(descriptor);
      const std::lock_guard lock(mutex_);
      counts_.allocated_bytes -= bytes;
      return out_of_memory("host", bytes, 0, options_.memory_bytes);
    }
    const std::lock_guard lock(mutex_);
    shared_[memory] = descriptor;
  } else {
    memory = ::operator new(bytes, kAlignment);
  }
  return DeviceMemory(this, memory, bytes);
}

Result<DeviceMemory> SimulatedDevice::allocate(std::size_t bytes) {
  return take(bytes, false);
}
Result<DeviceMemory> SimulatedDevice::allocate_shareable(std::size_t bytes) {
  return take(bytes, true);
}

Result<PinnedMemory> SimulatedDevice::allocate_pinned(std::size_t bytes) {
  if (auto state = usable(); !state) return state.error();
  bytes = std::max<std::size_t>(bytes, 1);
  PinnedMemory memory(this, ::operator new(bytes, kAlignment), bytes);
  const std::lock_guard lock(mutex_);
  counts_.pinned_bytes += bytes;
  return memory;
}

Result<Stream> SimulatedDevice::make_stream(StreamPriority priority) {
  if (auto state = usable(); !state) return state.error();
  Stream stream(this, new StreamPriority(priority), 0);
  const std::lock_guard lock(mutex_);
  ++counts_.handles;
  return stream;
}

Result<Event> SimulatedDevice::make_event() {
  if (auto state = usable(); !state) return state.error();
  Event event(this, new SimulatedEvent, 0);
  const std::lock_guard lock(mutex_);
  ++counts_.handles;
  return event;
}

void SimulatedDevice::release(Owned kind, void* what, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  switch (kind) {
    case Owned::memory:
      counts_.allocated_bytes -= bytes;
      if (const auto found = shared_.find(what); found != shared_.end()) {
        munmap(what, bytes);
        close(found->second);
        shared_.erase(found);
      } else {
        ::operator delete(what, kAlignment);
      }
      return;
    case Owned::pinned:
      counts_.pinned_bytes -= bytes;
      ::operator delete(what, kAlignment);
      return;
    case Owned::imported: munmap(what, bytes); break;
    case Owned::stream: delete static_cast<StreamPriority*>(what); break;
    case Owned::event: delete static_cast<SimulatedEvent*>(what); break;
    case Owned::texture: {
      const auto* texture = static_cast<SimulatedTexture*>(what);
      ::operator delete(const_cast<void*>(texture->pixels), kAlignment);
      delete texture;
      counts_.allocated_bytes -= bytes;
      return;
    }
  }
  --counts_.handles;
}

Result<void> SimulatedDevice::upload(const Stream& stream, void* to, const void* from,
                                     std::size_t bytes) {
  return upload_rows(stream, to, bytes, from, bytes, bytes, 1);
}

Result<void> SimulatedDevice::download(const Stream& stream, void* to, const void* from,
                                       std::size_t bytes) {
  return download_rows(stream, to, bytes, from, bytes, bytes, 1);
}

namespace {

void copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
               std::size_t row_bytes, std::size_t rows) {
  for (std::size_t r = 0; row_bytes > 0 && r < rows; ++r)
    std::memcpy(static_cast<std::byte*>(to) + r * to_pitch,
                static_cast<const std::byte*>(from) + r * from_pitch, row_bytes);
}

}  // namespace

Result<void> SimulatedDevice::upload_rows(const Stream&, void* to, std::size_t to_pitch,
                                          const void* from, std::size_t from_pitch,
                                          std::size_t row_bytes, std::size_t rows) {
  if (auto state = usable(); !state) return state;
  copy_rows(to, to_pitch, from, from_pitch, row_bytes, rows);
  const std::lock_guard lock(mutex_);
  counts_.copied_up_bytes += row_bytes * rows;
  return {};
}

Result<void> SimulatedDevice::download_rows(const Stream&, void* to, std::size_t to_pitch,
                                            const void* from, std::size_t from_pitch,
                                            std::size_t row_bytes, std::size_t rows) {
  if (auto state = usable(); !state) return state;
  copy_rows(to, to_pitch, from, from_pitch, row_bytes, rows);
  const std::lock_guard lock(mutex_);
  counts_.copied_down_bytes += row_bytes * rows;
  return {};
}

Result<void> SimulatedDevice::copy(const Stream&, void* to, const void* from, std::size_t bytes) {
  if (auto state = usable(); !state) return state;
  copy_rows(to, bytes, from, bytes, bytes, 1);
  return {};
}

Result<void> SimulatedDevice::fill_zero(const Stream&, void* at, std::size_t bytes) {
  if (auto state = usable(); !state) return state;
  if (bytes > 0) std::memset(at, 0, bytes);
  return {};
}

Result<Texture> SimulatedDevice::make_texture(int rows, int columns, Texel texel) {
  if (auto refused = check_texture(facts_, rows, columns); !refused) return refused.error();
  const std::size_t bytes = texture_bytes(rows, columns, texel);
  auto memory = take(bytes, false);
  if (!memory) return memory.error();
  // The texture owns what was counted as memory.
  return Texture(this, new SimulatedTexture{rows, columns, texel, memory->detach()}, bytes);
}

std::uint64_t SimulatedDevice::handle_of(const Texture& texture) const {
  return reinterpret_cast<std::uint64_t>(texture.get());
}

Result<void> SimulatedDevice::fill_texture(const Stream&, const Texture& texture,
                                           const void* from) {
  if (auto state = usable(); !state) return state;
  std::memcpy(const_cast<void*>(texture.as<SimulatedTexture>()->pixels), from, texture.bytes());
  return {};
}

Result<void> SimulatedDevice::synchronize(const Stream&) {
  return usable();
}
Result<void> SimulatedDevice::record(const Event& event, const Stream&) {
  event.as<SimulatedEvent>()->at = std::chrono::steady_clock::now();
  return usable();
}
Result<void> SimulatedDevice::wait(const Stream&, const Event&) {
  return usable();
}
Result<void> SimulatedDevice::synchronize(const Event&) {
  return usable();
}
Result<double> SimulatedDevice::milliseconds(const Event& begin, const Event& end) {
  if (auto state = usable(); !state) return state.error();
  const auto elapsed = end.as<SimulatedEvent>()->at - begin.as<SimulatedEvent>()->at;
  return std::chrono::duration<double, std::milli>(elapsed).count();
}

Result<void> SimulatedDevice::launch_code(const Stream&, const LaunchShape& shape,
                                          const KernelCode& code, const void* kernel) {
  if (auto refused = check_launch(facts_, shape, code); !refused) return refused;
  {
    const std::lock_guard lock(mutex_);
    look_for_loss();
    if (!failure_ && options_.lost_after_launches >= 0 &&
        counts_.launches >= static_cast<std::uint64_t>(options_.lost_after_launches))
      failure_ = card_lost(facts_.uuid, "a launch", "the card fell off the bus");
    if (failure_) return *failure_;
    ++counts_.launches;
  }
  simulated::RaceCheck races;
  code.simulate(kernel, shape, {options_.order, options_.check_races ? &races : nullptr});
  if (races.found() == 0) return {};
  return Error{Errc::invalid_argument,
               "threads of one phase of a kernel wrote " + std::to_string(races.found()) +
                   " words of shared memory that others of it wrote; put a barrier between them"};
}

Result<IpcHandle> SimulatedDevice::export_memory(const DeviceMemory& memory) {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  if (!options_.exporting)
    return Error{Errc::unsupported, "this simulated card shares no memory with other processes"};
  const auto found = shared_.find(memory.get());
  if (found == shared_.end())
    return Error{Errc::invalid_argument,
                 "only memory from allocate_shareable() can be exported to another process"};
  const SharedPlace place{getpid(), found->second, memory.bytes()};
  IpcHandle handle;
  std::memcpy(handle.bytes.data(), &place, sizeof place);
  return handle;
}

Result<ImportedMemory> SimulatedDevice::import_memory(const IpcHandle& handle, std::size_t bytes) {
  if (auto state = usable(); !state) return state.error();
  SharedPlace place;
  std::memcpy(&place, handle.bytes.data(), sizeof place);
  const Error gone{Errc::unavailable,
                   "the memory of the other process is gone or not shared with this user; take "
                   "projections through the host"};
  if (!options_.mapping || bytes == 0 || place.bytes != bytes) return gone;
  const std::string path =
      "/proc/" + std::to_string(place.process) + "/fd/" + std::to_string(place.descriptor);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return gone;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (memory == MAP_FAILED) return gone;
  const std::lock_guard lock(mutex_);
  ++counts_.handles;
  return ImportedMemory(this, memory, bytes);
}

}  // namespace slicecast::cuda
