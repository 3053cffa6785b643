#include "cuda/device/cuda_device.h"

#include <cuda_runtime_api.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/device/device_errors.h"

namespace slicecast::cuda {
namespace {

// Up to here a launch may take shared memory without asking for more.
constexpr std::size_t kSharedWithoutAsking = 48 << 10;

// What any call refuses without harm to the card.
bool recovers(cudaError_t status) {
  return status == cudaErrorMemoryAllocation || status == cudaErrorInvalidValue ||
         status == cudaErrorInvalidConfiguration || status == cudaErrorLaunchOutOfResources ||
         status == cudaErrorInvalidResourceHandle || status == cudaErrorNotSupported ||
         status == cudaErrorNotReady || status == cudaErrorInvalidPitchValue;
}

cudaStream_t stream_of(const Stream& stream) {
  return static_cast<cudaStream_t>(stream.get());
}
cudaEvent_t event_of(const Event& event) {
  return static_cast<cudaEvent_t>(event.get());
}

struct CudaTexture {
  cudaArray_t array = nullptr;
  cudaTextureObject_t object = 0;
  std::size_t row_bytes = 0, rows = 0;
};

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(const DeviceFacts& facts) : facts_(facts) {}
  const DeviceFacts& facts() const override { return facts_; }

  Result<void> open() {
    // Waiting threads sleep: the cores are needed for receiving and sending meanwhile.
    const cudaError_t made =
        cudaInitDevice(facts_.index, cudaDeviceScheduleBlockingSync, cudaInitDeviceFlagsAreValid);
    if (made != cudaSuccess) {
      cudaGetLastError();
      return cannot_start(facts_.uuid, cudaGetErrorString(made));
    }
    return on_card("cudaDeviceGetStreamPriorityRange", [this] {
      return cudaDeviceGetStreamPriorityRange(&least_urgent_, &most_urgent_);
    });
  }

  Result<MemoryState> memory_state() override {
    MemoryState state;
    auto done = on_card("cudaMemGetInfo",
                        [&] { return cudaMemGetInfo(&state.free_bytes, &state.total_bytes); });
    if (!done) return done.error();
    return state;
  }

  Result<DeviceMemory> allocate(std::size_t bytes) override {
    void* memory = nullptr;
    bytes = bytes == 0 ? 1 : bytes;
    auto done = on_card("cudaMalloc", [&] { return cudaMalloc(&memory, bytes); });
    if (done) return DeviceMemory(this, memory, bytes);
    return exhausted(done.error(), "card", bytes);
  }
  // Whole allocations are what the driver shares.
  Result<DeviceMemory> allocate_shareable(std::size_t bytes) override { return allocate(bytes); }
  Result<PinnedMemory> allocate_pinned(std::size_t bytes) override {
    void* memory = nullptr;
    bytes = bytes == 0 ? 1 : bytes;
    auto done = on_card("cudaHostAlloc",
                        [&] { return cudaHostAlloc(&memory, bytes, cudaHostAllocPortable); });
    if (done) return PinnedMemory(this, memory, bytes);
    return exhausted(done.error(), "pinned host", bytes);
  }
  Result<Stream> make_stream(StreamPriority priority) override {
    cudaStream_t stream = nullptr;
    const int level = priority == StreamPriority::urgent ? most_urgent_ : least_urgent_;
    auto done = on_card("cudaStreamCreateWithPriority", [&] {
      return cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, level);
    });
    if (!done) return done.error();
    return Stream(this, stream, 0);
  }
  Result<Event> make_event() override {
    cudaEvent_t event = nullptr;
    auto done = on_card("cudaEventCreate",
                        [&] { return cudaEventCreateWithFlags(&event, cudaEventBlockingSync); });
    if (!done) return done.error();
    return Event(this, event, 0);
  }

  Result<void> upload(const Stream& stream, void* to, const void* from,
                      std::size_t bytes) override {
    return move(stream, to, from, bytes, cudaMemcpyHostToDevice);
  }
  Result<void> download(const Stream& stream, void* to, const void* from,
                        std::size_t bytes) override {
    return move(stream, to, from, bytes, cudaMemcpyDeviceToHost);
  }
  Result<void> copy(const Stream& stream, void* to, const void* from, std::size_t bytes) override {
    return move(stream, to, from, bytes, cudaMemcpyDeviceToDevice);
  }
  Result<void> upload_rows(const Stream& stream, void* to, std::size_t to_pitch, const void* from,
                           std::size_t from_pitch, std::size_t row_bytes,
                           std::size_t rows) override {
    return move_rows(stream, to, to_pitch, from, from_pitch, row_bytes, rows,
                     cudaMemcpyHostToDevice);
  }
  Result<void> download_rows(const Stream& stream, void* to, std::size_t to_pitch, const void* from,
                             std::size_t from_pitch, std::size_t row_bytes,
                             std::size_t rows) override {
    return move_rows(stream, to, to_pitch, from, from_pitch, row_bytes, rows,
                     cudaMemcpyDeviceToHost);
  }
  Result<void> fill_zero(const Stream& stream, void* at, std::size_t bytes) override {
    return on_card("cudaMemsetAsync",
                   [&] { return cudaMemsetAsync(at, 0, bytes, stream_of(stream)); });
  }

