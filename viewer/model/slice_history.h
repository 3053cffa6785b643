// The last versions of every slice, bounded by count per slice and by bytes in all: freeze, scrub,
// follow and A/B compare. Holds images by shared pointer; frees the oldest of the longest history
// first. One thread (UI).
//
// Frozen, the histories stay as they are (the acquisition goes on; of what arrives only the newest
// of each slice is kept aside) and a cursor in arrival time says what each slice shows: its newest
// version that had arrived by then. `follow` puts the newest on show again at once.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viewer/model/slice_version.h"

namespace slicecast::viewer {

class SliceHistory {
 public:
  struct Limits {
    std::size_t versions = 64;  // of each slice, at least 1
    std::size_t bytes = std::size_t{512}
                        << 20;  // of all; the newest of each slice stays regardless
  };
  enum class Choice : std::uint8_t { a, b };

  explicit SliceHistory(Limits limits);

  // A new image. Versions that are not newer than the newest of the slice are ignored (returns
  // false), except those of a new instance; the same version again (other encoding) replaces it.
  bool push(const std::string& slice, SliceVersionPtr version);
  void remove(const std::string& slice);  // its chosen versions stay
  void clear();                           // a new scan, if the user wants it

  // What to draw now: live the newest, frozen the one at the cursor. Null: nothing (by then).
  SliceVersionPtr shown(const std::string& slice) const;
  SliceVersionPtr newest(const std::string& slice) const;  // also while frozen
  // The one shown and, newest first, up to `most` in all: of those before it the ones that had a
  // successor for at most `patience_ns` by then.
  std::vector<SliceVersionPtr> shown_or_before(const std::string& slice, std::size_t most,
                                               std::int64_t patience_ns) const;
  // Whether scrubbing may come to the image with this stamp.
  bool holds(const std::string& slice, const v1::Stamp& stamp) const;

  bool frozen() const { return cursor_ns_.has_value(); }
  void freeze();  // cursor at the newest
  void follow();  // End
  // Moves the cursor by that many arrivals (of any slice); freezes first. Stops at both ends.
  void scrub(int arrivals);
  // 0: oldest kept, 1: newest kept when it was frozen. Freezes first.
  void scrub_to(double share);
  double share() const;     // where the cursor is; 1 when live
  double behind_s() const;  // cursor before the newest arrival, in s; 0 when live
  std::uint64_t missed_while_frozen() const { return missed_; }  // arrivals since freeze()

  // A/B compare: keeps what the slice shows now as A or B, until chosen anew or forgotten.
  void choose(Choice choice, const std::string& slice);
  void forget_choices();
  SliceVersionPtr chosen(Choice choice, const std::string& slice) const;

  std::size_t bytes() const;  // of all images held, each once
  std::size_t versions(const std::string& slice) const;
  std::uint64_t evicted() const { return evicted_; }

 private:
  struct Entry {
    std::deque<SliceVersionPtr> kept;  // oldest first
    SliceVersionPtr aside;             // newest while frozen
    SliceVersionPtr a, b;
  };
  void append(Entry& entry, SliceVersionPtr version);
  void evict();
  std::vector<std::int64_t> arrivals() const;  // rising, distinct

  const Limits limits_;
  std::map<std::string, Entry> entries_;
  std::size_t kept_bytes_ = 0;  // of `kept` of all
  std::optional<std::int64_t> cursor_ns_;
  std::uint64_t missed_ = 0, evicted_ = 0;
};

}  // namespace slicecast::viewer
