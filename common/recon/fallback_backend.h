// The backend that a process computes with, and cpu instead where that one cannot be used: no
// driver, no card, too little memory, or a card that is lost while it works. The change is for
// good, told in one line, and counted.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/recon/backend.h"

namespace slicecast::recon {

// As a backend it is whatever current() is. Its processors outlive a lost device: a frame that the
// device did not finish is processed again by cpu. Stored images and backprojections do not: who
// keeps images asks intact() after each use, and makes them again when it says no. Thread-safe.
class FallbackBackend : public Backend {
 public:
  struct Notice {
    bool fallback = true;  // false: nothing to fall back from, as the module was never built
    std::string line;
  };
  using Tell = std::function<void(const Notice&)>;  // on the thread that met the failure

  // What `request` asks for, else cpu. Refuses an unknown name. A module that was never built is
  // told, but counts only where it was asked for by name.
  static Result<std::unique_ptr<FallbackBackend>> create(const BackendRequest& request, Tell tell);
  // `first` as long as it works, then `instead`.
  FallbackBackend(const Backend& first, const Backend& instead, Tell tell);

  const Backend& current() const { return *current_.load(); }
  // False when `used` has failed, so that what it returned last must not be used; current() is
  // another one then.
  bool intact(const Backend& used) const;
  // The same for a backend that says itself that it cannot do what it should: `why`.
  void give_up(const Backend& used, const std::string& why) const;
  std::uint64_t fallbacks() const { return fallbacks_.load(); }
  std::string reason() const;  // of the last change; empty: none

  std::string_view name() const override { return current().name(); }
  std::string description() const override;  // "cpu (AVX3); not cuda: no driver ..."
  std::size_t store_limit() const override { return current().store_limit(); }
  const CardSharing* card_sharing() const override { return current().card_sharing(); }
  StoredImagePtr store(ImageView<const float> filtered, StoreType type, float scale,
                       std::atomic<std::uint64_t>* clipped) const override;
  StoredImagePtr store_half(ImageView<const std::uint16_t> bits, StoreType type,
                            float scale) const override;
  StoredImagePtr halve(const StoredImage& image) const override;
  std::unique_ptr<Backproject> make_backproject() const override;
  // The processor refers to this backend.
  Result<std::unique_ptr<Processor>> make_processor(const ProcessDesc& desc) const override;

 private:
  const Backend& instead_;
  const Tell tell_;
  mutable std::atomic<const Backend*> current_;
  mutable std::atomic<std::uint64_t> fallbacks_{0};
  mutable std::mutex mutex_;
  mutable std::string reason_;
};

}  // namespace slicecast::recon
