#include "common/nn/graph/cudnn/library.h"

#include <dlfcn.h>

#include <array>
#include <utility>

namespace slicecast::nn::cudnn {
namespace {

constexpr std::size_t kLeastVersion = 90000, kTooNew = 100000;
constexpr int kOutOfMemory = 2;  // CUDA_ERROR_OUT_OF_MEMORY

Error no_cudnn(std::string why) {
  return {Errc::unavailable, "no cuDNN: " + std::move(why) + "; networks run on the CPU"};
}

// Never closed again: drivers are not made for that.
Result<void*> open_library(const std::string& name) {
  if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  const char* why = dlerror();
  return no_cudnn(why != nullptr ? why : name + " cannot be loaded");
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<void> find_driver_calls(void* library, DriverCalls& calls) {
#define SLICECAST_FIND(member, name, parameters) \
  if (!find(library, name, calls.member)) return no_cudnn("the driver has no " name);
  SLICECAST_CUDA_DRIVER_CALLS(SLICECAST_FIND)
#undef SLICECAST_FIND
  return {};
}

Result<void> find_cudnn_calls(void* library, CudnnCalls& calls) {
  if (!find(library, "cudnnGetVersion", calls.version) ||
      !find(library, "cudnnGetErrorString", calls.error_text))
    return no_cudnn("the library is none");
#define SLICECAST_FIND(member, name, parameters) \
  if (!find(library, name, calls.member)) return no_cudnn("the library has no " name);
  SLICECAST_CUDNN_CALLS(SLICECAST_FIND)
#undef SLICECAST_FIND
  return {};
}

}  // namespace

Result<std::shared_ptr<const Library>> Library::load(const std::string& cudnn,
                                                     const std::string& driver) {
  auto made = std::make_shared<Library>();
  const auto driver_library = open_library(driver);
  if (!driver_library) return driver_library.error();
  if (auto ok = find_driver_calls(*driver_library, made->driver_); !ok) return ok.error();
  int device = 0;
  std::array<char, 256> name{};
  const DriverCalls& calls = made->driver_;
  if (calls.init(0) != 0 || calls.device(&device, 0) != 0 ||
      calls.device_name(name.data(), static_cast<int>(name.size()) - 1, device) != 0 ||
      calls.retain(&made->context_, device) != 0)
    return no_cudnn("the driver finds no card that can be used");
  made->card_ = name.data();
  const auto cudnn_library = open_library(cudnn);
  if (!cudnn_library) return cudnn_library.error();
  if (auto ok = find_cudnn_calls(*cudnn_library, made->cudnn_); !ok) return ok.error();
  const std::size_t version = made->cudnn_.version();
  if (version < kLeastVersion || version >= kTooNew)
    return no_cudnn(cudnn + " has version " + std::to_string(version) + ", not 9.x");
  return std::shared_ptr<const Library>(std::move(made));
}

const Result<std::shared_ptr<const Library>>& Library::installed() {
  static const auto answer = load();
  return answer;
}

std::string Library::description() const {
  const std::size_t version = cudnn_.version();
  return "cudnn " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) +
         "." + std::to_string(version % 100) + " (" + card_ + ")";
}

Result<void> Library::make_current() const {
  if (const Status status = driver_.make_current(context_); status != 0)
    return failed_driver("cuCtxSetCurrent", status);
  return {};
}

Error Library::failed(const char* what, Status status) const {
  return {Errc::unsupported, std::string("cuDNN: ") + what + ": " + cudnn_.error_text(status) +
                                 "; choose the executor 'onednn'"};
}

Error Library::failed_driver(const char* what, Status status) const {
  if (status == kOutOfMemory)
    return {Errc::resource_exhausted,
            card_ +
                " has no memory for this network at this size; use a smaller image, or the "
                "executor 'onednn'"};
  return {Errc::unavailable, std::string(what) + " fails on " + card_ + " with code " +
                                 std::to_string(status) + "; choose the executor 'onednn'"};
}

}  // namespace slicecast::nn::cudnn
