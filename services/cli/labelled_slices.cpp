#include "services/cli/labelled_slices.h"

#include <algorithm>
#include <span>
#include <utility>

namespace slicecast::cli {
namespace {

constexpr std::size_t kRemembered = 8, kMostLatencies = 4096;

bool same_image(const v1::Stamp& a, const v1::Stamp& b) {
  return a.scan_id() == b.scan_id() && a.instance() == b.instance() &&
         a.slice_id() == b.slice_id() && a.pose_revision() == b.pose_revision() &&
         a.version() == b.version();
}

std::string last_part(const std::string& key) {
  return key.substr(key.rfind('/') + 1);
}

}  // namespace

void LabelledSlices::add_slice(const wire::FeedMessage& message, std::int64_t arrived_ns) {
  const auto& header = message.header;
  std::lock_guard lock(mutex_);
  if (header.removed()) {
    slices_.erase(last_part(header.key()));
    return;
  }
  if (!header.has_slice()) return;
  const auto& stamp = header.slice().stamp();
  OfSlice& of = slices_[stamp.slice_id()];
  of.slices.push_back({message, arrived_ns});
  if (of.slices.size() > kRemembered) of.slices.pop_front();
  if (of.labels && same_image(of.labels->message.header.labels().input(), stamp)) {
    pair(of, of.slices.back(), *of.labels);
    of.labels.reset();
  }
}

void LabelledSlices::add_labels(const wire::FeedMessage& message, std::int64_t arrived_ns) {
  const auto& header = message.header;
  std::lock_guard lock(mutex_);
  if (header.removed()) {
    const auto found = slices_.find(last_part(header.key()));
    if (found != slices_.end()) found->second.newest.reset();
    return;
  }
  if (!header.has_labels()) return;
  ++labels_;
  const auto& input = header.labels().input();
  OfSlice& of = slices_[input.slice_id()];
  const Arrival labels{message, arrived_ns};
  const auto slice = std::ranges::find_if(of.slices, [&](const Arrival& it) {
    return same_image(it.message.header.slice().stamp(), input);
  });
  if (slice != of.slices.end())
    pair(of, *slice, labels);
  else
    of.labels = labels;
}

void LabelledSlices::pair(OfSlice& of, const Arrival& slice, const Arrival& labels) {
  of.newest = {slice.message, labels.message};
  if (latencies_ms_.size() == kMostLatencies) latencies_ms_.erase(latencies_ms_.begin());
  latencies_ms_.push_back(
      std::max(0.0, 1e-6 * static_cast<double>(labels.arrived_ns - slice.arrived_ns)));
}

std::vector<double> LabelledSlices::take_latencies_ms() {
  std::lock_guard lock(mutex_);
  return std::exchange(latencies_ms_, {});
}

std::uint64_t LabelledSlices::labels_received() const {
  std::lock_guard lock(mutex_);
  return labels_;
}

std::map<std::string, LabelledSlice> LabelledSlices::newest() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, LabelledSlice> pairs;
  for (const auto& [id, of] : slices_)
    if (of.newest) pairs.emplace(id, *of.newest);
  return pairs;
}

std::vector<std::pair<std::string, double>> class_fractions(
    const std::map<std::string, LabelledSlice>& slices) {
  struct Class {
    std::string name;
    std::uint64_t pixels = 0;
  };
  std::map<std::uint32_t, Class> classes;
  std::uint64_t labelled = 0;
  for (const auto& [id, slice] : slices) {
    const auto& header = slice.labels.header.labels();
    if (slice.labels.header.pixels().type() != v1::UINT8 || !slice.labels.pixels) continue;
    std::uint64_t counts[256] = {};
    const std::span pixels(slice.labels.pixels->as<std::uint8_t>(), slice.labels.pixels->size());
    for (const std::uint8_t label : pixels) ++counts[label];
    for (const auto& of : header.classes()) {
      if (of.index() > 255 || (header.has_unlabelled() && of.index() == header.unlabelled()))
        continue;
      Class& entry = classes[of.index()];
      entry.name = of.name();
      entry.pixels += counts[of.index()];
      labelled += counts[of.index()];
    }
  }
  std::vector<std::pair<std::string, double>> fractions;
  if (labelled == 0) return fractions;
  for (const auto& [index, of] : classes)
    fractions.emplace_back(of.name, static_cast<double>(of.pixels) / static_cast<double>(labelled));
  return fractions;
}

}  // namespace slicecast::cli
