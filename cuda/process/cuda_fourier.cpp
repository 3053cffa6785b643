// Fourier transforms by cuFFT, loaded at run time.
#include <cufft.h>
#include <dlfcn.h>

#include <array>
#include <string>
#include <utility>

#include "cuda/process/fourier.h"

namespace slicecast::cuda {
namespace {

struct Library {
  std::string missing;  // empty: all there
  decltype(&cufftPlanMany) plan_many = nullptr;
  decltype(&cufftSetStream) set_stream = nullptr;
  decltype(&cufftExecR2C) forward_real = nullptr;
  decltype(&cufftExecC2R) inverse_real = nullptr;
  decltype(&cufftExecC2C) transform = nullptr;
  decltype(&cufftDestroy) destroy = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function& function, std::string& missing) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) missing = name;
}

Library load() {
  Library l;
  const std::string name = "libcufft.so." + std::to_string(CUFFT_VER_MAJOR);
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    l.missing = why == nullptr ? name : why;
    return l;
  }
  find(library, "cufftPlanMany", l.plan_many, l.missing);
  find(library, "cufftSetStream", l.set_stream, l.missing);
  find(library, "cufftExecR2C", l.forward_real, l.missing);
  find(library, "cufftExecC2R", l.inverse_real, l.missing);
  find(library, "cufftExecC2C", l.transform, l.missing);
  find(library, "cufftDestroy", l.destroy, l.missing);
  return l;
}

const Library& library() {
  static const Library loaded = load();
  return loaded;
}

Result<void> checked(cufftResult result, const char* call) {
  if (result == CUFFT_SUCCESS) return {};
  const std::string what = std::string(call) + " failed with cufftResult " + std::to_string(result);
  if (result == CUFFT_ALLOC_FAILED)
    return Error{Errc::resource_exhausted,
                 what +
                     ": no memory on the card for its work area; free memory on the card or "
                     "choose backend cpu"};
  return Error{Errc::unavailable, what + "; see the driver's log (dmesg), or choose backend cpu"};
}

class Plan {
 public:
  static Result<Plan> make(std::array<int, 2> shape, int dimensions, cufftType type, int batch) {
    const Library& l = library();
    if (!l.missing.empty())
      return Error{Errc::unavailable,
                   "cuFFT cannot be loaded (" + l.missing +
                       "), which phase retrieval and rows of over 8192 samples need; install the "
                       "CUDA toolkit's cuFFT or choose backend cpu"};
    Plan plan;
    if (auto ok = checked(l.plan_many(&plan.handle_, dimensions, shape.data(), nullptr, 1, 0,
                                      nullptr, 1, 0, type, batch),
                          "cufftPlanMany");
        !ok)
      return ok.error();
    plan.made_ = true;
    return plan;
  }
  ~Plan() {
    if (made_) library().destroy(handle_);
  }
  Plan(Plan&& other) noexcept : handle_(other.handle_), made_(std::exchange(other.made_, false)) {}
  Plan& operator=(Plan&&) = delete;

  Result<cufftHandle> on(const Stream& stream) const {
    auto ok = checked(library().set_stream(handle_, static_cast<cudaStream_t>(stream.get())),
                      "cufftSetStream");
    if (!ok) return ok.error();
    return handle_;
  }

 private:
  Plan() = default;
  cufftHandle handle_ = 0;
  bool made_ = false;
};

class CuFftImage final : public ImageFourier {
 public:
  CuFftImage(Plan forward, Plan inverse)
      : forward_(std::move(forward)), inverse_(std::move(inverse)) {}
  Result<void> forward(const Stream& stream, const float* image, Float2* spectrum) override {
    auto plan = forward_.on(stream);
    if (!plan) return plan.error();
    // Transforms out of place leave their input alone, but cuFFT does not say so in its types.
    return checked(library().forward_real(*plan, const_cast<float*>(image),
                                          reinterpret_cast<cufftComplex*>(spectrum)),
                   "cufftExecR2C");
  }
  Result<void> inverse(const Stream& stream, Float2* spectrum, float* image) override {
    auto plan = inverse_.on(stream);
    if (!plan) return plan.error();
    return checked(library().inverse_real(*plan, reinterpret_cast<cufftComplex*>(spectrum), image),
                   "cufftExecC2R");
  }

 private:
  Plan forward_, inverse_;
};

class CuFftRows final : public RowFourier {
 public:
  explicit CuFftRows(Plan plan) : plan_(std::move(plan)) {}
  Result<void> transform(const Stream& stream, Float2* rows, bool inverse) override {
    auto plan = plan_.on(stream);
    if (!plan) return plan.error();
    auto* points = reinterpret_cast<cufftComplex*>(rows);
    return checked(
        library().transform(*plan, points, points, inverse ? CUFFT_INVERSE : CUFFT_FORWARD),
        "cufftExecC2C");
  }

 private:
  Plan plan_;
};

Result<std::unique_ptr<ImageFourier>> image_by_cufft(int rows, int columns) {
  auto forward = Plan::make({rows, columns}, 2, CUFFT_R2C, 1);
  if (!forward) return forward.error();
  auto inverse = Plan::make({rows, columns}, 2, CUFFT_C2R, 1);
  if (!inverse) return inverse.error();
  return std::unique_ptr<ImageFourier>(
      std::make_unique<CuFftImage>(*std::move(forward), *std::move(inverse)));
}

Result<std::unique_ptr<RowFourier>> rows_by_cufft(int rows, int length) {
  auto plan = Plan::make({length, 0}, 1, CUFFT_C2C, rows);
  if (!plan) return plan.error();
  return std::unique_ptr<RowFourier>(std::make_unique<CuFftRows>(*std::move(plan)));
}

const bool kRegistered = [] {
  CardFourier::image = image_by_cufft;
  CardFourier::rows = rows_by_cufft;
  return true;
}();

}  // namespace
}  // namespace slicecast::cuda
