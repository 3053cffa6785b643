#include "common/recon/reference/backend.h"

#include "common/recon/reference/backproject.h"
#include "common/recon/reference/backproject_store.h"
#include "common/recon/reference/processor.h"

namespace slicecast::recon {
namespace {

class ReferenceBackend final : public Backend {
 public:
  std::string_view name() const override { return "reference"; }
  std::string description() const override { return "reference (double precision, one thread)"; }

  StoredImagePtr store(ImageView<const float> filtered, StoreType type, float scale,
                       std::atomic<std::uint64_t>* clipped) const override {
    return reference_store(filtered, type, scale, clipped);
  }
  StoredImagePtr store_half(ImageView<const std::uint16_t> bits, StoreType type,
                            float scale) const override {
    return reference_store_half(bits, type, scale);
  }
  StoredImagePtr halve(const StoredImage& image) const override { return reference_halve(image); }

  std::unique_ptr<Backproject> make_backproject() const override {
    return make_reference_backproject();
  }
  Result<std::unique_ptr<Processor>> make_processor(const ProcessDesc& desc) const override {
    return make_reference_processor(desc);
  }
};

}  // namespace

Result<const Backend*> reference_backend() {
  static const ReferenceBackend backend;
  return static_cast<const Backend*>(&backend);
}

}  // namespace slicecast::recon
