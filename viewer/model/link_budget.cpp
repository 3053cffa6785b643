#include "viewer/model/link_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace slicecast::viewer {
namespace {

constexpr double kSecond_ns = 1e9;
constexpr double kWindow_s = 1, kLongWindow_s = 2;
constexpr std::uint64_t kEnoughMessages = 4, kFewMessages = 1;
constexpr std::size_t kMostKeys = 256, kCarriedWindows = 3;
constexpr double kArrives = 0.8;  // of the versions asked for, else the link is the limit
constexpr double kCarries = 0.9;  // of the quickest message's bytes/s
constexpr double kLongWay_s = 1;  // of one image
constexpr double kLoadUp = 0.65;  // that a better quality must keep below
constexpr double kSlowest_hz = 0.2, kFastest_hz = 30;
constexpr double kPreviewShare = 0.2, kPreview_s = 2.5;
constexpr std::uint32_t kSmallestPreview = 32, kLargestPreview = 256;
constexpr std::uint32_t kSmallestSide = 256;
constexpr std::int64_t kMade_ns = 6'000'000'000, kQuiet_ns = 5'000'000'000;
constexpr std::int64_t kFirstTrial_ns = 20'000'000'000;
constexpr std::int64_t kOverlayGone_ns = 10'000'000'000;  // without a new one
constexpr int kMostDoublings = 3;
constexpr double kRateStep = 0.15;  // smaller changes of the rate are not worth a message

double bytes_per_pixel(v1::Encoding encoding) {
  return encoding == v1::QUANTISED_8 ? 1 : encoding == v1::QUANTISED_16 ? 2 : 4;
}

// As the feed does it: halves until no side is larger.
double pixels_within(LinkBudget::ImageSize size, std::uint32_t max_side) {
  while (max_side > 0 && std::max(size.rows, size.columns) > max_side) {
    size.rows = (size.rows + 1) / 2;
    size.columns = (size.columns + 1) / 2;
  }
  return static_cast<double>(size.rows) * size.columns;
}

double rounded(double rate_hz) {
  if (rate_hz >= 5) return std::floor(rate_hz);
  return rate_hz >= 1 ? std::floor(2 * rate_hz) / 2 : std::floor(10 * rate_hz) / 10;
}

}  // namespace

const std::vector<LinkBudget::Level>& LinkBudget::levels() {
  static const std::vector<Level> all = {{v1::NATIVE, 0},      {v1::QUANTISED_16, 0},
                                         {v1::QUANTISED_8, 0}, {v1::QUANTISED_8, 1},
                                         {v1::QUANTISED_8, 2}, {v1::QUANTISED_8, 3}};
  return all;
}

void LinkBudget::set_local(bool local) {
  if (local == local_) return;
  *this = LinkBudget();
  local_ = local;
  if (!local_) begin();
}

void LinkBudget::set_round_trip(std::int64_t nanoseconds) {
  round_trip_s_ = static_cast<double>(std::max<std::int64_t>(nanoseconds, 0)) / kSecond_ns;
}

void LinkBudget::set_images(std::vector<ImageSize> whole) {
  images_ = std::move(whole);
}

std::uint32_t LinkBudget::largest_side() const {
  std::uint32_t side = 0;
  for (const auto& size : images_) side = std::max({side, size.rows, size.columns});
  return side;
}

std::uint32_t LinkBudget::side_of(std::size_t level) const {
  std::uint32_t side = largest_side();
  for (int i = 0; i < levels()[level].halvings && side > kSmallestSide; ++i) side = (side + 1) / 2;
  return side < largest_side() ? side : 0;
}

double LinkBudget::bytes_of(std::size_t level) const {
  double pixels = 0;
  for (const auto& size : images_) pixels += pixels_within(size, side_of(level));
  double bytes = pixels * bytes_per_pixel(levels()[level].encoding);
  for (const auto& [key, overlay] : overlays_)
    bytes += pixels_within(overlay.slice, side_of(level)) * overlay.bytes_per_pixel;
  return bytes;
}

double LinkBudget::slice_share() const {
  return preview_bytes_ > 0 ? 1 - kPreviewShare : 1;
}

std::size_t LinkBudget::best_level(double load) const {
  for (std::size_t i = 0; i + 1 < levels().size(); ++i)
    if (bytes_of(i) * wanted_hz_ <= load * slice_share() * capacity_) return i;
  return levels().size() - 1;
}

double LinkBudget::rate_of(std::size_t level) const {
  const double bytes = bytes_of(level);
  const double rate = bytes > 0 ? kLoad * slice_share() * capacity_ / bytes : kFastest_hz;
  return rounded(std::clamp(rate, kSlowest_hz, kFastest_hz));
}

