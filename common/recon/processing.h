// From a raw frame to a filtered projection: everything that depends on pixel values.
//
// A ProcessDesc is one *epoch*: its parameters, its geometry (through weights and ramp) and its
// dark, flat and ring images. Order of the steps (design section 5): transpose/flip, dark/flat
// (air-region normalisation on request), bad pixels and gaps interpolated, zingers, Paganin, -log
// with clamping, binning (averages of line integrals) within the region of interest, removal of a
// large detector roll, ring correction, row widening, cosine and redundancy weights, ramp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::recon {

enum class RampFilter : std::uint8_t { ram_lak, shepp_logan, cosine, hamming, hann, table, none };
enum class Padding : std::uint8_t { automatic, zero, edge_taper };
// Which angles one window covers, hence which redundancy weight a ray gets:
//   half_turn (parallel, pi): 1;  full_turn (2 pi): 1/2;  short_scan (pi + fan): Parker;
//   offset_axis (2 pi, axis near one edge): overlap weights w(t) + w(-t) = 1.
// The slice server then sums (angular weight) * value / w^2 in every case.
enum class Coverage : std::uint8_t { half_turn, full_turn, short_scan, offset_axis };

struct Rectangle {
  int row = 0, column = 0, rows = 0, columns = 0;  // rows == 0: the whole detector
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

struct PaganinParameters {
  double energy_kev = 0;
  double distance_mm = 0;  // propagation distance sample-detector (cone: R2)
  double delta_beta = 0;   // 0: off
  friend bool operator==(const PaganinParameters&, const PaganinParameters&) = default;
};

// Everything a user may change live; each change starts a new epoch.
struct PixelParameters {
  bool already_linear = false;  // frames are line integrals: no dark, flat or log
  double incident_counts = 0;   // I0 for frames without flats; 0: unknown
  Rectangle
      air;  // each frame is scaled so that this region's mean transmission is 1; rows == 0: off
  double minimum_transmission = 1e-6;  // clamp before the log; clamped pixels are counted
  // Pixels whose flat-dark lies below this fraction of its median are bad. Those at or below zero
  // are bad even with 0, as no transmission exists there.
  double bad_pixel_threshold = 0;
  double zinger_threshold =
      0;  // 0: off. Brighter than the 3x3 median by this fraction: replaced by it
  PaganinParameters paganin;
  bool ring_correction = false;  // subtract ProcessDesc::ring (made per window)
  int binning = 1;
  Rectangle region;  // in unbinned upright pixels; what does not fill a bin at its end is dropped
  RampFilter filter = RampFilter::ram_lak;
  double filter_cutoff = 1;  // fraction of the Nyquist frequency
  // Factor on the ramp at equally spaced frequencies from 0 to Nyquist, linear in between.
  std::vector<double> filter_table;
  Padding padding = Padding::automatic;  // automatic: decided per frame, see ProcessCounts
  friend bool operator==(const PixelParameters&, const PixelParameters&) = default;
};

using FloatImage = std::vector<float>;  // row-major

struct ProcessDesc {
  geometry::ScanGeometry geometry;
  PixelParameters parameters;
  Coverage coverage = Coverage::half_turn;
  double arc_start_rad =
      0;  // short_scan: smallest angle of the group (Parker weights depend on it)
  PixelType pixel_type = PixelType::u16;
  // Upright (after transpose and flip), unbinned; empty: none. `bad` marks pixels (1) to
  // interpolate.
  std::shared_ptr<const FloatImage> dark;
  std::shared_ptr<const FloatImage> flat;
  std::shared_ptr<const std::vector<std::uint8_t>> bad;
  // Ring profile image subtracted from the line integrals: line_rows x line_columns.
  std::shared_ptr<const FloatImage> ring;
  // The same bits in every run: transforms are planned without timing trials, which may choose
  // otherwise each time.
  bool repeatable = false;
};

// Shape of a processed projection and the map from upright raw pixels to its pixels:
// u' = scale u + shift_u, v' = scale v + shift_v. Apply with geometry::with_pixel_map.
struct ProcessedLayout {
  int rows = 0, columns = 0;
  double scale = 1, shift_u = 0, shift_v = 0;
  int line_rows = 0, line_columns = 0;  // of line_integrals(), i.e. before row widening
  bool edge_tapered = false;            // Padding::edge_taper: absolute values are then uncertain
  bool roll_removed = false;            // rows were straightened; see processed_geometry
};
Result<ProcessedLayout> processed_layout(const ProcessDesc& desc);

// The geometry whose matrices fit processed frames before the layout's pixel map: `g` itself or,
// where rows are straightened (|roll| above 1 degree, no pitch, no measured vectors), `g` without
// its roll and with the axis column of the straightened detector.
geometry::ScanGeometry processed_geometry(const geometry::ScanGeometry& g);
bool removes_roll(const geometry::ScanGeometry& g);

// The first contradiction in a descriptor, with its remedy (Paganin without pixel size, ...).
Result<void> validate(const ProcessDesc& desc);
// What of it concerns the parameters alone.
Result<void> validate(const PixelParameters& parameters);

struct ProcessCounts {  // of one frame; summed into the ledger's pixel counters
  std::uint64_t clamped = 0, zingers = 0, interpolated = 0;  // pixels within the region
  bool edge_tapered = false;  // this frame was continued beyond its edges
  ProcessCounts& operator+=(const ProcessCounts& other);
};

class SharedImage;  // card_sharing.h

// Immutable after construction; any number of threads may process different frames. With TBB the
// cpu backend also spreads the rows of one frame over the calling thread's arena.
class Processor {
 public:
  virtual ~Processor() = default;
  virtual const ProcessedLayout& layout() const = 0;

