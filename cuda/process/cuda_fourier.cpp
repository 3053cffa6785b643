// Fourier transforms by cuFFT, loaded at run time.
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <array>
#include <string>
#include <utility>

#include "cuda/process/cufft_calls.h"
#include "cuda/process/fourier.h"

namespace slicecast::cuda {
namespace {

struct Library {
  std::string missing;  // empty: all there
  cufft::PlanMany* plan_many = nullptr;
  cufft::SetStream* set_stream = nullptr;
  cufft::RealToComplex* forward_real = nullptr;
  cufft::ComplexToReal* inverse_real = nullptr;
  cufft::ComplexToComplex* transform = nullptr;
  cufft::Destroy* destroy = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function*& function, std::string& missing) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) missing = name;
}

// Where the loader looks, which is told of the toolkit that this was built with, and where toolkits
// usually are.
void* open_library() {
  for (const std::string& folder : {std::string(), std::string("/usr/local/cuda/lib64/")})
    if (void* library = dlopen((folder + cufft::kLibrary).c_str(), RTLD_NOW | RTLD_LOCAL))
      return library;
  return nullptr;
}

Library load() {
  Library l;
  void* const library = open_library();
  if (library == nullptr) {
    l.missing = std::string(cufft::kLibrary) + " is not where the loader looks";
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

Result<void> checked(cufft::Outcome outcome, const char* call) {
  if (outcome == cufft::kDone) return {};
  const std::string what =
      std::string(call) + " failed with cufftResult " + std::to_string(outcome);
  if (outcome == cufft::kNoMemory)
    return Error{Errc::resource_exhausted,
                 what +
                     ": no memory on the card for its work area; free memory on the card or "
                     "choose backend cpu"};
  return Error{Errc::unavailable, what + "; see the driver's log (dmesg), or choose backend cpu"};
}

// A plan belongs to the card that was the thread's when it was made.
class Plan {
 public:
  static Result<Plan> make(int card, std::array<int, 2> shape, int dimensions, cufft::Kind kind,
                           int batch) {
    const Library& l = library();
    if (!l.missing.empty())
      return Error{Errc::unavailable,
                   "cuFFT cannot be loaded (" + l.missing +
                       "), which phase retrieval and rows of over 8192 samples need; put the CUDA "
                       "toolkit's cuFFT on LD_LIBRARY_PATH or choose backend cpu"};
    Plan plan(card);
    plan.select_card();
    if (auto ok = checked(l.plan_many(&plan.plan_, dimensions, shape.data(), nullptr, 1, 0, nullptr,
                                      1, 0, kind, batch),
                          "cufftPlanMany");
        !ok)
      return ok.error();
    plan.made_ = true;
    return plan;
  }
  ~Plan() {
    if (!made_) return;
    select_card();
    library().destroy(plan_);
  }
  Plan(Plan&& other) noexcept
      : card_(other.card_), plan_(other.plan_), made_(std::exchange(other.made_, false)) {}
  Plan& operator=(Plan&&) = delete;

  Result<cufft::Plan> on(const Stream& stream) const {
    select_card();
    if (auto ok = checked(library().set_stream(plan_, stream.get()), "cufftSetStream"); !ok)
      return ok.error();
    return plan_;
  }

 private:
  explicit Plan(int card) : card_(card) {}
  // What that refuses, the call of cuFFT that follows refuses.
  void select_card() const { static_cast<void>(cudaSetDevice(card_)); }

  int card_;
  cufft::Plan plan_ = 0;
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
    return checked(library().forward_real(*plan, const_cast<float*>(image), spectrum),
                   "cufftExecR2C");
  }
  Result<void> inverse(const Stream& stream, Float2* spectrum, float* image) override {
    auto plan = inverse_.on(stream);
    if (!plan) return plan.error();
    return checked(library().inverse_real(*plan, spectrum, image), "cufftExecC2R");
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
    return checked(
        library().transform(*plan, rows, rows, inverse ? cufft::kInverse : cufft::kForward),
        "cufftExecC2C");
  }

 private:
  Plan plan_;
};

Result<std::unique_ptr<ImageFourier>> image_by_cufft(int card, int rows, int columns) {
  auto forward = Plan::make(card, {rows, columns}, 2, cufft::Kind::real_to_complex, 1);
  if (!forward) return forward.error();
  auto inverse = Plan::make(card, {rows, columns}, 2, cufft::Kind::complex_to_real, 1);
  if (!inverse) return inverse.error();
  return std::unique_ptr<ImageFourier>(
      std::make_unique<CuFftImage>(*std::move(forward), *std::move(inverse)));
}

Result<std::unique_ptr<RowFourier>> rows_by_cufft(int card, int rows, int length) {
  auto plan = Plan::make(card, {length, 0}, 1, cufft::Kind::complex_to_complex, rows);
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
