// Line integrals of simulated scans for tests: an error fails the running test.
#pragma once

#include <catch2/catch.hpp>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"

using slicecast::acceptance::equal_steps;
using slicecast::acceptance::LinesCase;
using slicecast::acceptance::SimulatedLines;

inline SimulatedLines lines_of(const LinesCase& c) {
  auto made = slicecast::acceptance::simulate_lines(c);
  if (!made) FAIL(made.error().message);
  return *std::move(made);
}
