// Running tables on a card: the one place that knows which instances of the kernel there are.
#pragma once

#include "cuda/backproject/tables.h"
#include "cuda/device/device.h"

namespace slicecast::cuda {

struct TablesOnCard {
  const CardPiece* pieces = nullptr;
  const CardTerm* terms = nullptr;
};

struct LaunchLimits {
  int terms_per_turn = 64;
  std::size_t updates_per_launch = 200'000'000;
};

// Enqueues everything that `tables` (copied to `on_card`) asks for, in launches of about
// `updates_per_launch`. `adds`: onto the sums; else they are overwritten.
Result<void> launch_tables(Device& device, const Stream& stream, const LaunchTables& tables,
                           const TablesOnCard& on_card, const LaunchLimits& limits, bool adds);

}  // namespace slicecast::cuda