  Result<Texture> make_texture(int rows, int columns, Texel texel) override {
    if (auto refused = check_texture(facts_, rows, columns); !refused) return refused.error();
    auto texture = std::make_unique<CudaTexture>();
    texture->rows = static_cast<std::size_t>(rows);
    texture->row_bytes = texture_bytes(1, columns, texel);
    const int bits = texel == Texel::half ? 16 : 32;
    const cudaChannelFormatDesc format =
        cudaCreateChannelDesc(bits, 0, 0, 0, cudaChannelFormatKindFloat);
    auto done = on_card("cudaMallocArray", [&] {
      return cudaMallocArray(&texture->array, &format, static_cast<std::size_t>(columns),
                             static_cast<std::size_t>(rows), cudaArrayTextureGather);
    });
    const std::size_t bytes = texture_bytes(rows, columns, texel);
    if (!done) return exhausted(done.error(), "card", bytes);
    cudaResourceDesc resource = {};
    resource.resType = cudaResourceTypeArray;
    resource.res.array.array = texture->array;
    cudaTextureDesc reading = {};
    reading.addressMode[0] = reading.addressMode[1] = cudaAddressModeBorder;
    reading.filterMode = cudaFilterModeLinear;
    reading.readMode = cudaReadModeElementType;
    done = on_card("cudaCreateTextureObject", [&] {
      return cudaCreateTextureObject(&texture->object, &resource, &reading, nullptr);
    });
    if (!done) {
      cudaFreeArray(texture->array);
      return done.error();
    }
    return Texture(this, texture.release(), bytes);
  }
  std::uint64_t handle_of(const Texture& texture) const override {
    return texture.as<CudaTexture>()->object;
  }
  Result<void> fill_texture(const Stream& stream, const Texture& texture,
                            const void* from) override {
    const auto* to = texture.as<CudaTexture>();
    return on_card("cudaMemcpy2DToArrayAsync", [&] {
      return cudaMemcpy2DToArrayAsync(to->array, 0, 0, from, to->row_bytes, to->row_bytes, to->rows,
                                      cudaMemcpyDeviceToDevice, stream_of(stream));
    });
  }

  Result<void> synchronize(const Stream& stream) override {
    return on_card("cudaStreamSynchronize",
                   [&] { return cudaStreamSynchronize(stream_of(stream)); });
  }
  Result<void> record(const Event& event, const Stream& stream) override {
    return on_card("cudaEventRecord",
                   [&] { return cudaEventRecord(event_of(event), stream_of(stream)); });
  }
  Result<void> wait(const Stream& stream, const Event& event) override {
    return on_card("cudaStreamWaitEvent",
                   [&] { return cudaStreamWaitEvent(stream_of(stream), event_of(event), 0); });
  }
  Result<void> synchronize(const Event& event) override {
    return on_card("cudaEventSynchronize", [&] { return cudaEventSynchronize(event_of(event)); });
  }
  Result<double> milliseconds(const Event& begin, const Event& end) override {
    float elapsed = 0;
    auto done = on_card("cudaEventElapsedTime", [&] {
      return cudaEventElapsedTime(&elapsed, event_of(begin), event_of(end));
    });
    if (!done) return done.error();
    return static_cast<double>(elapsed);
  }

  Result<void> launch_code(const Stream& stream, const LaunchShape& shape, const KernelCode& code,
                           const void* kernel) override {
    if (auto refused = check_launch(facts_, shape, code); !refused) return refused;
    if (code.device == nullptr)
      return Error{Errc::unsupported,
                   "this program was built without a kernel's code for the card; build the module "
                   "with nvcc"};
    if (auto asked = ask_for_shared(code.device, shape.shared_bytes); !asked) return asked;
    return on_card("cudaLaunchKernel", [&] {
      // The runtime reads the arguments before it returns.
      void* arguments[] = {const_cast<void*>(kernel)};
      return cudaLaunchKernel(code.device, dim3(shape.blocks_x, shape.blocks_y, shape.blocks_z),
                              dim3(shape.threads), arguments, shape.shared_bytes,
                              stream_of(stream));
    });
  }

  Result<IpcHandle> export_memory(const DeviceMemory& memory) override {
    cudaIpcMemHandle_t native;
    static_assert(sizeof native == sizeof(IpcHandle::bytes));
    auto done = between_processes("cudaIpcGetMemHandle",
                                  [&] { return cudaIpcGetMemHandle(&native, memory.get()); });
    if (!done) return done.error();
    IpcHandle handle;
    std::memcpy(handle.bytes.data(), &native, sizeof native);
    return handle;
  }
  Result<ImportedMemory> import_memory(const IpcHandle& handle, std::size_t bytes) override {
    cudaIpcMemHandle_t native;
    std::memcpy(&native, handle.bytes.data(), sizeof native);
    void* memory = nullptr;
    auto done = between_processes("cudaIpcOpenMemHandle", [&] {
      return cudaIpcOpenMemHandle(&memory, native, cudaIpcMemLazyEnablePeerAccess);
    });
    if (!done) return done.error();
    return ImportedMemory(this, memory, bytes);
  }

