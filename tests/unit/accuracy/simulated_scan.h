// The scans behind the figures, and their figures, for tests: an error fails the running test.
#pragma once

#include <catch2/catch.hpp>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"

using slicecast::acceptance::accuracy_cone;
using slicecast::acceptance::built_in;
using slicecast::acceptance::equal_steps;
using slicecast::acceptance::exact_options;
using slicecast::acceptance::relative_rmse;
using slicecast::acceptance::sampled;
using slicecast::acceptance::simulate;

template <class T>
T value(slicecast::Result<T> result) {
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

inline slicecast::offline::FilteredScan filtered(const slicecast::offline::ScanFrames& frames,
                                                 const slicecast::offline::Options& options) {
  return value(slicecast::offline::filter_scan(frames, options));
}
