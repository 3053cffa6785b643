// Which instruction sets the cpu kernels are compiled for and which one runs.
#pragma once

#include <string>
#include <vector>

namespace slicecast::recon {

// Compiled targets that this processor has, best first: "AVX3", "AVX2", "SCALAR".
std::vector<std::string> available_simd_targets();
const char* active_simd_target();

// Uses only the named target from now on; empty: the best again. False when it is not available.
// For tests and measurements: not to be called while kernels run.
bool force_simd_target(const std::string& name);

}  // namespace slicecast::recon
