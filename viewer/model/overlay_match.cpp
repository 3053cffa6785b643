#include "viewer/model/overlay_match.h"

#include <fmt/format.h>

#include <algorithm>

namespace slicecast::viewer {
namespace {

// At sixty versions a second four are gone before a plugin answers, though its answer would still
// be in time: as many are kept as that takes, within these bounds.
constexpr std::size_t kMostVersions = 32, kMostBytes = std::size_t{64} << 20;

}  // namespace

const v1::Stamp& OverlayImage::input() const {
  return header.has_values() ? header.values().input() : header.labels().input();
}
const std::string& OverlayImage::producer() const {
  return header.has_values() ? header.values().producer() : header.labels().producer();
}
double OverlayImage::processing_ms() const {
  return header.has_values() ? header.values().processing_ms() : header.labels().processing_ms();
}
int OverlayImage::rows() const {
  return header.pixels().shape_size() == 2 ? static_cast<int>(header.pixels().shape(0)) : 0;
}
int OverlayImage::columns() const {
  return header.pixels().shape_size() == 2 ? static_cast<int>(header.pixels().shape(1)) : 0;
}

Result<void> check_overlay(const OverlayImage& image) {
  constexpr int kLongestSide = 65535;
  const v1::PixelFormat& format = image.header.pixels();
  const auto wrong = [&](const std::string& what) {
    return Error{Errc::malformed,
                 fmt::format("{}: {}; its author must correct the plugin",
                             image.producer().empty() ? "a plugin" : image.producer(), what)};
  };
  if (!image.header.has_labels() && !image.header.has_values())
    return wrong("publishes neither labels nor values under an overlay's key");
  if (image.rows() < 1 || image.columns() < 1 || image.rows() > kLongestSide ||
      image.columns() > kLongestSide)
    return wrong("its image has no usable rows and columns");
  std::size_t each = 0;
  if (format.type() == v1::UINT8) each = 1;
  if (format.type() == v1::UINT16) each = 2;
  if (image.header.has_values() && format.type() == v1::FLOAT32) each = 4;
  if (each == 0)
    return wrong(image.header.has_labels() ? "labels must be uint8 or uint16"
                                           : "values must be float32, uint16 or uint8");
  const std::size_t needed =
      each * static_cast<std::size_t>(image.rows()) * static_cast<std::size_t>(image.columns());
  const std::size_t held = image.pixels ? image.pixels->size() : 0;
  if (held < needed)
    return wrong(fmt::format("its image has {} bytes, its shape says {}", held, needed));
  return {};
}

void OverlayMatch::raw(SliceVersionPtr version) {
  if (!version) return;
  const v1::Stamp& stamp = version->header.stamp();
  if (!kept_.empty() && !same_subject(kept_.back().raw->header.stamp(), stamp)) kept_.clear();
  if (!kept_.empty()) {
    const auto last = kept_.back().raw->header.stamp().version();
    if (stamp.version() < last) return;
    if (stamp.version() == last) {  // the same image in another encoding
      kept_.back().raw = std::move(version);
      return;
    }
  }
  kept_.push_back({std::move(version), nullptr});
  const std::int64_t newest_ns = kept_.back().raw->arrived_ns;
  std::size_t bytes = 0;
  for (const Kept& kept : kept_) bytes += kept.raw->bytes();
  while (kept_.size() > kVersions && (kept_.size() > kMostVersions || bytes > kMostBytes ||
                                      kept_[1].raw->arrived_ns + kPatience_ns < newest_ns)) {
    bytes -= kept_.front().raw->bytes();
    kept_.pop_front();
  }

  const v1::Stamp& newest = kept_.back().raw->header.stamp();
  for (auto early = early_.begin(); early != early_.end();) {
    const v1::Stamp& input = (*early)->input();
    if (same_image(input, newest)) {
      kept_.back().overlay = *early;
      ++counts_.matched;
      early = early_.erase(early);
    } else if (same_subject(input, newest) && input.version() < newest.version()) {
      ++counts_.late;  // the feed skipped the image that it belongs to
      early = early_.erase(early);
    } else {
      ++early;
    }
  }
}

Result<void> OverlayMatch::result(OverlayImagePtr image) {
  if (!image) return {};
  if (auto good = check_overlay(*image); !good) {
    ++counts_.refused;
    return good;
  }
  const v1::Stamp& input = image->input();
  for (Kept& kept : kept_) {
    if (!same_image(input, kept.raw->header.stamp())) continue;
    kept.overlay = std::move(image);
    ++counts_.matched;
    return {};
  }
  const v1::Stamp* newest = kept_.empty() ? nullptr : &kept_.back().raw->header.stamp();
  const bool subject = newest && same_subject(input, *newest);
  // Within one run of the server versions and pose revisions only rise, so that what is older than
  // the newest image can never find its own any more.
  if (subject && input.version() < newest->version()) {
    ++counts_.late;
    return {};
  }
  if (newest && !subject && input.instance() == newest->instance() &&
      input.scan_id() == newest->scan_id() && input.pose_revision() <= newest->pose_revision()) {
    ++counts_.void_pose;
    return {};
  }
  early_.push_back(std::move(image));
  if (early_.size() > kVersions) {
    ++counts_.void_pose;
    early_.pop_front();
  }
  return {};
}

void OverlayMatch::clear_results() {
  for (Kept& kept : kept_) kept.overlay = nullptr;
  early_.clear();
}

OverlayMatch::Drawn OverlayMatch::draw(bool on, std::int64_t now_ns) const {
  if (kept_.empty()) return {};
  const Drawn newest{kept_.back().raw, nullptr, false, ""};
  if (!on) return newest;
  for (std::size_t back = kept_.size(); back-- > 0;) {
    const Kept& kept = kept_[back];
    if (!kept.overlay) continue;
    const bool behind = back + 1 < kept_.size();
    if (behind && now_ns - kept_[back + 1].raw->arrived_ns > kPatience_ns) break;
    return {kept.raw, kept.overlay, behind, ""};
  }
  Drawn alone = newest;
  const bool had =
      std::ranges::any_of(kept_, [](const Kept& kept) { return kept.overlay != nullptr; });
  alone.mark =
      had ? "overlay late: newest image shown without it" : "no overlay yet for this image";
  return alone;
}

}  // namespace slicecast::viewer
