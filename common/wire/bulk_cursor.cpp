#include "common/wire/bulk_cursor.h"

#include <algorithm>
#include <utility>

namespace slicecast::wire {
namespace {

constexpr std::size_t kMaxWindow = 4096;  // below the socket's high-water mark
// What a consumer that stopped reading can pin at most, besides the ring.
constexpr std::size_t kMaxBytesInFlight = std::size_t{64} << 20;

}  // namespace

BulkCursor::BulkCursor(const v1::BulkDemand& demand, std::uint64_t instance, const BulkRing& ring,
                       Time now)
    : name(demand.consumer()) {
  const bool resumes = demand.instance() == instance && demand.next_sequence() > 0;
  if (resumes)
    next_ = std::min<std::uint64_t>(demand.next_sequence(), ring.end());
  else
    next_ = demand.from_newest() ? ring.end() : ring.oldest();
  taken_ = next_;
  // What it holds untaken need not be sent again, but still counts against its window.
  const std::uint64_t held = resumes ? std::min(demand.next_receive(), ring.end()) : 0;
  for (; next_ < held && held - next_ <= 2 * kMaxWindow; ++next_)
    in_flight_.push_back({next_, 0, nullptr});
  needs_preamble = !resumes;
  heard(demand, instance, ring, now);
}

void BulkCursor::heard(const v1::BulkDemand& demand, std::uint64_t instance, const BulkRing& ring,
                       Time now) {
  last_heard = now;
  blocked = false;
  absent = false;
  card = {demand.card().uuid(), demand.card().host()};
  window_ = std::clamp<std::size_t>(demand.window(), 1, kMaxWindow);
  if (demand.instance() == instance && demand.next_sequence() > 0)
    acknowledge(std::min<std::uint64_t>(demand.next_sequence(), ring.end()), demand.next_receive());
}

void BulkCursor::acknowledge(std::uint64_t next_sequence, std::uint64_t next_receive) {
  if (next_sequence < taken_) {  // it wants to go back
    in_flight_.clear();
    bytes_in_flight_ = 0;
    next_ = next_sequence;
  }
  taken_ = next_sequence;
  next_ = std::max(next_, next_sequence);
  while (!in_flight_.empty() && in_flight_.front().sequence < taken_) {
    bytes_in_flight_ -= in_flight_.front().bytes;
    in_flight_.pop_front();
  }
  const std::uint64_t seen = std::max(next_sequence, next_receive);
  while (!unseen_gaps_.empty() && unseen_gaps_.front().first < seen) unseen_gaps_.pop_front();
}

void BulkCursor::inherit(const BulkCursor& former) {
  lost = former.lost;
  for (const Gap& gap : former.unseen_gaps_)
    if (gap.first >= next_) lost -= gap.count;
  // What it still reads out of the card's memory.
  for (InFlight& own : in_flight_)
    for (const InFlight& held : former.in_flight_)
      if (held.sequence == own.sequence) own.image = held.image;
}

void BulkCursor::skip_to(std::uint64_t oldest) {
  const std::uint64_t count = oldest - next_;
  if (!unseen_gaps_.empty() && unseen_gaps_.back().first + unseen_gaps_.back().count == next_)
    unseen_gaps_.back().count += count;
  else
    unseen_gaps_.push_back({next_, count});
  lost += count;
  next_ = oldest;
}

bool BulkCursor::may_send(const BulkRing& ring) {
  if (next_ < ring.oldest()) {
    skip_to(ring.oldest());
    needs_preamble = true;  // what it missed may have been the start of the scan
  }
  // Counted in messages rather than as taken_ + window_: lost sequences must not use up credit.
  return !blocked && next_ < ring.end() && in_flight_.size() < window_ &&
         (in_flight_.empty() || bytes_in_flight_ + ring.at(next_).bytes <= kMaxBytesInFlight);
}

void BulkCursor::sent(std::size_t bytes, Time now, std::shared_ptr<const void> image) {
  in_flight_.push_back({next_, bytes, std::move(image)});
  bytes_in_flight_ += bytes;
  ++next_;
  last_sent = now;
}

std::uint64_t BulkCursor::backlog(const BulkRing& ring) const {
  return ring.end() - std::max(next_, ring.oldest()) + in_flight_.size();
}

}  // namespace slicecast::wire
