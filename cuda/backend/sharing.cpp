#include "cuda/backend/sharing.h"

#include <algorithm>
#include <utility>

#include "cuda/process/shared_images.h"

namespace slicecast::cuda {
namespace {

// Of the card's memory for images on their way to other processes; the store needs the rest.
constexpr std::size_t kSharedShare = 8;

class SharingOfCard final : public recon::CardSharing {
 public:
  SharingOfCard(std::shared_ptr<Device> device, std::shared_ptr<ImageStore> images,
                std::function<void(const Error&)> failed)
      : identity_{device->facts().uuid, host_identity()},
        images_(std::move(images)),
        failed_(std::move(failed)),
        device_(device),
        shared_(device, std::min(device->facts().total_bytes / kSharedShare, kMostSharedBytes)),
        mapped_(device) {}

  CardIdentity identity() const override { return identity_; }
  std::shared_ptr<recon::SharedImage> take(int rows, int columns) const override {
    return shared_.take(rows, columns);
  }
  Result<recon::StoredImagePtr> store(const recon::CardPlace& place, recon::StoreType type,
                                      float scale) const override {
    const auto mapped = mapped_.find(place);
    if (!mapped) {
      if (auto lost = device_->failure()) failed_(*lost);
      return mapped.error();
    }
    auto image = images_->store_from_card(mapped->first_pixel, place.rows, place.columns,
                                          mapped->pitch, type, scale);
    if (image) return recon::StoredImagePtr(std::move(*image));
    failed_(image.error());
    return image.error();
  }

 private:
  const CardIdentity identity_;
  const std::shared_ptr<ImageStore> images_;
  const std::function<void(const Error&)> failed_;
  const std::shared_ptr<Device> device_;
  mutable SharedImages shared_;
  mutable MappedImages mapped_;
};

}  // namespace

std::unique_ptr<recon::CardSharing> make_card_sharing(std::shared_ptr<Device> device,
                                                      std::shared_ptr<ImageStore> images,
                                                      std::function<void(const Error&)> failed) {
  return std::make_unique<SharingOfCard>(std::move(device), std::move(images), std::move(failed));
}

}  // namespace slicecast::cuda
