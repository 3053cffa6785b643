// Backends on the card of this program, and how far they are from the reference.
#pragma once

#include <memory>
#include <string>

#include "common/recon/kernel_config.h"
#include "common/recon/reference/backend.h"
#include "cuda/backend/backend.h"
#include "cuda/tests/card.h"
#include "tests/support/backproject_scene.h"

namespace slicecast::cuda::tests {

inline const recon::Backend& reference() {
  return **recon::reference_backend();
}

inline std::unique_ptr<recon::Backend> card_backend(const recon::CudaKernels& kernels = {},
                                                    int cards = 1) {
  std::vector<std::shared_ptr<Device>> devices;
  for (int i = 0; i < cards; ++i) devices.push_back(open_card());
  return taken(make_card_backend(std::move(devices), kernels));
}

inline const char* name_of(recon::Sampling sampling) {
  constexpr const char* kNames[] = {"auto", "rows", "quads", "gather", "filtered"};
  return kNames[static_cast<int>(sampling)];
}

// Sums of every plane of a grid, in one piece.
inline std::vector<float> volume(const recon::Backend& backend, const geometry::PointGrid& grid,
                                 const std::vector<recon::Term>& terms) {
  std::vector<float> out(static_cast<std::size_t>(grid.planes) *
                         static_cast<std::size_t>(grid.rows) *
                         static_cast<std::size_t>(grid.columns));
  const recon::Piece piece{grid, 0, grid.planes, 0, grid.rows, terms, out.data(), true};
  backend.make_backproject()->accumulate_batch({&piece, 1}, recon::Urgency::refresh);
  return out;
}

}  // namespace slicecast::cuda::tests
