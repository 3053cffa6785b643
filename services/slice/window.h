// Which projections make the current reconstruction, and with which angular weights (design section
// 2).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "services/slice/entry.h"
#include "services/slice/thinning.h"

namespace slicecast::slice {

enum class WindowMode : std::uint8_t { continuous, alternating, last_n };

struct WindowRules {
  WindowMode mode = WindowMode::continuous;
  double period_rad = 0;         // pi, 2 pi, or the arc of a short scan
  bool cyclic = true;            // false: short scan
  std::uint64_t group_size = 0;  // nominal projections per window; > 0
  double weight_factor = 1;      // laminography: cosine of the tilt
};

// One moment of the window. Shared by all slices that refresh from it. Entries are ordered by id.
struct Snapshot {
  std::uint64_t revision = 0;  // of the window; rises with every change
  std::vector<EntryPtr> entries;
  bool filling = true;      // the first window is not full yet
  bool mixed = false;       // more than one epoch
  double wide_gap_rad = 0;  // the largest gap when one is over three nominal steps, else 0
  std::uint64_t oldest_id = 0, newest_id = 0, epoch = 0, geometry_revision = 0;
  std::int64_t acquired_ns = 0;  // of the newest
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

enum class Inserted : std::uint8_t {
  added,
  replaced,   // the same id under a newer epoch
  late,       // its slot holds a newer projection
  duplicate,  // this id is there
  shed,       // left out because the window may not hold more
  failed,     // the device failed that would have held it; it has to be sent again
};

// Not synchronised; the engine holds its lock.
class Window {
 public:
  // Revisions count on from `revision`, so that they rise over all windows of an engine.
  explicit Window(WindowRules rules, std::uint64_t revision = 0);

  // The entry's weight is set here, at the next snapshot.
  Inserted add(Entry entry);
  // New matrices for entries by id; unknown ids are ignored.
  void set_matrices(std::uint64_t geometry_revision, std::span<const std::uint64_t> ids,
                    std::span<const geometry::Matrix34> matrices, double weight_factor);
  // No more projections follow: an alternating window takes what has come of its last group.
  void end();
  // Holds at most `most` projections (two at least) from now on, pending ones included. When they
  // come too many, evenly spread ones are left out of what comes, and of what is stored those go
  // first that would not have come so, oldest first. With room for a third more, over a whole
  // window, it takes more again.
  void set_limit(std::size_t most);
  double share() const { return thinning_.share(); }  // of what comes that it takes
  std::size_t thinned() const { return thinned_; }    // projections put out since the start
  bool is_full() const { return full_; }

  std::size_t size() const { return entries_.size() + pending_.size(); }
  std::uint64_t revision() const { return revision_; }
  const WindowRules& rules() const { return rules_; }
  SnapshotPtr snapshot();

 private:
  using Entries = std::map<std::uint64_t, EntryPtr>;
  Inserted add_by_mode(Entry entry);
  Inserted add_in_motion(Entry entry);
  Inserted add_continuous(Entry entry);
  Inserted add_last_n(Entry entry);
  Inserted add_alternating(Entry entry);
  void evict_older_than_period();
  void fit();
  template <class GivesWay>
  bool put_out_oldest(GivesWay gives_way);
  void take_more();
  double ids_in_window() const;
  std::uint64_t newest_id() const;
  double sense() const;
  double nominal_step() const;
  double measured_step(const Entry& next) const;
  double newest_progress(double direction) const;
  void weigh(Snapshot& snapshot);
  void touch() { ++revision_; }

  WindowRules rules_;
  Entries entries_;          // what slices see
  Entries pending_;          // alternating: the group that is coming in
  std::uint64_t group_ = 0;  // alternating: number of the pending group
  bool has_group_ = false;
  bool full_ = false;      // a whole window has been seen
  int late_in_a_row_ = 0;  // of those with newer ids than all others
  Thinning thinning_;
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();
  std::size_t thinned_ = 0;
  std::uint64_t thinning_since_ = 0;  // newest id when the share changed last
  std::uint64_t revision_ = 0;
  SnapshotPtr snapshot_;
};

}  // namespace slicecast::slice
