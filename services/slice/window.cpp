#include "services/slice/window.h"

#include <algorithm>
#include <cmath>

#include "common/recon/angular_weights.h"

namespace slicecast::slice {
namespace {

// Weights that differ by less than this share of themselves are one weight: else the jitter of
// angles read from an encoder would make every entry new at every frame.
constexpr double kSameWeight = 1e-6;

// One period is the window; the second is the reorder window, in which a slot waits for its newer
// frame.
constexpr double kPeriodsKept = 2;

constexpr int kLateOfJump = 32;

// Projections that may be absent at the end of a scan's last group before it counts as broken off:
// as wide a gap as needs no mark.
constexpr std::uint64_t kLostAtTheEnd = 3;

}  // namespace

Window::Window(WindowRules rules, std::uint64_t revision)
    : rules_(rules), thinning_(rules.group_size), revision_(revision + 1) {}

double Window::nominal_step() const {
  return rules_.period_rad / static_cast<double>(std::max<std::uint64_t>(rules_.group_size, 1));
}

double Window::sense() const {
  if (entries_.size() < 2) return 1;
  const double first = entries_.begin()->second->angle_rad;
  const double last = entries_.rbegin()->second->angle_rad;
  return last < first ? -1 : 1;
}

Inserted Window::add(Entry entry) {
  const std::uint64_t id = entry.id;
  if (!thinning_.keeps(id) && !entries_.contains(id) && !pending_.contains(id))
    return Inserted::shed;
  const Inserted inserted = add_by_mode(std::move(entry));
  if (inserted == Inserted::added) {
    fit();
    take_more();
  }
  return inserted;
}

Inserted Window::add_by_mode(Entry entry) {
  switch (rules_.mode) {
    case WindowMode::continuous: return add_in_motion(std::move(entry));
    case WindowMode::last_n: return add_last_n(std::move(entry));
    case WindowMode::alternating: return add_alternating(std::move(entry));
  }
  return Inserted::late;
}

// One angle far ahead, angles that are not unwrapped or a stage that turns back would make all that
// follows late. Late frames with newer ids one after the other say that the newest angle is no
// more.
Inserted Window::add_in_motion(Entry entry) {
  const bool next = entries_.empty() || entry.id > entries_.rbegin()->first;
  if (next && late_in_a_row_ >= kLateOfJump) {
    entries_.clear();
    full_ = false;
    late_in_a_row_ = 0;
  }
  const Inserted inserted = add_continuous(std::move(entry));
  if (next) late_in_a_row_ = inserted == Inserted::late ? late_in_a_row_ + 1 : 0;
  return inserted;
}

// An entry keeps its slot (its angle modulo the period) until a newer one takes it, or until the
// newest is a whole period past the time when that should have come: then the hole is left open and
// the neighbours' weights close it. So shuffled frames cost no angles.
Inserted Window::add_continuous(Entry entry) {
  const auto found = entries_.find(entry.id);
  const bool replaces = found != entries_.end();
  if (replaces && found->second->epoch >= entry.epoch) return Inserted::duplicate;
  if (!replaces && rules_.cyclic) {
    const double direction = sense();
    // A slot is one step wide, open below and closed above, so that slots tile the period exactly.
    const double half_slot = 0.5 * measured_step(entry) / thinning_.share();
    for (auto it = entries_.begin(); it != entries_.end();) {
      const double ahead = direction * (entry.angle_rad - it->second->angle_rad);
      const double periods = std::round(ahead / rules_.period_rad);
      const double off = (ahead - periods * rules_.period_rad) / half_slot;
      const bool same_slot = periods != 0 && off > -1 + 1e-6 && off <= 1 + 1e-6;
      if (same_slot && ahead < 0) return Inserted::late;
      it = same_slot ? entries_.erase(it) : std::next(it);
    }
  }
  const std::uint64_t id = entry.id;
  const double direction = sense();
  const double newest = newest_progress(direction);
  if (!entries_.empty() && direction * entry.angle_rad <=
                               newest - kPeriodsKept * rules_.period_rad + 0.5 * nominal_step())
    return Inserted::late;
  entries_[id] = std::make_shared<const Entry>(std::move(entry));
  evict_older_than_period();
  touch();
  return replaces ? Inserted::replaced : Inserted::added;
}

double Window::newest_progress(double direction) const {
  double newest = -1e300;
  for (const auto& [id, entry] : entries_) newest = std::max(newest, direction * entry->angle_rad);
  return newest;
}

// The step between neighbouring ids as it really is: the announced number of projections may be
// wrong.
double Window::measured_step(const Entry& next) const {
  double low = next.angle_rad;
  double high = next.angle_rad;
  std::uint64_t first = next.id;
  std::uint64_t last = next.id;
  for (const auto& [id, entry] : entries_) {
    low = std::min(low, entry->angle_rad);
    high = std::max(high, entry->angle_rad);
    first = std::min(first, id);
    last = std::max(last, id);
  }
  return last > first ? (high - low) / static_cast<double>(last - first) : nominal_step();
}

void Window::evict_older_than_period() {
  const double direction = sense();
  const double newest = newest_progress(direction);
  const double limit = newest - kPeriodsKept * rules_.period_rad + 0.5 * nominal_step();
  std::erase_if(entries_,
                [&](const auto& item) { return direction * item.second->angle_rad <= limit; });
  double oldest = newest;
  for (const auto& [id, entry] : entries_) oldest = std::min(oldest, direction * entry->angle_rad);
  const double span = newest - oldest;
  if (span >= rules_.period_rad - 1.5 * nominal_step() / thinning_.share()) full_ = true;
  // A stage that jumped (or a long pause of the stream) begins to fill anew.
  if (span < 0.5 * rules_.period_rad) full_ = false;
}

Inserted Window::add_last_n(Entry entry) {
  const auto found = entries_.find(entry.id);
  if (found != entries_.end()) {
    if (found->second->epoch >= entry.epoch) return Inserted::duplicate;
    found->second = std::make_shared<const Entry>(std::move(entry));
    touch();
    return Inserted::replaced;
  }
  const auto capacity = std::max<std::size_t>(thinning_.count(0, rules_.group_size), 1);
  if (entries_.size() >= capacity && entry.id < entries_.begin()->first) return Inserted::late;
  const std::uint64_t id = entry.id;
  entries_[id] = std::make_shared<const Entry>(std::move(entry));
  while (entries_.size() > capacity) entries_.erase(entries_.begin());
  if (entries_.size() >= capacity) full_ = true;
  touch();
  return Inserted::added;
}

Inserted Window::add_alternating(Entry entry) {
  const std::uint64_t group = entry.id / std::max<std::uint64_t>(rules_.group_size, 1);
  const auto shown = entries_.find(entry.id);
  if (shown != entries_.end()) {
    if (shown->second->epoch >= entry.epoch) return Inserted::duplicate;
    shown->second = std::make_shared<const Entry>(std::move(entry));
    touch();
    return Inserted::replaced;
  }
  if (has_group_ && group < group_) {
    // A straggler of the group on show still fills its hole there; anything older is too late.
    if (entries_.empty() ||
        group != entries_.begin()->first / std::max<std::uint64_t>(rules_.group_size, 1))
      return Inserted::late;
    const std::uint64_t id = entry.id;
    entries_[id] = std::make_shared<const Entry>(std::move(entry));
    touch();
    return Inserted::added;
  }
  if (!has_group_ || group > group_) {
    if (has_group_ && !pending_.empty()) {  // the group before ended with holes: show it as it is
      entries_ = std::move(pending_);
      full_ = true;
    }
    pending_.clear();
    group_ = group;
    has_group_ = true;
  }
  const auto found = pending_.find(entry.id);
  if (found != pending_.end() && found->second->epoch >= entry.epoch) return Inserted::duplicate;
  const std::uint64_t id = entry.id;
  pending_[id] = std::make_shared<const Entry>(std::move(entry));
  // What thinning would not have taken came before it, and completes nothing.
  const auto come = std::count_if(pending_.begin(), pending_.end(),
                                  [&](const auto& item) { return thinning_.keeps(item.first); });
  const std::uint64_t first_id = group * rules_.group_size;
  const std::uint64_t expected = thinning_.count(first_id, first_id + rules_.group_size);
  if (static_cast<std::uint64_t>(come) >= std::max<std::uint64_t>(expected, 1)) {
    entries_ = std::move(pending_);
    pending_.clear();
    full_ = true;
    // The next id of this group would be a duplicate or a straggler.
    group_ = group + 1;
  }
  touch();
  return Inserted::added;
}

void Window::end() {
  if (rules_.mode != WindowMode::alternating || pending_.empty()) return;
  const std::uint64_t size = std::max<std::uint64_t>(rules_.group_size, 1);
  const std::uint64_t last = pending_.rbegin()->first;
  const bool broken_off =
      thinning_.count(last + 1, (last / size + 1) * size) > std::min(kLostAtTheEnd, size / 4);
  // The last whole group says more than a part of one.
  if (full_ && broken_off && pending_.size() < entries_.size()) return;
  entries_ = std::move(pending_);
  pending_.clear();
  touch();
}

void Window::set_matrices(std::uint64_t geometry_revision, std::span<const std::uint64_t> ids,
                          std::span<const geometry::Matrix34> matrices, double weight_factor) {
  rules_.weight_factor = weight_factor;
  for (std::size_t i = 0; i < ids.size() && i < matrices.size(); ++i) {
    for (Entries* set : {&entries_, &pending_}) {
      const auto found = set->find(ids[i]);
      if (found == set->end() || found->second->geometry_revision > geometry_revision) continue;
      Entry changed = *found->second;
      changed.matrix = matrices[i];
      changed.geometry_revision = geometry_revision;
      found->second = std::make_shared<const Entry>(std::move(changed));
    }
  }
  touch();
}

SnapshotPtr Window::snapshot() {
  if (snapshot_ && snapshot_->revision == revision_) return snapshot_;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->revision = revision_;
  // An alternating window shows its first group while it grows.
  const bool first_group = rules_.mode == WindowMode::alternating && entries_.empty();
  Entries& shown = first_group ? pending_ : entries_;
  snapshot->filling = !full_;
  snapshot->entries.reserve(shown.size());
  for (auto& [id, entry] : shown) snapshot->entries.push_back(entry);
  if (!snapshot->entries.empty()) {
    weigh(*snapshot);
    std::size_t i = 0;
    for (auto& [id, entry] : shown) entry = snapshot->entries[i++];
    const Entry& newest = *snapshot->entries.back();
    snapshot->oldest_id = snapshot->entries.front()->id;
    snapshot->newest_id = newest.id;
    for (const EntryPtr& entry : snapshot->entries) {
      snapshot->acquired_ns = std::max(snapshot->acquired_ns, entry->acquired_ns);
      snapshot->epoch = std::max(snapshot->epoch, entry->epoch);
      snapshot->geometry_revision = std::max(snapshot->geometry_revision, entry->geometry_revision);
      snapshot->mixed |= entry->epoch != newest.epoch;
    }
  }
  snapshot_ = snapshot;
  return snapshot_;
}

void Window::weigh(Snapshot& snapshot) {
  std::vector<double> angles(snapshot.entries.size());
  std::transform(snapshot.entries.begin(), snapshot.entries.end(), angles.begin(),
                 [](const EntryPtr& entry) { return entry->angle_rad; });
  recon::AngularWindow window;
  window.period_rad = rules_.period_rad;
  window.cyclic = rules_.cyclic;
  window.full = full_;
  window.nominal_step_rad = nominal_step() / thinning_.share();
  const recon::AngularWeights weights = recon::angular_weights(angles, window);
  if (weights.wide_gaps > 0) snapshot.wide_gap_rad = weights.largest_gap_rad;
  for (std::size_t i = 0; i < angles.size(); ++i) {
    const double weight = weights.weight_rad[i] * rules_.weight_factor;
    const EntryPtr& entry = snapshot.entries[i];
    if (std::abs(weight - entry->weight) <= kSameWeight * std::abs(weight)) continue;
    Entry changed = *entry;
    changed.weight = static_cast<float>(weight);
    snapshot.entries[i] = std::make_shared<const Entry>(std::move(changed));
  }
}

}  // namespace slicecast::slice
