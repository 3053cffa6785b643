// One window of the scan that the demo streams, filtered as the servers filter it, with its truth:
// bubbles rise in a gel inside a container; parallel beam, 60 projections per half turn, 256 x 320
// pixels of 0.5 mm, 30 frames/s, the noise of phantom::NoiseModel. Deterministic.
#pragma once

#include <cstdint>

#include "common/offline/filtered_scan.h"
#include "common/phantom/phantom.h"

namespace slicecast::training {

constexpr int kProjections = 60;  // of the window
constexpr double kFrameTimeS = 1.0 / 30;
// The demo's slices: as wide as the field of view, in so many pixels.
constexpr int kSlicePixels = 512;
constexpr double kSlicePixelMm = 2 * 79.75 / kSlicePixels;

// How a scan differs from the demo's own. As it stands: not at all, but for seed and time.
struct Variation {
  std::uint64_t seed = 1;              // of the bubbles and of the noise
  std::uint64_t first_projection = 0;  // of the window
  double incident_counts = 20000;
  double attenuation = 1;  // factor
  double radius = 1;       // factor, of the container and of all in it
  double speed = 1;        // factor
  double bubble_size = 1;  // factor, at most 1.05: bubbles must not overlap
  double bubbles = 1;      // share of them that is there
  double turn_rad = 0;     // of the sample about the axis
};

// Another seed and time of the demo's scan, up to ten minutes from its start.
Variation usual(std::uint64_t seed);
// Everything different: doses from 8000 to 40000 counts, attenuation +- 20 %, radius 0.85 to 1.1,
// speed 0 to 1.6, bubbles 0.55 to 1.05 as large, a half to all of them, any turn.
Variation varied(std::uint64_t seed);

struct GelScan {
  offline::FilteredScan filtered;
  phantom::Phantom sample;  // container, gel, bubbles
  double middle_s = 0;      // of the window: when the truth is true
};

Result<GelScan> simulate(const Variation& variation);

// The raw frames of that window, for tests. Frame i is projection first_projection + i of the scan.
Result<offline::ScanFrames> frames_of(const Variation& variation);

}  // namespace slicecast::training
