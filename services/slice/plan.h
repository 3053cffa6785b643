// From what a slice holds to what it should hold: the terms of one refresh (design section 2).
#pragma once

#include <vector>

#include "services/slice/entry.h"
#include "services/slice/window.h"

namespace slicecast::slice {

struct RefreshPlan {
  bool rebuild = false;            // start from zero; `terms` then is the whole window
  std::vector<recon::Term> terms;  // at the wanted mip level
  std::size_t added = 0;           // entries that were not in the sum
  std::size_t removed = 0;         // entries that leave it
};

// Difference of `snapshot` against `held` (both ordered by id): new entries are added and replaced
// ones subtracted, each under its own matrix and weight and from its stored pixels; an entry whose
// weight alone changed is one pass with the difference. Rebuilds when over half of the window is
// new, when `force_rebuild`, or when nothing is held.
RefreshPlan plan_refresh(const std::vector<EntryPtr>& held, const Snapshot& snapshot, int mip,
                         bool force_rebuild);

}  // namespace slicecast::slice
