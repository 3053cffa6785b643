#include "common/recon/cpu/backend.h"

#include <tbb/info.h>

#include "common/recon/cpu/backproject.h"
#include "common/recon/cpu/processor.h"
#include "common/recon/cpu/stored_image.h"
#include "common/recon/cpu/targets.h"

namespace slicecast::recon {
namespace {

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const CpuKernels& kernels) : kernels_(kernels) {}
  std::string_view name() const override { return "cpu"; }
  std::string description() const override {
    return "cpu (" + std::string(active_simd_target()) + ")";
  }

  StoredImagePtr store(ImageView<const float> filtered, StoreType type, float scale,
                       std::atomic<std::uint64_t>* clipped) const override {
    return CpuImage::from_float(filtered, type, scale, clipped);
  }
  StoredImagePtr store_half(ImageView<const std::uint16_t> bits, StoreType type,
                            float scale) const override {
    return CpuImage::from_half(bits, type, scale);
  }
  StoredImagePtr halve(const StoredImage& image) const override {
    return CpuImage::halved(static_cast<const CpuImage&>(image));
  }

  std::unique_ptr<Backproject> make_backproject() const override {
    return make_cpu_backproject(kernels_);
  }
  Result<std::unique_ptr<Processor>> make_processor(const ProcessDesc& desc) const override {
    return make_cpu_processor(desc);
  }

 private:
  const CpuKernels kernels_;
};

}  // namespace

Result<const Backend*> cpu_backend() {
  static const CpuBackend backend{CpuKernels{}};
  return static_cast<const Backend*>(&backend);
}

Result<const Backend*> cpu_backend(const CpuKernels& kernels) {
  KernelConfig config;
  config.cpu = kernels;
  if (auto valid = validate(config); !valid) return valid.error();
  return static_cast<const Backend*>(new CpuBackend(kernels));
}

}  // namespace slicecast::recon