void LinkBudget::start_window(std::int64_t now_ns) {
  window_ns_ = now_ns;
  keys_.clear();
  bytes_ = 0;
  messages_ = 0;
  quickest_ = longest_way_s_ = way_rate_ = 0;
}

void LinkBudget::forget_overlays(const std::string& prefix) {
  std::erase_if(overlays_, [&](const auto& it) { return it.first.starts_with(prefix); });
}

// Its feed is not the one whose messages time the link.
void LinkBudget::weigh_overlay(const Arrival& arrival, std::int64_t now_ns) {
  if (overlays_.size() < kMostKeys || overlays_.contains(arrival.key))
    overlays_[arrival.key] = {arrival.slice, arrival.bytes_per_pixel, now_ns};
  if (starting_ || window_ns_ == 0) return;
  bytes_ += arrival.bytes;
  count(arrival);
}

void LinkBudget::count(const Arrival& arrival) {
  if (keys_.size() >= kMostKeys && !keys_.contains(arrival.key)) return;
  Key& key = keys_[arrival.key];
  ++key.received;
  key.made += 1 + arrival.superseded;
  key.bytes += arrival.bytes;
}

bool LinkBudget::arrived(const Arrival& arrival, std::int64_t now_ns) {
  if (local_) return false;
  if (arrival.bytes_per_pixel > 0) {
    weigh_overlay(arrival, now_ns);
    return false;
  }
  if (arrival.key == "preview") preview_bytes_ = arrival.bytes;
  // The first one only says when the measurement begins: how long it took is not known.
  const double since_s = static_cast<double>(now_ns - std::exchange(last_ns_, now_ns)) / kSecond_ns;
  if (starting_) return arrival.key != "preview" && time_start(arrival, since_s, now_ns);
  if (window_ns_ == 0) {
    start_window(now_ns);
    return false;
  }
  const double transfer_s = std::max(since_s - round_trip_s_, kTransfer * since_s);
  if (transfer_s > 0)
    quickest_ = std::max(quickest_, static_cast<double>(arrival.bytes) / transfer_s);
  bytes_ += arrival.bytes;
  ++messages_;
  if (arrival.key != "preview") count(arrival);
  if (arrival.way_s > 0) {
    longest_way_s_ = std::max(longest_way_s_, arrival.way_s);
    way_rate_ = std::max(way_rate_, static_cast<double>(arrival.bytes) / arrival.way_s);
  }
  const double seconds = static_cast<double>(now_ns - window_ns_) / kSecond_ns;
  const bool enough = (seconds >= kWindow_s && messages_ >= kEnoughMessages) ||
                      (seconds >= kLongWindow_s && messages_ >= kFewMessages);
  if (!enough) return false;
  const bool changed = judge(now_ns, seconds);
  start_window(now_ns);
  return changed;
}

bool LinkBudget::judge(std::int64_t now_ns, double seconds) {
  const LinkChoice before = choice_;
  measured_ = static_cast<double>(bytes_) / seconds;
  std::erase_if(overlays_,
                [&](const auto& it) { return it.second.seen_ns + kOverlayGone_ns < now_ns; });
  double delivered = 0, asked = 0, asked_bytes = 0, most = 0;
  for (const auto& [name, key] : keys_) {
    const double made_hz = static_cast<double>(key.made) / seconds;
    most = std::max(most, static_cast<double>(key.made));
    delivered += static_cast<double>(key.received) / seconds;
    const double asked_hz =
        choice_.max_rate_hz > 0 ? std::min(made_hz, choice_.max_rate_hz) : made_hz;
    asked += asked_hz;
    asked_bytes += asked_hz * static_cast<double>(key.bytes) / static_cast<double>(key.received);
  }
  made_.push_back({now_ns, most, seconds});
  while (made_.size() > 1 && made_.front().at_ns + kMade_ns < now_ns) made_.pop_front();
  double versions = 0, over_s = 0;
  for (const auto& window : made_) {
    versions += window.versions;
    over_s += window.seconds;
  }
  wanted_hz_ = std::clamp(versions / over_s, 1.0, kFluid_hz);

  carried_.push_back(quickest_);
  if (carried_.size() > kCarriedWindows) carried_.pop_front();
  // Beside overlays no message of the slices has the link for itself.
  const double carried = std::max(std::ranges::max(carried_), measured_);
  const double per_message_s = seconds / static_cast<double>(messages_);
  const bool short_of = delivered < kArrives * asked;
  round_trip_limits_ = short_of && round_trip_s_ > (1 - kTransfer) * per_message_s;
  const bool link_limits =
      short_of && !round_trip_limits_ && asked_bytes > kCarries * slice_share() * carried;
  const bool slow = longest_way_s_ - 0.5 * round_trip_s_ > kLongWay_s;
  if (images_.empty()) return false;
  if (link_limits)
    limit(now_ns, carried);
  else if (slow && !short_of)
    limit(now_ns, std::max(measured_, way_rate_));
  else if (!short_of && thinned_)
    relax(now_ns);
  return choice_ != before;
}

