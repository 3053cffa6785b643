#include "cuda/backend/backend.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "cuda/backend/sharing.h"
#include "cuda/backproject/backproject.h"
#include "cuda/backproject/card_image.h"
#include "cuda/device/device_errors.h"
#include "cuda/process/processor.h"

namespace slicecast::cuda {
namespace {

// Below this there is no room for a window of projections worth having.
constexpr std::size_t kLeastFreeBytes = std::size_t{128} << 20;
// Of what is free at the start: sums, tables and frames on their way need the rest.
constexpr double kStoreShare = 0.8;

class CardBackend final : public recon::Backend {
 public:
  CardBackend(std::vector<std::shared_ptr<Device>> devices, const recon::CudaKernels& kernels)
      : devices_(std::move(devices)), cards_(std::make_shared<Cards>()) {
    cards_->kernels = kernels;
    cards_->failed = [this](const Error& error) { fail(error); };
    cards_->usable = [this] { return !failed_.load(); };
  }

  Result<void> open() {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      const DeviceFacts& facts = devices_[i]->facts();
      const recon::KernelLimits limits{.device = facts.name,
                                       .threads_per_block = facts.threads_per_block,
                                       .shared_bytes_per_block = facts.shared_bytes_per_block};
      if (auto fits = recon::validate(cards_->kernels, limits); !fits) return fits;
      const auto memory = devices_[i]->memory_state();
      if (!memory) return memory.error();
      if (memory->free_bytes < kLeastFreeBytes)
        return out_of_memory("card", kLeastFreeBytes, memory->free_bytes, memory->total_bytes);
      store_limit_ +=
          static_cast<std::size_t>(kStoreShare * static_cast<double>(memory->free_bytes));
      auto store = ImageStore::create(devices_[i], cards_->kernels.sampling, static_cast<int>(i));
      if (!store) return store.error();
      cards_->stores.push_back(std::move(*store));
    }
    // Images of several cards are dealt among them, which an image that lies on one of them is not.
    if (devices_.size() == 1)
      sharing_ = make_card_sharing(devices_.front(), cards_->stores.front(),
                                   [this](const Error& error) { fail(error); });
    return {};
  }

  std::string_view name() const override { return "cuda"; }
  std::string description() const override {
    std::string text;
    for (const auto& device : devices_) {
      const DeviceFacts& facts = device->facts();
      text += (text.empty() ? "cuda (" : "; ") + facts.name + ", sm_" +
              std::to_string(10 * facts.compute_major + facts.compute_minor) + ", " +
              std::to_string(facts.total_bytes >> 20) + " MiB";
    }
    return text + ")";
  }
  std::optional<Error> failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  std::size_t store_limit() const override { return store_limit_; }
  const recon::CardSharing* card_sharing() const override {
    return failed_.load() ? nullptr : sharing_.get();
  }

  recon::StoredImagePtr store(ImageView<const float> filtered, recon::StoreType type, float scale,
                              std::atomic<std::uint64_t>* clipped) const override {
    if (failed_.load()) return nullptr;
    return intact(next_store().store(filtered, type, scale, clipped));
  }
  recon::StoredImagePtr store_half(ImageView<const std::uint16_t> bits, recon::StoreType type,
                                   float scale) const override {
    if (failed_.load()) return nullptr;
    return intact(next_store().store_half(bits, type, scale));
  }
  recon::StoredImagePtr halve(const recon::StoredImage& image) const override {
    if (failed_.load()) return nullptr;
    const auto& larger = static_cast<const CardImage&>(image);
    return intact(cards_->stores[static_cast<std::size_t>(larger.store().card())]->halve(larger));
  }

  std::unique_ptr<recon::Backproject> make_backproject() const override {
    return make_card_backproject(cards_);
  }
  Result<std::unique_ptr<recon::Processor>> make_processor(
      const recon::ProcessDesc& desc) const override {
    if (auto error = failure()) return *error;
    auto processor =
        make_card_processor(devices_.front(), desc, [this](const Error& error) { fail(error); });
    if (!processor) return processor.error();
    return std::unique_ptr<recon::Processor>(std::move(*processor));
  }

 private:
  void fail(const Error& error) const {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
    failed_ = true;
  }
  recon::StoredImagePtr intact(Result<CardImagePtr> image) const {
    if (image) return std::move(*image);
    fail(image.error());
    return nullptr;
  }
  ImageStore& next_store() const { return *cards_->stores[turn_++ % cards_->stores.size()]; }

  const std::vector<std::shared_ptr<Device>> devices_;
  const std::shared_ptr<Cards> cards_;
  std::size_t store_limit_ = 0;
  std::unique_ptr<recon::CardSharing> sharing_;
  mutable std::atomic<std::size_t> turn_{0};
  mutable std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  mutable std::optional<Error> failure_;
};

}  // namespace

Result<std::unique_ptr<recon::Backend>> make_card_backend(
    std::vector<std::shared_ptr<Device>> devices, const recon::CudaKernels& kernels) {
  if (devices.empty()) return no_card();
  auto backend = std::make_unique<CardBackend>(std::move(devices), kernels);
  if (auto opened = backend->open(); !opened) return opened.error();
  return std::unique_ptr<recon::Backend>(std::move(backend));
}

Result<std::vector<std::string>> cards_named(std::string_view which, int cards) {
  std::vector<std::string> names;
  if (which == "all") {
    for (int i = 0; i < cards; ++i) names.push_back(std::to_string(i));
    return names;
  }
  if (which.empty()) return std::vector<std::string>{""};
  for (std::size_t at = 0; at <= which.size();) {
    const std::size_t end = std::min(which.find(',', at), which.size());
    std::string name(which.substr(at, end - at));
    if (name.empty() || std::ranges::find(names, name) != names.end())
      return no_such_card(which, cards);
    names.push_back(std::move(name));
    at = end + 1;
  }
  return names;
}

}  // namespace slicecast::cuda
