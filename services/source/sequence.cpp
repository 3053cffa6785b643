#include "services/source/sequence.h"

namespace slicecast::source {

using ingest::FrameKind;

void Sequence::add_calibration(bool with_darks) {
  if (with_darks) {
    for (std::uint64_t i = 0; i < plan_.darks; ++i)
      due_.push_back(FrameStep{FrameKind::dark, i, i, 0});
  }
  for (std::uint64_t i = 0; i < plan_.flats; ++i) {
    // Renewed flats are new images in a simulation and the same ones again from a file.
    const std::uint64_t id = flats_sent_++;
    due_.push_back(FrameStep{FrameKind::flat, plan_.repeats ? i : id, id, 0});
  }
}

std::uint64_t Sequence::ids_per_pass() const {
  const bool acquisition = plan_.order == Order::interlaced || plan_.order == Order::golden;
  return plan_.ids == 0 || acquisition ? plan_.pass : plan_.ids;
}

void Sequence::begin_scan() {
  due_.push_back(ScanBegins{scans_++, ids_per_pass() * (plan_.continues ? plan_.passes : 1)});
  in_scan_ = 0;
  flats_sent_ = 0;
  running_ = true;
  add_calibration(true);
}

FrameStep Sequence::projection() {
  if (position_ == 0) indices_ = permutation(plan_.order, plan_.pass, plan_.seed, pass_);
  const bool acquisition = plan_.order == Order::interlaced || plan_.order == Order::golden;
  // A simulation acquires at such angles itself; a file can only be sent in that order.
  const std::uint64_t index = acquisition && !plan_.repeats ? position_ : indices_[position_];
  const std::uint64_t id_in_pass = acquisition   ? position_
                                   : plan_.id_of ? plan_.id_of(index)
                                                 : index;
  const std::uint64_t passes_before = plan_.continues ? pass_ : 0;

  FrameStep step;
  step.content = plan_.repeats ? index : plan_.pass * passes_before + index;
  step.id = ids_per_pass() * passes_before + id_in_pass;
  step.angle_rad = plan_.angle_of(step.content);
  if (plan_.repeats && plan_.continues)
    step.angle_rad += plan_.pass_arc_rad * static_cast<double>(pass_);
  return step;
}

std::optional<Step> Sequence::next() {
  if (finished_ || plan_.pass == 0) return std::nullopt;
  if (!running_) begin_scan();
  if (due_.empty() && plan_.passes != 0 && pass_ == plan_.passes) {
    finished_ = true;
    return Step{ScanFinishes{in_scan_}};
  }
  if (!due_.empty()) {
    Step step = due_.front();
    due_.pop_front();
    return step;
  }
  const Step step = projection();
  ++in_scan_;
  const bool pass_done = ++position_ == plan_.pass;
  if (pass_done) {
    position_ = 0;
    ++pass_;
  }
  const bool last = plan_.passes != 0 && pass_ == plan_.passes;
  if (pass_done && !plan_.continues && !last) {
    due_.push_back(ScanFinishes{in_scan_});
    begin_scan();
  } else if (!last && plan_.flats_every != 0 && in_scan_ % plan_.flats_every == 0) {
    add_calibration(false);
  }
  return step;
}

}  // namespace slicecast::source
