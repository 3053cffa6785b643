// Filtered projections passed between processes inside the memory of the card that both compute
// on: the one filters into a shared image, the other copies it into its own store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/card_identity.h"
#include "common/base/error.h"

namespace slicecast::recon {

class StoredImage;
enum class StoreType : std::uint8_t;

// Half-precision numbers in an allocation that another process may map.
struct CardPlace {
  std::string handle;  // of the allocation
  std::uint64_t allocation_bytes = 0;
  std::uint64_t offset_bytes = 0;  // of the first pixel
  std::uint64_t row_stride_bytes = 0;
  int rows = 0, columns = 0;
};

// One image; its memory may be used again when the last reference goes.
class SharedImage {
 public:
  virtual ~SharedImage() = default;
  virtual const CardPlace& place() const = 0;
  virtual void* first_pixel() const = 0;  // on the card
};

// What a backend on a card can do with other processes on it. Thread-safe.
class CardSharing {
 public:
  virtual ~CardSharing() = default;
  virtual CardIdentity identity() const = 0;
  // For Processor::filter_half. Null when all images that may be shared are in use, or the card
  // has failed.
  virtual std::shared_ptr<SharedImage> take(int rows, int columns) const = 0;
  // Copies what another process has put at `place`; done when it returns. Errors: malformed for a
  // place that leaves its allocation, and those of mapping it.
  virtual Result<std::shared_ptr<const StoredImage>> store(const CardPlace& place, StoreType type,
                                                           float scale) const = 0;
};

}  // namespace slicecast::recon
