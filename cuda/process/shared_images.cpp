#include "cuda/process/shared_images.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace slicecast::cuda {
namespace {

constexpr std::size_t kRowAlignment = 128;  // what one transaction of the card fetches
constexpr std::size_t kImageAlignment = 512;

std::size_t rounded(std::size_t bytes, std::size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

struct SharedImages::Arena {
  struct Chunk {
    DeviceMemory memory;
    std::string handle;
    std::size_t slot_bytes = 0;
    std::size_t slots = 0;
    std::vector<std::size_t> free;  // slots
  };

  Arena(std::shared_ptr<Device> card, std::size_t most_bytes)
      : device(std::move(card)), most_chunks(most_bytes / kChunkBytes) {}

  // A chunk with a free slot of that size; -1: none can be had.
  int chunk_for(std::size_t slot_bytes) {
    for (std::size_t i = 0; i < chunks.size(); ++i)
      if (chunks[i].slot_bytes == slot_bytes && !chunks[i].free.empty()) return static_cast<int>(i);
    for (std::size_t i = 0; i < chunks.size(); ++i)
      if (chunks[i].free.size() == chunks[i].slots) return cut(i, slot_bytes);
    if (refused || chunks.size() >= most_chunks) return -1;
    auto memory = device->allocate_shareable(kChunkBytes);
    if (!memory) return -1;
    auto handle = device->export_memory(*memory);
    if (!handle) {
      refused = true;
      return -1;
    }
    Chunk chunk;
    chunk.memory = std::move(*memory);
    chunk.handle.assign(reinterpret_cast<const char*>(handle->bytes.data()), handle->bytes.size());
    chunks.push_back(std::move(chunk));
    return cut(chunks.size() - 1, slot_bytes);
  }
  int cut(std::size_t index, std::size_t slot_bytes) {
    Chunk& chunk = chunks[index];
    chunk.slot_bytes = slot_bytes;
    chunk.slots = kChunkBytes / slot_bytes;
    chunk.free.resize(chunk.slots);
    for (std::size_t i = 0; i < chunk.slots; ++i) chunk.free[i] = chunk.slots - 1 - i;
    return static_cast<int>(index);
  }

  const std::shared_ptr<Device> device;
  const std::size_t most_chunks;
  std::mutex mutex;
  // Where memory cannot be shared it never can, and each attempt takes and gives back a chunk.
  bool refused = false;
  std::vector<Chunk> chunks;
};

SharedImages::SharedImages(std::shared_ptr<Device> device, std::size_t most_bytes)
    : arena_(std::make_shared<Arena>(std::move(device), most_bytes)) {}

std::shared_ptr<recon::SharedImage> SharedImages::take(int rows, int columns) {
  class Image final : public recon::SharedImage {
   public:
    Image(std::shared_ptr<Arena> arena, std::size_t chunk, std::size_t slot, recon::CardPlace place,
          void* first)
        : arena_(std::move(arena)),
          chunk_(chunk),
          slot_(slot),
          place_(std::move(place)),
          first_(first) {}
    ~Image() override {
      const std::lock_guard lock(arena_->mutex);
      arena_->chunks[chunk_].free.push_back(slot_);
    }
    const recon::CardPlace& place() const override { return place_; }
    void* first_pixel() const override { return first_; }

   private:
    const std::shared_ptr<Arena> arena_;
    const std::size_t chunk_, slot_;
    const recon::CardPlace place_;
    void* const first_;
  };

  if (rows <= 0 || columns <= 0 || arena_->device->failure()) return nullptr;
  recon::CardPlace place;
  place.row_stride_bytes =
      rounded(sizeof(std::uint16_t) * static_cast<std::size_t>(columns), kRowAlignment);
  const std::size_t bytes =
      rounded(place.row_stride_bytes * static_cast<std::size_t>(rows), kImageAlignment);
  if (bytes > kChunkBytes) return nullptr;
  std::lock_guard lock(arena_->mutex);
  const int index = arena_->chunk_for(bytes);
  if (index < 0) return nullptr;
  Arena::Chunk& chunk = arena_->chunks[static_cast<std::size_t>(index)];
  const std::size_t slot = chunk.free.back();
  chunk.free.pop_back();
  place.handle = chunk.handle;
  place.allocation_bytes = kChunkBytes;
  place.offset_bytes = slot * bytes;
  place.rows = rows;
  place.columns = columns;
  return std::make_shared<Image>(arena_, static_cast<std::size_t>(index), slot, place,
                                 chunk.memory.as<unsigned char>() + place.offset_bytes);
}

Result<MappedImages::Mapped> MappedImages::find(const recon::CardPlace& place) {
  // Sizes are bounded first, so that no product can wrap.
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;
  const std::uint64_t row_bytes = sizeof(std::uint16_t) * static_cast<std::uint64_t>(place.columns);
  IpcHandle handle;
  const bool fits =
      place.rows > 0 && place.columns > 0 && place.handle.size() == handle.bytes.size() &&
      place.allocation_bytes <= kMostBytes && place.offset_bytes <= place.allocation_bytes &&
      place.row_stride_bytes >= row_bytes && place.row_stride_bytes <= place.allocation_bytes &&
      place.row_stride_bytes % sizeof(std::uint16_t) == 0 &&
      place.offset_bytes % sizeof(std::uint16_t) == 0 && place.rows <= (1 << 20) &&
      place.row_stride_bytes * (static_cast<std::uint64_t>(place.rows) - 1) + row_bytes <=
          place.allocation_bytes - place.offset_bytes;
  if (!fits)
    return Error{Errc::malformed,
                 "the place of an image on the card leaves its allocation; both servers must be of "
                 "the same version"};
  std::memcpy(handle.bytes.data(), place.handle.data(), handle.bytes.size());
  const std::lock_guard lock(mutex_);
  auto entry = std::ranges::find(entries_, place.handle, &Entry::handle);
  if (entry == entries_.end()) {
    auto mapping = device_->import_memory(handle, place.allocation_bytes);
    if (!mapping) return mapping.error();
    entries_.push_front(
        {place.handle, std::make_shared<const ImportedMemory>(std::move(*mapping))});
    if (entries_.size() > kMost) entries_.pop_back();
  } else {
    entries_.splice(entries_.begin(), entries_, entry);
  }
  const auto& mapping = entries_.front().mapping;
  // The first to name an allocation told its size; who names it larger reads beyond it.
  if (place.allocation_bytes > mapping->bytes())
    return Error{Errc::malformed,
                 "the place of an image on the card names its allocation larger than before; both "
                 "servers must be of the same version"};
  return Mapped{mapping,
                reinterpret_cast<const std::uint16_t*>(mapping->as<const unsigned char>() +
                                                       place.offset_bytes),
                static_cast<std::int64_t>(place.row_stride_bytes / sizeof(std::uint16_t))};
}

}  // namespace slicecast::cuda
