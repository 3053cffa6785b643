// Noise-free scans of analytic phantoms, as frames of line integrals in memory.
#pragma once

#include <functional>
#include <vector>

#include "common/offline/filtered_scan.h"
#include "common/phantom/built_in.h"

namespace slicecast::acceptance {

phantom::Phantom built_in(const char* name, double radius_mm,
                          std::optional<double> attenuation_per_mm = {});

std::vector<double> equal_steps(int count, double arc);

// The cone geometry of the accuracy figures: 256x256, SOD 1000, SDD 2000, pixel 2, voxel 1.
geometry::ScanGeometry accuracy_cone(int rows = 256);

// float32 line integrals, simulated in parallel, all in memory.
offline::ScanFrames simulate(const phantom::Phantom& phantom,
                             const geometry::ScanGeometry& geometry,
                             std::vector<double> angles_rad);

// Float store, cpu backend, zero padding: what a figure uses unless it says otherwise.
offline::Options exact_options();

std::vector<float> sampled(const offline::FilteredScan& scan, const geometry::PointGrid& grid);

}  // namespace slicecast::acceptance
