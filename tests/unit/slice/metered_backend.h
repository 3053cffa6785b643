// A backend for tests of who computes when: one row a call, and every call takes a millisecond of a
// clock of its own. It makes no images worth looking at.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "common/recon/backend.h"

namespace slicecast::slice::testing {

inline std::atomic<std::int64_t> metered_now_ns{1};
inline std::int64_t metered_clock() {
  return metered_now_ns;
}

struct MeteredCall {
  int rows = 0, planes = 0;  // of the whole grid: they tell the targets of a test apart
};

class MeteredBackend final : public recon::Backend {
 public:
  static constexpr std::int64_t kCallNs = 1'000'000;

  // Once per call, on the worker, no lock of the engine held. Set before there is an engine.
  std::function<void(MeteredCall)> in_call;

  std::string_view name() const override { return "metered"; }
  std::string description() const override { return "metered"; }
  recon::StoredImagePtr store(ImageView<const float> filtered, recon::StoreType type, float scale,
                              std::atomic<std::uint64_t>* clipped) const override {
    return cpu_.store(filtered, type, scale, clipped);
  }
  recon::StoredImagePtr store_half(ImageView<const std::uint16_t> bits, recon::StoreType type,
                                   float scale) const override {
    return cpu_.store_half(bits, type, scale);
  }
  recon::StoredImagePtr halve(const recon::StoredImage& image) const override {
    return cpu_.halve(image);
  }
  std::unique_ptr<recon::Backproject> make_backproject() const override {
    return std::make_unique<Metered>(*this);
  }
  Result<std::unique_ptr<recon::Processor>> make_processor(
      const recon::ProcessDesc& desc) const override {
    return cpu_.make_processor(desc);
  }

 private:
  class Metered final : public recon::Backproject {
   public:
    explicit Metered(const MeteredBackend& backend) : backend_(backend) {}
    void accumulate(const geometry::PointGrid& grid, int, int, int, std::span<const recon::Term>,
                    ImageView<float>) const override {
      metered_now_ns += kCallNs;
      backend_.in_call({grid.rows, grid.planes});
    }
    int tile_rows(const geometry::PointGrid&, std::size_t) const override { return 1; }

   private:
    const MeteredBackend& backend_;
  };

  const recon::Backend& cpu_ = **recon::find_backend("cpu");
};

}  // namespace slicecast::slice::testing
