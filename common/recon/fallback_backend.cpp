#include "common/recon/fallback_backend.h"

#include <utility>

#include "common/recon/cpu/backend.h"
#include "common/recon/safe_processor.h"

namespace slicecast::recon {

FallbackBackend::FallbackBackend(const Backend& first, const Backend& instead, Tell tell)
    : instead_(instead), tell_(std::move(tell)), current_(&first) {}

Result<std::unique_ptr<FallbackBackend>> FallbackBackend::create(const BackendRequest& request,
                                                                 Tell tell) {
  const Backend& cpu = **cpu_backend();
  const bool any = request.name == "auto";
  BackendRequest wanted = request;
  if (any) wanted.name = "cuda";
  const auto found = find_backend(wanted);
  if (found) return std::make_unique<FallbackBackend>(**found, cpu, std::move(tell));
  if (wanted.name != "cuda") return found.error();
  auto backend = std::make_unique<FallbackBackend>(cpu, cpu, std::move(tell));
  const std::string& why = found.error().message;
  // A program that was built without the module has nothing to fall back from.
  if (any && found.error().code == Errc::unsupported) {
    if (backend->tell_) backend->tell_({false, "computing on " + cpu.description() + ": " + why});
    return backend;
  }
  backend->give_up(cpu, why);
  return backend;
}

bool FallbackBackend::intact(const Backend& used) const {
  const auto failure = used.failure();
  if (!failure) return true;
  if (&used != &instead_) give_up(used, failure->message);
  return false;
}

void FallbackBackend::give_up(const Backend& used, const std::string& why) const {
  {
    // Under the lock, so that whoever is told "not intact" finds the other one in place.
    std::lock_guard lock(mutex_);
    if (current_.load() != &used) return;
    if (&used == &instead_ && !reason_.empty()) return;
    reason_ = why;
    current_.store(&instead_);
    ++fallbacks_;
  }
  if (tell_) tell_({true, "computing on " + instead_.description() + " instead of cuda: " + why});
}

std::string FallbackBackend::reason() const {
  std::lock_guard lock(mutex_);
  return reason_;
}

std::string FallbackBackend::description() const {
  const std::string why = reason();
  return current().description() + (why.empty() ? "" : "; not cuda: " + why);
}

StoredImagePtr FallbackBackend::store(ImageView<const float> filtered, StoreType type, float scale,
                                      std::atomic<std::uint64_t>* clipped) const {
  return current().store(filtered, type, scale, clipped);
}

StoredImagePtr FallbackBackend::store_half(ImageView<const std::uint16_t> bits, StoreType type,
                                           float scale) const {
  return current().store_half(bits, type, scale);
}

StoredImagePtr FallbackBackend::halve(const StoredImage& image) const {
  return current().halve(image);
}

std::unique_ptr<Backproject> FallbackBackend::make_backproject() const {
  return current().make_backproject();
}

Result<std::unique_ptr<Processor>> FallbackBackend::make_processor(const ProcessDesc& desc) const {
  return make_safe_processor(*this, desc);
}

}  // namespace slicecast::recon
