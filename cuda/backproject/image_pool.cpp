#include "cuda/backproject/image_pool.h"

#include <algorithm>
#include <utility>

namespace slicecast::cuda {
namespace {

// A card keeps textures in blocks of 64 bytes by a power of two of rows. How many it does not tell;
// counted too large, the store stays a little smaller, counted too small, the card would be full.
std::size_t in_blocks(std::size_t length, std::size_t block) {
  return (length + block - 1) / block * block;
}

template <class Value>
std::size_t numbers_of(const ImageShape& shape) {
  switch (shape.layout) {
    case Layout::rows: return RowLayout<Value>::numbers_for(shape.rows, shape.columns);
    case Layout::quads: return QuadLayout<Value>::numbers_for(shape.rows, shape.columns);
    case Layout::texture: break;
  }
  const auto rows = static_cast<std::size_t>(shape.rows);
  const std::size_t block = rows > 64 ? 128 : rows > 32 ? 64 : 32;
  return in_blocks(rows, block) *
         in_blocks(static_cast<std::size_t>(shape.columns), 64 / sizeof(Value));
}

template <class Value>
int pitch_of(const ImageShape& shape) {
  switch (shape.layout) {
    case Layout::rows: return RowLayout<Value>::pitch_for(shape.columns);
    case Layout::quads: return QuadLayout<Value>::pitch_for(shape.columns);
    case Layout::texture: break;
  }
  return shape.columns;
}

}  // namespace

std::size_t image_bytes(const ImageShape& shape) {
  return shape.type == recon::StoreType::half_precision ? 2 * numbers_of<std::uint16_t>(shape)
                                                        : 4 * numbers_of<float>(shape);
}

Result<ImageMemory> ImagePool::make(const ImageShape& shape) {
  ImageMemory made;
  made.shape = shape;
  if (shape.layout == Layout::texture) {
    const Texel texel =
        shape.type == recon::StoreType::half_precision ? Texel::half : Texel::single;
    auto texture = device_->make_texture(shape.rows, shape.columns, texel);
    if (!texture) return texture.error();
    made.texture = std::move(*texture);
  } else {
    auto memory = device_->allocate(image_bytes(shape));
    if (!memory) return memory.error();
    made.memory = std::move(*memory);
  }
  return made;
}

Result<ImageMemory> ImagePool::take(const ImageShape& shape) {
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::ranges::find_if(idle_, [&](const ImageMemory& one) { return one.shape == shape; });
    if (found != idle_.end()) {
      ImageMemory taken = std::move(*found);
      idle_.erase(found);
      idle_bytes_ -= image_bytes(shape);
      return taken;
    }
  }
  auto made = make(shape);
  if (made || made.error().code != Errc::resource_exhausted) return made;
  std::deque<ImageMemory> given_up;
  {
    const std::lock_guard lock(mutex_);
    given_up.swap(idle_);
    idle_bytes_ = 0;
  }
  if (given_up.empty()) return made;
  given_up.clear();
  return make(shape);
}

void ImagePool::give_back(ImageMemory memory) {
  std::deque<ImageMemory> dropped;  // freed without the lock
  const std::lock_guard lock(mutex_);
  idle_bytes_ += image_bytes(memory.shape);
  idle_.push_back(std::move(memory));
  while (idle_bytes_ > most_idle_bytes_) {
    idle_bytes_ -= image_bytes(idle_.front().shape);
    dropped.push_back(std::move(idle_.front()));
    idle_.pop_front();
  }
}

ImagePlace ImagePool::place_of(const ImageMemory& memory) const {
  const ImageShape& shape = memory.shape;
  ImagePlace place;
  place.rows = shape.rows;
  place.columns = shape.columns;
  place.pitch = shape.type == recon::StoreType::half_precision ? pitch_of<std::uint16_t>(shape)
                                                               : pitch_of<float>(shape);
  place.pixels = shape.layout == Layout::texture
                     ? device_->handle_of(memory.texture)
                     : reinterpret_cast<std::uint64_t>(memory.memory.get());
  return place;
}

std::size_t ImagePool::idle_bytes() const {
  const std::lock_guard lock(mutex_);
  return idle_bytes_;
}

}  // namespace slicecast::cuda
