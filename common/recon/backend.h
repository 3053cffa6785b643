// What every compute backend offers. Callers hold abstract operations made from validated
// descriptors; adding a backend touches no caller.
//
// A backend that is not usable on this machine (no driver, no card) is a fact found at run time:
// `find_backend` says why. `reference` (plain double precision) and `cpu` are always there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/matrix.h"
#include "common/geometry/plane.h"
#include "common/recon/processing.h"

namespace slicecast::recon {

enum class StoreType : std::uint8_t { half_precision, single_precision };

// Filtered projection in the layout that the backend's gather wants. Immutable, shared by every
// slice that holds it; freed with the last reference. Value = stored number * scale.
class StoredImage {
 public:
  virtual ~StoredImage() = default;
  int rows() const { return rows_; }
  int columns() const { return columns_; }
  StoreType type() const { return type_; }
  float scale() const { return scale_; }
  virtual std::size_t bytes() const = 0;  // memory it occupies
  virtual float value(int row, int column) const = 0;  // slow; for tests and exports

 protected:
  StoredImage(int rows, int columns, StoreType type, float scale)
      : rows_(rows), columns_(columns), type_(type), scale_(scale) {}

 private:
  int rows_, columns_;
  StoreType type_;
  float scale_;
};
using StoredImagePtr = std::shared_ptr<const StoredImage>;

// One term of a backprojection sum. `weight` is signed: a difference refresh subtracts the entry it
// replaces under that entry's own matrix and weight. Adds weight * value(u, v) / w^2, bilinear,
// samples outside the detector count as 0.
struct Term {
  StoredImagePtr image;
  geometry::Matrix34 matrix;
  float weight = 0;
};

// Sums terms on a grid of points. Immutable after construction; any number of threads may call it.
class Backproject {
 public:
  virtual ~Backproject() = default;

  // Adds all terms onto rows [row_begin, row_end) of plane `plane` of `grid`. `out` is that plane's
  // image (grid.rows x grid.columns floats). One call is one tile: it runs on the calling thread
  // and is the grain of pre-emption. Points behind the source (w <= 0) receive nothing.
  virtual void accumulate(const geometry::PointGrid& grid, int plane, int row_begin, int row_end,
                          std::span<const Term> terms, ImageView<float> out) const = 0;

  // Rows of a tile that take about a millisecond for this grid and number of terms.
  virtual int tile_rows(const geometry::PointGrid& grid, std::size_t terms) const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  virtual std::string description() const = 0;  // e.g. "cpu (AVX3, 2 threads)"

  // Copies a filtered image into the store's layout. `scale` divides on the way in (a power of two;
  // half only, single keeps 1). Counts values that do not fit into `clipped`.
  virtual StoredImagePtr store(ImageView<const float> filtered, StoreType type, float scale,
                               std::atomic<std::uint64_t>* clipped) const = 0;
  // The same from half bits already divided by `scale`, as the bulk link carries them. With type
  // single the values are widened (scale multiplied in).
  virtual StoredImagePtr store_half(ImageView<const std::uint16_t> bits, StoreType type,
                                    float scale) const = 0;
  // 2x2 averages; odd last rows and columns are averaged over what there is. The matrix of the
  // result follows the binning rule: c' = (c - 1/2)/2.
  virtual StoredImagePtr halve(const StoredImage& image) const = 0;

  virtual std::unique_ptr<Backproject> make_backproject() const = 0;
  virtual Result<std::unique_ptr<Processor>> make_processor(const ProcessDesc& desc) const = 0;
};

// "auto", "cpu", "reference", later "cuda". The backend lives as long as the program.
Result<const Backend*> find_backend(std::string_view name);
std::vector<std::string> backend_names();
void register_backend(std::string name, int preference, Result<const Backend*> (*make)());

}  // namespace slicecast::recon
