// What is left to filter again under a new epoch. Holds ids only, so that the raw window alone
// decides how much memory frames take. Not synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace slicecast::projection {

class RefilterPlan {
 public:
  // Replaces whatever was planned; ids in the order of work. `announce`: EpochReady is owed at the
  // end.
  void start(std::uint64_t epoch, std::vector<std::uint64_t> ids, bool announce);
  void cancel();

  // The next id; counts as in work until finished(). None when all are handed out.
  std::optional<std::uint64_t> next();
  // One id handed out under `epoch` has been sent or was skipped. A foreign epoch is ignored.
  void finished(std::uint64_t epoch);
  // True once, when everything has been sent and EpochReady is owed.
  bool take_ready();

  bool has_next() const { return position_ < ids_.size(); }
  std::uint64_t remaining() const { return ids_.size() - position_ + in_work_; }
  std::uint64_t epoch() const { return epoch_; }
  bool announces() const { return announce_; }

 private:
  std::uint64_t epoch_ = 0;
  std::vector<std::uint64_t> ids_;
  std::size_t position_ = 0;
  std::uint64_t in_work_ = 0;
  bool announce_ = false;
};

}  // namespace slicecast::projection
