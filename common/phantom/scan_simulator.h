// A simulated scan: raw frames as the detector of a ScanGeometry sends them, that is *before*
// transpose and flips (rows x columns of the geometry). Frames are pure functions of
// (phantom, geometry, noise, seed, id, angle, time): any order, any thread, bit for bit the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/scan_geometry.h"
#include "common/phantom/noise.h"
#include "common/phantom/phantom.h"

namespace slicecast::phantom {

class ScanSimulator {
 public:
  // Refuses what `validate` of phantom, geometry or noise model refuses.
  static Result<ScanSimulator> create(Phantom phantom, geometry::ScanGeometry geometry,
                                      NoiseModel noise, std::uint64_t seed);

  const geometry::ScanGeometry& geometry() const { return geometry_; }
  const Phantom& phantom() const { return phantom_; }
  const NoisyDetector& detector() const { return *detector_; }

  // Noise-free line integrals of frame `id` at `time_s`; the angle comes from the geometry if it is
  // not given. Fails on a wrong size or a frame without an angle.
  Result<void> line_integrals(std::uint64_t id, std::optional<double> angle_rad, double time_s,
                              ImageView<float> raw) const;
  // Counts of the same frame.
  Result<void> projection(std::uint64_t id, std::optional<double> angle_rad, double time_s,
                          ImageView<std::uint16_t> raw) const;
  Result<void> dark(std::uint64_t id, ImageView<std::uint16_t> raw) const;
  Result<void> flat(std::uint64_t id, ImageView<std::uint16_t> raw) const;

 private:
  ScanSimulator(Phantom phantom, geometry::ScanGeometry geometry, const NoiseModel& noise,
                std::uint64_t seed);
  Result<void> check_size(int rows, int columns) const;

  Phantom phantom_;
  geometry::ScanGeometry geometry_;
  std::shared_ptr<const NoisyDetector> detector_;
};

}  // namespace slicecast::phantom
