// A card: memory, streams, events, copies and launches. `CudaDevice` is one through the CUDA
// runtime, `SimulatedDevice` one in host memory, and everything above is written against this.
//
// Every call is checked. The first failure from which a card does not recover (lost, illegal
// access) is kept: failure() tells it, and every later call fails with it. Running out of memory is
// not of that kind. All functions may be called from any thread; calls on one stream are ordered.
// A device outlives what it handed out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "cuda/device/kernel.h"
#include "cuda/device/texture.h"

namespace slicecast::cuda {

enum class StreamPriority : std::uint8_t { urgent, normal };

// What does not change while the program runs.
struct DeviceFacts {
  int index = 0;
  std::string name;
  std::string uuid;  // "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
  int compute_major = 0, compute_minor = 0;
  int driver_version = 0, runtime_version = 0;  // 13000: 13.0
  int multiprocessors = 0;
  int threads_per_block = 1024;
  int threads_per_multiprocessor = 2048;
  std::size_t shared_bytes_per_block = 48 << 10;  // most that a launch may ask for
  std::size_t total_bytes = 0;
  int texture_width = 0, texture_height = 0;  // most of a two-dimensional texture
  bool simulated = false;
};

struct MemoryState {
  std::size_t free_bytes = 0, total_bytes = 0;
};

// Names memory of this card in other processes on the same host.
struct IpcHandle {
  std::array<std::byte, 64> bytes{};
};

class Device;

// Owns one thing of a device; empty when default-constructed or moved from.
enum class Owned : std::uint8_t { memory, pinned, imported, stream, event, texture };
template <Owned kKind>
class Handle {
 public:
  Handle() = default;
  Handle(Device* device, void* what, std::size_t bytes)
      : device_(device), what_(what), bytes_(bytes) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept
      : device_(std::exchange(other.device_, nullptr)),
        what_(std::exchange(other.what_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      device_ = std::exchange(other.device_, nullptr);
      what_ = std::exchange(other.what_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  explicit operator bool() const { return what_ != nullptr; }
  // Memory: its address. Stream and event: the runtime's own handle.
  void* get() const { return what_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(what_);
  }
  std::size_t bytes() const { return bytes_; }
  void reset();
  void* detach() {  // to another owner
    device_ = nullptr;
    bytes_ = 0;
    return std::exchange(what_, nullptr);
  }

 private:
  Device* device_ = nullptr;
  void* what_ = nullptr;
  std::size_t bytes_ = 0;
};
using DeviceMemory = Handle<Owned::memory>;      // on the card
using PinnedMemory = Handle<Owned::pinned>;      // on the host, for copies that overlap
using ImportedMemory = Handle<Owned::imported>;  // of another process
using Stream = Handle<Owned::stream>;
using Event = Handle<Owned::event>;
using Texture = Handle<Owned::texture>;

class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceFacts& facts() const = 0;
  virtual Result<MemoryState> memory_state() = 0;

  // 256-byte aligned, contents undefined. resource_exhausted when the card or host has no more.
  virtual Result<DeviceMemory> allocate(std::size_t bytes) = 0;
  // The same, for export_memory().
  virtual Result<DeviceMemory> allocate_shareable(std::size_t bytes) = 0;
  virtual Result<PinnedMemory> allocate_pinned(std::size_t bytes) = 0;
  virtual Result<Stream> make_stream(StreamPriority priority) = 0;
  virtual Result<Event> make_event() = 0;  // timed

  // Asynchronous where the host side is pinned; then it must stay as it is until the copy is done.
  virtual Result<void> upload(const Stream& stream, void* to, const void* from,
                              std::size_t bytes) = 0;
  virtual Result<void> download(const Stream& stream, void* to, const void* from,
                                std::size_t bytes) = 0;
  virtual Result<void> copy(const Stream& stream, void* to, const void* from,
                            std::size_t bytes) = 0;  // on the card
  // Rows of `row_bytes`, a pitch apart on either side.
  virtual Result<void> upload_rows(const Stream& stream, void* to, std::size_t to_pitch,
                                   const void* from, std::size_t from_pitch, std::size_t row_bytes,
                                   std::size_t rows) = 0;
  virtual Result<void> download_rows(const Stream& stream, void* to, std::size_t to_pitch,
                                     const void* from, std::size_t from_pitch,
                                     std::size_t row_bytes, std::size_t rows) = 0;
  virtual Result<void> fill_zero(const Stream& stream, void* at, std::size_t bytes) = 0;

  // A two-dimensional texture, contents undefined, for the functions of texture.h.
  virtual Result<Texture> make_texture(int rows, int columns, Texel texel) = 0;
  virtual std::uint64_t handle_of(const Texture& texture) const = 0;
  // From rows in the card's memory without gaps.
  virtual Result<void> fill_texture(const Stream& stream, const Texture& texture,
                                    const void* from) = 0;

  virtual Result<void> synchronize(const Stream& stream) = 0;  // all done so far
  virtual Result<void> record(const Event& event, const Stream& stream) = 0;
  virtual Result<void> wait(const Stream& stream, const Event& event) = 0;  // the stream waits
  virtual Result<void> synchronize(const Event& event) = 0;                 // the caller waits
  virtual Result<double> milliseconds(const Event& begin, const Event& end) = 0;

  template <class K>
  Result<void> launch(const Stream& stream, const LaunchShape& shape, const K& kernel) {
    return launch_code(stream, shape, code_of<K>(), &kernel);
  }
  virtual Result<void> launch_code(const Stream& stream, const LaunchShape& shape,
                                   const KernelCode& code, const void* kernel) = 0;

  // Memory from allocate_shareable() to another process, for as long as the memory lives.
  virtual Result<IpcHandle> export_memory(const DeviceMemory& memory) = 0;
  virtual Result<ImportedMemory> import_memory(const IpcHandle& handle, std::size_t bytes) = 0;

  virtual std::optional<Error> failure() const = 0;

 private:
  template <Owned kKind>
  friend class Handle;
  virtual void release(Owned kind, void* what, std::size_t bytes) = 0;
};

// Refuses shapes that the card cannot run, with the limit that they break.
Result<void> check_launch(const DeviceFacts& facts, const LaunchShape& shape,
                          const KernelCode& code);

// Refuses cards that this program has no kernels for.
Result<void> check_card(const DeviceFacts& facts);

Result<void> check_texture(const DeviceFacts& facts, int rows, int columns);
inline std::size_t texture_bytes(int rows, int columns, Texel texel) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) *
         (texel == Texel::half ? 2 : 4);
}

template <Owned kKind>
void Handle<kKind>::reset() {
  if (what_ != nullptr) device_->release(kKind, what_, bytes_);
  device_ = nullptr;
  what_ = nullptr;
  bytes_ = 0;
}

}  // namespace slicecast::cuda
