// Images in memory that other processes on this card may map, and theirs seen from here.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/recon/card_sharing.h"
#include "cuda/device/device.h"

namespace slicecast::cuda {

// What one program may share at most.
inline constexpr std::size_t kMostSharedBytes = std::size_t{4} << 30;

// Half-precision images for one process to fill and others to read. Taken from the card in chunks,
// so that a reader maps few allocations; chunks are kept until the program ends, because memory
// must not be freed while others map it. Thread-safe; images may outlive it.
class SharedImages {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{32} << 20;

  // At most `most_bytes`, in whole chunks.
  SharedImages(std::shared_ptr<Device> device, std::size_t most_bytes);
  // Null when all are in use, an image is larger than a chunk, or the card gives no more.
  std::shared_ptr<recon::SharedImage> take(int rows, int columns);

 private:
  struct Arena;
  const std::shared_ptr<Arena> arena_;
};

// Allocations of other processes, mapped when first named and kept for the next image. Thread-safe.
class MappedImages {
 public:
  explicit MappedImages(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  // First pixel of an image. Valid as long as `mapping`. malformed: it leaves its allocation.
  struct Mapped {
    std::shared_ptr<const ImportedMemory> mapping;
    const std::uint16_t* first_pixel = nullptr;
    std::int64_t pitch = 0;  // numbers from row to row
  };
  Result<Mapped> find(const recon::CardPlace& place);

 private:
  // Mappings kept; the one used longest ago goes first. All chunks of one writer and some of
  // another: mapping anew takes longer than copying.
  static constexpr std::size_t kMost = kMostSharedBytes / SharedImages::kChunkBytes + 32;
  struct Entry {
    std::string handle;
    std::shared_ptr<const ImportedMemory> mapping;
  };
  const std::shared_ptr<Device> device_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
};

}  // namespace slicecast::cuda
