// Which projections of a scan have come: fresh, late, twice, or missing (design section 7).
//
// An id is missing once newer ids exceed the reorder window. What arrives after that is late: it no
// longer counts as missing and is still used. Memory is bounded; ids older than what is remembered
// cannot be told from duplicates. Who joins a running scan misses nothing of what was sent before:
// the account reaches back to the oldest id that came. Not synchronised.
#pragma once

#include <cstdint>
#include <deque>

namespace slicecast::metrics {

class FrameAccount {
 public:
  enum class Verdict : std::uint8_t {
    fresh,
    late,         // its place was given up already
    duplicate,    // the same id again
    forgotten,    // older than what is remembered
    implausible,  // a leap that one more frame has to confirm
  };
  static constexpr std::uint64_t kRemembered = std::uint64_t{1} << 22;  // ids
  static constexpr std::uint64_t kLeap = std::uint64_t{1} << 20;  // more at once is implausible

  explicit FrameAccount(std::uint64_t reorder_window) : reorder_window_(reorder_window) {}

  Verdict arrive(std::uint64_t id);
  // The sender is done: all ids below `sent` (0: up to the newest) are due now.
  void end(std::uint64_t sent);
  bool seen(std::uint64_t id) const;
  void set_reorder_window(std::uint64_t ids) { reorder_window_ = ids; }

  std::uint64_t unique() const { return unique_; }
  std::uint64_t missing() const { return missing_; }
  std::uint64_t expected() const { return unique_ + missing_; }
  std::uint64_t late() const { return late_; }
  bool any() const { return any_; }
  std::uint64_t newest() const { return newest_; }  // 0 before the first

 private:
  void begin_at(std::uint64_t id);
  void mark(std::uint64_t id);
  void advance_due(std::uint64_t due);
  void reach_back_to(std::uint64_t id);
  void forget_old();

  std::uint64_t reorder_window_;
  bool any_ = false;
  std::uint64_t newest_ = 0;
  std::uint64_t base_ = 0;  // first id of seen_; a multiple of 64
  std::uint64_t from_ = 0;  // ids below were sent before we joined, as far as is known
  std::uint64_t due_ = 0;   // every id of [from_, due_) is either seen or counted as missing
  std::deque<std::uint64_t> seen_;
  std::uint64_t unique_ = 0, missing_ = 0, late_ = 0;
  bool suspect_known_ = false;
  std::uint64_t suspect_ = 0;
};

}  // namespace slicecast::metrics
