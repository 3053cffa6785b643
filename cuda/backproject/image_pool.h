// Memory of stored images, given again to the next image of the same shape: a window of projections
// turns over all the time, and taking memory from a card stops it. Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "common/recon/backend.h"
#include "cuda/device/device.h"
#include "cuda/kernels/image_layout.h"

namespace slicecast::cuda {

struct ImageShape {
  Layout layout = Layout::rows;
  recon::StoreType type = recon::StoreType::half_precision;
  int rows = 0, columns = 0;
  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};
std::size_t image_bytes(const ImageShape& shape);

// One image's memory: a texture or plain memory.
struct ImageMemory {
  ImageShape shape;
  DeviceMemory memory;
  Texture texture;
};

class ImagePool {
 public:
  // At most `idle_bytes` wait for the next taker; the oldest goes first.
  ImagePool(std::shared_ptr<Device> device, std::size_t idle_bytes)
      : device_(std::move(device)), most_idle_bytes_(idle_bytes) {}

  // Contents undefined. Before it reports that the card is full it gives up what is idle.
  Result<ImageMemory> take(const ImageShape& shape);
  // Nothing on the card may still read it.
  void give_back(ImageMemory memory);
  ImagePlace place_of(const ImageMemory& memory) const;
  std::size_t idle_bytes() const;
  Device& device() const { return *device_; }

 private:
  Result<ImageMemory> make(const ImageShape& shape);

  const std::shared_ptr<Device> device_;
  const std::size_t most_idle_bytes_;
  mutable std::mutex mutex_;
  std::deque<ImageMemory> idle_;
  std::size_t idle_bytes_ = 0;
};

}  // namespace slicecast::cuda
