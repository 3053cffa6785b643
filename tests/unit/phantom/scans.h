// Small scans for the phantom tests.
#pragma once

#include "common/phantom/phantom.h"

namespace slicecast::phantom::testing {

geometry::ScanGeometry parallel_scan();  // 64 x 80 pixels of 0.5 mm
geometry::ScanGeometry cone_scan();      // the same detector, SOD 100, SDD 200

// Line integrals of `phantom` at angle theta, 64 x 80.
std::vector<float> projected(const Phantom& phantom, const geometry::ScanGeometry& g, double theta,
                             double time_s = 0);

// A tilted, turned ellipsoid off the axis.
Ellipsoid oblique_body();

}  // namespace slicecast::phantom::testing
