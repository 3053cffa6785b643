// What the projection store holds: immutable, reference-counted entries. A changed weight or matrix
// is a new entry that shares the pixels.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/geometry/matrix.h"
#include "common/recon/backend.h"

namespace slicecast::slice {

// Bytes of all stored images that are still referenced by anybody.
using StoreAccount = std::shared_ptr<std::atomic<std::size_t>>;

// A filtered projection and its mip levels (2x2 averages), made when first asked for. Thread-safe.
class Pyramid {
 public:
  static constexpr int kLevels = 6;

  Pyramid(const recon::Backend& backend, recon::StoredImagePtr base, StoreAccount account);
  ~Pyramid();
  Pyramid(const Pyramid&) = delete;
  Pyramid& operator=(const Pyramid&) = delete;

  // Level 0 is the projection itself. Asking beyond the level at which one side has a single pixel
  // gives that one. `used` is the level returned.
  recon::StoredImagePtr level(int wanted, int* used) const;
  std::size_t bytes() const;  // of all levels made so far

 private:
  const recon::Backend& backend_;
  StoreAccount account_;
  mutable std::mutex mutex_;
  mutable std::vector<recon::StoredImagePtr> levels_;
  mutable std::size_t bytes_ = 0;
};

struct Entry {
  std::uint64_t id = 0;
  double angle_rad = 0;  // unwrapped
  std::uint64_t epoch = 0;
  std::uint64_t geometry_revision = 0;
  std::int64_t acquired_ns = 0;
  geometry::Matrix34 matrix;  // for level 0
  float weight = 0;           // angular weight in radians times the laminography cosine
  std::shared_ptr<const Pyramid> pixels;
};
using EntryPtr = std::shared_ptr<const Entry>;

// Matrix of mip level `level`: u' = (u + 1/2)/2^level - 1/2, and the same for v.
geometry::Matrix34 level_matrix(const geometry::Matrix34& matrix, int level);

// The level whose pixel, projected to the axis, is as large as the slice's, never larger.
int mip_level(double slice_pixel_mm, double pixel_at_axis_mm);

}  // namespace slicecast::slice
