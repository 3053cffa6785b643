// Filtered projections in a card's memory, and how they get there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/recon/backend.h"
#include "common/recon/kernel_config.h"
#include "cuda/backproject/image_pool.h"
#include "cuda/device/leases.h"

namespace slicecast::cuda {

class ImageStore;

class CardImage final : public recon::StoredImage {
 public:
  CardImage(std::shared_ptr<ImageStore> store, ImageMemory memory, float scale);
  ~CardImage() override;
  std::size_t bytes() const override { return image_bytes(memory_.shape); }
  // Brings the whole image back at the first call; 0 where the card cannot any more.
  float value(int row, int column) const override;
  const ImagePlace& place() const { return place_; }
  Layout layout() const { return memory_.shape.layout; }
  const ImageStore& store() const { return *store_; }
  const ImageMemory& memory() const { return memory_; }

 private:
  const std::shared_ptr<ImageStore> store_;
  ImageMemory memory_;
  const ImagePlace place_;
  mutable std::once_flag exported_once_;
  mutable std::vector<float> exported_;
};
using CardImagePtr = std::shared_ptr<const CardImage>;

// Images of one card. Every call is done when it returns. Thread-safe.
class ImageStore : public std::enable_shared_from_this<ImageStore> {
 public:
  // `card`: which of several it is.
  static Result<std::shared_ptr<ImageStore>> create(std::shared_ptr<Device> device,
                                                    recon::Sampling sampling, int card);

  // As recon::Backend's functions of these names.
  Result<CardImagePtr> store(ImageView<const float> filtered, recon::StoreType type, float scale,
                             std::atomic<std::uint64_t>* clipped);
  Result<CardImagePtr> store_half(ImageView<const std::uint16_t> bits, recon::StoreType type,
                                  float scale);
  Result<CardImagePtr> halve(const CardImage& image);
  // The same from numbers in this card's memory, `pitch` numbers from row to row: float values, or
  // half bits already divided by `scale`. They must be written before the call.
  Result<CardImagePtr> store_from_card(const float* filtered, int rows, int columns,
                                       std::int64_t pitch, recon::StoreType type, float scale,
                                       std::atomic<std::uint64_t>* clipped);
  Result<CardImagePtr> store_from_card(const std::uint16_t* bits, int rows, int columns,
                                       std::int64_t pitch, recon::StoreType type, float scale);
  Result<std::vector<float>> exported(const CardImage& image);

  Layout layout_for(recon::StoreType type, int rows, int columns) const;
  Device& device() const { return pool_.device(); }
  ImagePool& pool() { return pool_; }
  int card() const { return card_; }

 private:
  struct Lane {
    Stream stream;
    GrowingOnHost staged, count_here;
    GrowingOnCard source, plain, count;
  };
  ImageStore(std::shared_ptr<Device> device, recon::Sampling sampling, int card);
  Result<Lane> make_lane();
  template <class Number>
  Result<CardImagePtr> store_numbers(ImageView<const Number> numbers, recon::StoreType type,
                                     float scale, std::atomic<std::uint64_t>* clipped);
  template <class Number>
  Result<CardImagePtr> convert(Lane& lane, const Number* numbers, int rows, int columns,
                               std::int64_t pitch, recon::StoreType type, float scale,
                               std::atomic<std::uint64_t>* clipped);
  template <class Value, class Source>
  Result<void> fill(Lane& lane, const Source& source, const ImageMemory& memory);

  ImagePool pool_;
  const recon::Sampling sampling_;
  const int card_;
  Leases<Lane> lanes_;
};

}  // namespace slicecast::cuda
