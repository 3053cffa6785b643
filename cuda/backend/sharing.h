// recon::CardSharing of one card.
#pragma once

#include <functional>
#include <memory>

#include "common/recon/card_sharing.h"
#include "cuda/backproject/card_image.h"
#include "cuda/device/device.h"

namespace slicecast::cuda {

// `failed` is told why the card could not store an image that it could map. What cannot be mapped
// is no failure of the card: the other process may have ended.
std::unique_ptr<recon::CardSharing> make_card_sharing(std::shared_ptr<Device> device,
                                                      std::shared_ptr<ImageStore> images,
                                                      std::function<void(const Error&)> failed);

}  // namespace slicecast::cuda