  // `raw`: upright-before-flip detector frame, rows x columns of desc.pixel_type, densely packed.
  // `out`: layout().rows x layout().columns.
  virtual ProcessCounts filter(const void* raw, double angle_rad, ImageView<float> out) const = 0;

  // The same up to and including binning, region and ring (no weights, no ramp): what ring
  // estimation, the axis search and the thumbnails read. rows x columns before row widening.
  virtual ProcessCounts line_integrals(const void* raw, ImageView<float> out) const = 0;
  virtual int line_rows() const = 0;
  virtual int line_columns() const = 0;

  // filter(), divided by `scale` and rounded to half precision on the device, into host memory and,
  // when given, into an image of layout() that is shared with other processes. Null: not here, use
  // filter(). Values that do not fit become the largest half, those not finite 0; both `clipped`.
  struct HalfFrame {
    ProcessCounts counts;
    std::uint64_t clipped = 0;
  };
  virtual std::optional<HalfFrame> filter_half(const void* raw, double angle_rad, float scale,
                                               ImageView<std::uint16_t> out,
                                               SharedImage* shared) const;
};

// Mean of dark or flat frames, transposed and flipped upright, as ProcessDesc wants it.
class FrameMean {
 public:
  explicit FrameMean(const geometry::ScanGeometry& geometry);
  void add(const void* raw, PixelType type);
  int count() const { return count_; }
  std::shared_ptr<const FloatImage> mean() const;  // null when empty
  void clear();

 private:
  geometry::ScanGeometry geometry_;
  std::vector<double> sum_;
  int count_ = 0;
};

// Ring profile of one window: mean of the line integrals minus its smoothed self, per row.
// (Rows are independent; box of `width` columns applied twice, edge values repeated.) `subtracted`
// is the profile that the line integrals have already lost (ProcessDesc::ring), null: none; it is
// added back, so that profile() always replaces the profile before it.
class RingEstimate {
 public:
  RingEstimate(int rows, int columns, int width = 15,
               std::shared_ptr<const FloatImage> subtracted = nullptr);
  void add(ImageView<const float> line_integrals);
  int count() const { return count_; }
  std::shared_ptr<const FloatImage> profile() const;  // null when empty

 private:
  int rows_, columns_, width_;
  int count_ = 0;
  std::shared_ptr<const FloatImage> subtracted_;
  std::vector<double> sum_;
};

}  // namespace slicecast::recon
