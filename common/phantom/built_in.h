// Phantoms by name.
//
//   bubbles      voids rising and growing in a gel inside a container (the demo's dynamic sample)
//   ellipsoids   non-overlapping bodies at heights 0, +-0.5 and 0.8 radii: the accuracy phantom
//   weak         the same bodies at 1e-4 1/mm: what half precision does to small values
//   shepp_logan  the ten ellipsoids of Kak and Slaney (1988, chapter 3) as the Reconstruction
//                Toolkit draws them (z here is its rotation axis y); radius = phantom scale
//   cylinder     one homogeneous cylinder of infinite length
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/phantom/phantom.h"

namespace slicecast::phantom {

struct BuiltIn {
  // Everything scales with it: container or cylinder radius, 100 voxels of the accuracy phantom.
  double radius_mm = 100;
  // Of the strongest body but the container; shepp_logan: of 1.0 in its table. Unset: 0.02, weak:
  // 1e-4, shepp_logan: 1.
  std::optional<double> attenuation_per_mm;
  double speed = 1;        // bubbles: factor on all velocities; 1: about 0.01 to 0.03 radii per s
  std::uint64_t seed = 1;  // bubbles: their places, sizes and speeds
};

Result<Phantom> make_built_in(std::string_view name, const BuiltIn& options);
std::vector<std::string> built_in_names();

}  // namespace slicecast::phantom
