#include "services/slice/plan.h"

namespace slicecast::slice {
namespace {

recon::Term term_of(const Entry& entry, float weight, int mip) {
  int level = 0;
  recon::Term term;
  term.image = entry.pixels->level(mip, &level);
  term.matrix = level_matrix(entry.matrix, level);
  term.weight = weight;
  return term;
}

}  // namespace

RefreshPlan plan_refresh(const std::vector<EntryPtr>& held, const Snapshot& snapshot, int mip,
                         bool force_rebuild) {
  RefreshPlan plan;
  const auto& wanted = snapshot.entries;
  plan.rebuild = force_rebuild || held.empty();
  if (!plan.rebuild) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < held.size() || j < wanted.size()) {
      const bool only_held = j == wanted.size() || (i < held.size() && held[i]->id < wanted[j]->id);
      const bool only_wanted =
          i == held.size() || (j < wanted.size() && wanted[j]->id < held[i]->id);
      if (only_held) {
        plan.terms.push_back(term_of(*held[i], -held[i]->weight, mip));
        ++plan.removed;
        ++i;
      } else if (only_wanted) {
        plan.terms.push_back(term_of(*wanted[j], wanted[j]->weight, mip));
        ++plan.added;
        ++j;
      } else {
        const Entry& before = *held[i++];
        const Entry& after = *wanted[j++];
        if (&before == &after) continue;
        if (before.pixels == after.pixels && before.matrix == after.matrix) {
          plan.terms.push_back(term_of(after, after.weight - before.weight, mip));
          continue;
        }
        plan.terms.push_back(term_of(before, -before.weight, mip));
        plan.terms.push_back(term_of(after, after.weight, mip));
        ++plan.added;
        ++plan.removed;
      }
    }
    plan.rebuild = 2 * plan.added > wanted.size() || plan.terms.size() > wanted.size();
  }
  if (plan.rebuild) {
    plan.terms.clear();
    plan.terms.reserve(wanted.size());
    for (const EntryPtr& entry : wanted) plan.terms.push_back(term_of(*entry, entry->weight, mip));
    plan.added = wanted.size();
    plan.removed = held.size();
  }
  return plan;
}

}  // namespace slicecast::slice
