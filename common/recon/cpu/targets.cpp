#include "common/recon/cpu/targets.h"

#include <hwy/highway.h>

namespace slicecast::recon {
namespace {

std::vector<std::int64_t> available() {
  std::vector<std::int64_t> targets;
  // Better targets have lower bits.
  for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1)
    targets.push_back(left & -left);
  // Highway does not list the fallback when there is better; it is compiled all the same.
  if (targets.empty() || targets.back() != HWY_STATIC_TARGET) targets.push_back(HWY_STATIC_TARGET);
  return targets;
}

}  // namespace

std::vector<std::string> available_simd_targets() {
  // Taken once: a forced target hides the others from Highway.
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (std::int64_t target : available()) found.emplace_back(hwy::TargetName(target));
    return found;
  }();
  return names;
}

const char* active_simd_target() {
  return hwy::TargetName(available().front());
}

bool force_simd_target(const std::string& name) {
  available_simd_targets();
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  if (name.empty()) return true;
  for (std::int64_t target : available()) {
    if (name != hwy::TargetName(target)) continue;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    return true;
  }
  return false;
}

}  // namespace slicecast::recon
