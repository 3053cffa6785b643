// Where the newest projection stands in the scene, and its beam: as the scan's geometry has it, of
// parallel and cone beam, with the axis anywhere, tilted or not. Pure; mm of the world.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "slicecast/v1/control.pb.h"
#include "viewer/model/space.h"

namespace slicecast::viewer {

// In upright, unbinned detector pixels.
struct DetectorRegion {
  int first_row = 0, first_column = 0, rows = 0, columns = 0;
};

struct DetectorView {
  geometry::ScanGeometry geometry;
  DetectorRegion region;  // that the projection shows
};

// Of the facts that the projection server tells (SessionFacts::geometry) and its parameters, which
// know the region. Refused with why no projection can be placed: nothing told yet, a number that is
// missing or contradicts the others, measured vectors, which are not told one by one.
Result<DetectorView> detector_view(const std::map<std::string, std::string>& facts,
                                   const v1::Parameters& parameters);

struct BeamView {
  // Base at the first row and column, axis1 along columns, axis2 along rows. Behind the sample,
  // where each pixel lies on the ray that it saw: of cone beam the detector is brought near along
  // its rays.
  Pose image;
  std::vector<std::pair<geometry::Vec3, geometry::Vec3>> rays;  // of its corners, past the sample
};

// `angle_rad` as the projection has it. `field` says how large the sample is.
BeamView beam_view(const DetectorView& detector, double angle_rad,
                   const geometry::FieldOfView& field);

}  // namespace slicecast::viewer
