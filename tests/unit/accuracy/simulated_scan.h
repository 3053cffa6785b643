// Noise-free scans of analytic phantoms, as frames of line integrals in memory.
#pragma once

#include <functional>
#include <vector>

#include "common/offline/filtered_scan.h"
#include "common/phantom/built_in.h"

slicecast::phantom::Phantom built_in(const char* name, double radius_mm,
                                     std::optional<double> attenuation_per_mm = {});

std::vector<double> equal_steps(int count, double arc);

// The cone geometry of the accuracy figures: 256x256, SOD 1000, SDD 2000, pixel 2, voxel 1.
slicecast::geometry::ScanGeometry accuracy_cone(int rows = 256);

// float32 line integrals, simulated in parallel, all in memory.
slicecast::offline::ScanFrames simulate(const slicecast::phantom::Phantom& phantom,
                                        const slicecast::geometry::ScanGeometry& geometry,
                                        std::vector<double> angles_rad);

// Float store, cpu backend, zero padding: what a figure uses unless it says otherwise.
slicecast::offline::Options exact_options();

slicecast::offline::FilteredScan filtered(const slicecast::offline::ScanFrames& frames,
                                          const slicecast::offline::Options& options);
std::vector<float> sampled(const slicecast::offline::FilteredScan& scan,
                           const slicecast::geometry::PointGrid& grid);
