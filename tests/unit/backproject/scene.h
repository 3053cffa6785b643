// The backends that the backprojection tests compare.
#pragma once

#include <string>

#include "common/recon/backend.h"
#include "common/recon/cpu/targets.h"
#include "tests/support/backproject_scene.h"

namespace slicecast::recon::scene {

const Backend& cpu();
const Backend& reference();

// Runs on one compiled instruction set while it lives.
class OnTarget {
 public:
  explicit OnTarget(const std::string& name) : available_(force_simd_target(name)) {}
  ~OnTarget() { force_simd_target(""); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
  bool available() const { return available_; }

 private:
  bool available_;
};

}  // namespace slicecast::recon::scene
