// What every compute backend offers. Callers hold abstract operations made from validated
// descriptors; adding a backend touches no caller.
//
// A backend that is not usable on this machine (no driver, no card) is a fact found at run time:
// `find_backend` says why. `reference` (plain double precision) and `cpu` are always there.
//
// A device may be lost or run out of memory while it works. Operations have no error of their own
// for that: `Backend::failure()` is set before the call that met it returns, and stays. Who has
// called looks there before the result is used (backend_choice.h, safe_processor.h).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/matrix.h"
#include "common/geometry/plane.h"
#include "common/recon/card_sharing.h"
#include "common/recon/kernel_config.h"
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
  virtual std::size_t bytes() const = 0;               // memory it occupies
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

// Who waits for a call; a hint to backends that can let the one overtake the other.
enum class Urgency : std::uint8_t { demand, refresh, background };

// Part of a sum: rows [row_begin, row_end) of planes [plane_begin, plane_end) of a grid.
struct Piece {
  geometry::PointGrid grid;
  int plane_begin = 0, plane_end = 1;
  int row_begin = 0, row_end = 0;
  std::span<const Term> terms;
  float* out = nullptr;  // of the whole grid, [plane][row][column]
  bool fresh = false;    // those points of `out` hold nothing yet and are overwritten
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

  // Several pieces, of any grids, in one call; no point may be in two of them. Runs on the calling
  // thread or waits for a device.
  virtual void accumulate_batch(std::span<const Piece> pieces, Urgency urgency) const;

  // A piece that takes about a millisecond for this grid and number of terms.
  virtual int tile_rows(const geometry::PointGrid& grid, std::size_t terms) const = 0;
  // Planes of such a piece; more than one only of whole planes.
  virtual int tile_planes(const geometry::PointGrid&, std::size_t) const { return 1; }

  // Point updates (points times terms) that one call should hold where there are that many: few
  // enough that what is more urgent need not wait for it long. 0: one piece at a time is as good.
  virtual std::size_t updates_per_call() const { return 0; }
};

// One plane after the other, one piece after the other.
inline void Backproject::accumulate_batch(std::span<const Piece> pieces, Urgency) const {
  for (const Piece& piece : pieces) {
    const auto rows = static_cast<std::size_t>(piece.grid.rows);
    const auto columns = static_cast<std::size_t>(piece.grid.columns);
    for (int plane = piece.plane_begin; plane < piece.plane_end; ++plane) {
      float* out = piece.out + static_cast<std::size_t>(plane) * rows * columns;
      if (piece.fresh)
        std::fill(out + static_cast<std::size_t>(piece.row_begin) * columns,
                  out + static_cast<std::size_t>(piece.row_end) * columns, 0.0f);
      accumulate(piece.grid, plane, piece.row_begin, piece.row_end, piece.terms,
                 {out, piece.grid.rows, piece.grid.columns});
    }
  }
}

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  virtual std::string description() const = 0;  // e.g. "cpu (AVX3, 2 threads)"

  // Why this backend cannot be used any more: a device that is gone, or out of memory. Set for
  // good before the call returns that met it; of that call and of later ones nothing may be used
  // (images are null, `out` is as it was or half written). Thread-safe.
  virtual std::optional<Error> failure() const { return std::nullopt; }
  // Bytes of a device's own memory that stored images may take. 0: they are in the memory of this
  // process, like everything else.
  virtual std::size_t store_limit() const { return 0; }
  // How images pass to other processes on the same card; null: not at all.
  virtual const CardSharing* card_sharing() const { return nullptr; }

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

// What a program asks for. Backends live as long as the program; equal requests share one.
struct BackendRequest {
  std::string name = "auto";  // of backend_names()
  // Of cuda: index, or UUID or how it begins; several separated by commas, or "all". Empty: any.
  std::string device;
  KernelConfig kernels;
  friend bool operator==(const BackendRequest&, const BackendRequest&) = default;
};

// "auto" takes the first of cuda, cpu and reference that is usable. Errors: not_found for an
// unknown name or device, unavailable and resource_exhausted for what is not usable here, each with
// the reason and its remedy.
Result<const Backend*> find_backend(const BackendRequest& request);
Result<const Backend*> find_backend(std::string_view name);
std::vector<std::string> backend_names();  // "auto" and all others

}  // namespace slicecast::recon