  std::optional<Error> failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  // Every call of the runtime goes through here. The current device belongs to the thread.
  template <class Call>
  cudaError_t status_of(Call call) {
    cudaError_t status = cudaSetDevice(facts_.index);
    if (status == cudaSuccess) status = call();
    if (status != cudaSuccess)
      cudaGetLastError();  // a refusal must not be reported again by the next launch
    return status;
  }

  template <class Call>
  Result<void> on_card(const char* name, Call call) {
    if (auto failed = failure()) return *failed;
    const cudaError_t status = status_of(call);
    if (status == cudaSuccess) return {};
    if (status == cudaErrorMemoryAllocation)
      return Error{Errc::resource_exhausted, std::string(name) +
                                                 " found no memory; free memory on the card or "
                                                 "choose backend cpu"};
    if (recovers(status))
      return Error{Errc::invalid_argument, std::string(name) +
                                               " refused: " + cudaGetErrorString(status) +
                                               "; check the kernel configuration"};
    return lost(name, status);
  }

  // Sharing memory fails in many ways that say nothing about the card: the other process has ended,
  // containers see different processes, the system forbids it. A card that is lost fails the next
  // call as well.
  template <class Call>
  Result<void> between_processes(const char* name, Call call) {
    if (auto failed = failure()) return *failed;
    const cudaError_t status = status_of(call);
    if (status == cudaSuccess) return {};
    std::size_t free_bytes = 0, total_bytes = 0;
    const cudaError_t after = status_of([&] { return cudaMemGetInfo(&free_bytes, &total_bytes); });
    if (after != cudaSuccess) return lost(name, status);
    return Error{Errc::unavailable, std::string(name) + " refused: " + cudaGetErrorString(status) +
                                        "; take projections through the host"};
  }

  Error lost(const char* name, cudaError_t status) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = card_lost(facts_.uuid, name, cudaGetErrorString(status));
    return *failure_;
  }

  Error exhausted(const Error& error, const char* what, std::size_t bytes) {
    if (error.code != Errc::resource_exhausted) return error;
    const auto state = memory_state();
    return out_of_memory(what, bytes, state ? state->free_bytes : 0, facts_.total_bytes);
  }

  Result<void> move(const Stream& stream, void* to, const void* from, std::size_t bytes,
                    cudaMemcpyKind kind) {
    return on_card("cudaMemcpyAsync",
                   [&] { return cudaMemcpyAsync(to, from, bytes, kind, stream_of(stream)); });
  }
  Result<void> move_rows(const Stream& stream, void* to, std::size_t to_pitch, const void* from,
                         std::size_t from_pitch, std::size_t row_bytes, std::size_t rows,
                         cudaMemcpyKind kind) {
    return on_card("cudaMemcpy2DAsync", [&] {
      return cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, row_bytes, rows, kind,
                               stream_of(stream));
    });
  }

  Result<void> ask_for_shared(const void* code, std::size_t bytes) {
    if (bytes <= kSharedWithoutAsking) return {};
    const std::lock_guard lock(shared_mutex_);
    std::size_t& granted = shared_bytes_[code];
    if (bytes <= granted) return {};
    auto asked = on_card("cudaFuncSetAttribute", [&] {
      return cudaFuncSetAttribute(code, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(bytes));
    });
    if (asked) granted = bytes;
    return asked;
  }

  // What a lost card refuses to take back is gone with it: statuses are of no use here.
  void release(Owned kind, void* what, std::size_t) override {
    cudaSetDevice(facts_.index);
    switch (kind) {
      case Owned::memory: cudaFree(what); break;
      case Owned::pinned: cudaFreeHost(what); break;
      case Owned::imported: cudaIpcCloseMemHandle(what); break;
      case Owned::stream: cudaStreamDestroy(static_cast<cudaStream_t>(what)); break;
      case Owned::event: cudaEventDestroy(static_cast<cudaEvent_t>(what)); break;
      case Owned::texture: {
        const std::unique_ptr<CudaTexture> texture(static_cast<CudaTexture*>(what));
        cudaDestroyTextureObject(texture->object);
        cudaFreeArray(texture->array);
        break;
      }
    }
    cudaGetLastError();
  }

  const DeviceFacts facts_;
  int least_urgent_ = 0, most_urgent_ = 0;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  std::mutex shared_mutex_;
  std::map<const void*, std::size_t> shared_bytes_;
};

}  // namespace

Result<std::unique_ptr<Device>> make_cuda_device(const DeviceFacts& facts) {
  auto device = std::make_unique<CudaDevice>(facts);
  if (auto opened = device->open(); !opened) return opened.error();
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace slicecast::cuda