void LinkBudget::limit(std::int64_t now_ns, double carried) {
  capacity_ = carried;
  settled_ = true;
  if (on_trial_) ++failed_trials_[level_];
  on_trial_ = false;
  enter(std::max(best_level(kLoad), thinned_ ? level_ : 0), now_ns);
}

std::int64_t LinkBudget::trial_wait_ns() const {
  const auto failed = failed_trials_.find(level_ > 0 ? level_ - 1 : 0);
  const int doublings = failed == failed_trials_.end() ? 0 : failed->second;
  return kFirstTrial_ns << std::min(doublings, kMostDoublings);
}

void LinkBudget::relax(std::int64_t now_ns) {
  capacity_ = std::max(capacity_, measured_);
  // More or larger images than before: not to be found out by trying.
  if (!on_trial_ && best_level(kLoad) > level_) return enter(best_level(kLoad), now_ns);
  const std::int64_t quiet_ns = now_ns - changed_ns_;
  if (quiet_ns < kQuiet_ns) return;
  if (on_trial_) failed_trials_.erase(level_);
  on_trial_ = false;
  // How often images are made was not known at the start.
  const std::size_t better = best_level(std::exchange(settled_, true) ? kLoadUp : kLoad);
  if (better < level_) return enter(better, now_ns);
  if (quiet_ns < trial_wait_ns()) return;
  on_trial_ = true;
  if (level_ > 0) {
    // As if the link carried just what the next quality needs.
    capacity_ = std::max(capacity_, bytes_of(level_ - 1) * wanted_hz_ / (kLoad * slice_share()));
    return enter(level_ - 1, now_ns);
  }
  capacity_ *= 1.5;
  enter(0, now_ns);
  if (choice_.max_rate_hz < kFastest_hz) return;
  thinned_ = on_trial_ = false;
  choice_ = LinkChoice();
}

void LinkBudget::enter(std::size_t level, std::int64_t now_ns) {
  const double rate = rate_of(level);
  const bool same_rate = std::abs(rate - choice_.max_rate_hz) < kRateStep * choice_.max_rate_hz;
  if (thinned_ && level == level_ && same_rate) return;
  const double per_pixel = bytes_per_pixel(levels()[level].encoding);
  const double preview_bytes =
      static_cast<double>(preview_bytes_) * per_pixel / bytes_per_pixel(choice_.encoding);
  thinned_ = true;
  level_ = level;
  changed_ns_ = now_ns;
  choice_.encoding = levels()[level].encoding;
  choice_.max_side = side_of(level);
  choice_.max_rate_hz = rate;
  choice_.preview_rate_hz =
      preview_bytes > 0
          ? std::clamp(kPreviewShare * kLoad * capacity_ / preview_bytes, 0.1, kFastest_hz)
          : 1;
  choice_.preview_max_side = preview_side();
}

// As if it were a cube: its sides are not known before it comes.
std::uint32_t LinkBudget::preview_side() const {
  std::uint32_t side = kLargestPreview;
  const auto bytes = [&] { return std::pow(side, 3) * bytes_per_pixel(choice_.encoding); };
  while (side > kSmallestPreview && bytes() > kPreview_s * slice_share() * capacity_) side /= 2;
  return side;
}

std::string LinkBudget::text() const {
  if (round_trip_limits_ && choice_ == LinkChoice())
    return fmt::format("round trip limits: {:.0f} ms; {:.1f} MB/s", 1e3 * round_trip_s_,
                       1e-6 * measured_);
  if (!limited()) return {};
  const char* depth = choice_.encoding == v1::QUANTISED_8    ? "8-bit images"
                      : choice_.encoding == v1::QUANTISED_16 ? "16-bit images"
                                                             : "whole images";
  const std::string size =
      choice_.max_side > 0 ? fmt::format(" of {} px", choice_.max_side) : std::string();
  return fmt::format("link limits: {}{} at {:g}/s; {:.1f} MB/s", depth, size, choice_.max_rate_hz,
                     1e-6 * measured_);
}

}  // namespace slicecast::viewer
