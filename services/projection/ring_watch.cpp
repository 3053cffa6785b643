#include "services/projection/ring_watch.h"

#include <cmath>
#include <limits>

namespace slicecast::projection {
namespace {

constexpr double kWorthAnEpoch = 0.2;

}  // namespace

double relative_change(const recon::FloatImage* a, const recon::FloatImage& b) {
  if (a == nullptr || a->size() != b.size()) return std::numeric_limits<double>::infinity();
  double change = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double difference = b[i] - (*a)[i];
    change += difference * difference;
    size += static_cast<double>((*a)[i]) * (*a)[i];
  }
  if (size > 0) return std::sqrt(change / size);
  return change > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

void RingWatch::look(const WindowView& view, int width, std::stop_token stop) {
  if (!view.epoch || !view.full || view.ids.empty()) return;
  const std::uint64_t newest = view.ids.front();
  const auto in_use = view.epoch->spec().ring;
  const bool first = !in_use || in_use != used_ || width != width_;
  if (!first && newest < newest_ + view.epoch->spec().window.group_size) return;

  const int rows = view.epoch->layout().line_rows, columns = view.epoch->layout().line_columns;
  recon::RingEstimate estimate(rows, columns, width, in_use);
  recon::FloatImage lines(static_cast<std::size_t>(rows) * columns);
  for (std::uint64_t id : view.ids) {
    if (stop.stop_requested()) return;
    const auto frame = pipeline_.raw_frame(id);
    const auto processor = frame ? view.epoch->processor(id, frame->angle_rad) : nullptr;
    if (!processor) continue;
    processor->line_integrals(frame->pixels->data(), {lines.data(), rows, columns});
    estimate.add({lines.data(), rows, columns});
  }
  // Less than half a window would take the sample itself for rings.
  if (2 * static_cast<std::size_t>(estimate.count()) < view.ids.size()) return;
  auto profile = estimate.profile();
  newest_ = newest;
  width_ = width;
  if (!profile || relative_change(in_use.get(), *profile) < kWorthAnEpoch) {
    used_ = in_use;
    return;
  }
  used_ = profile;
  pipeline_.set_rings(*view.epoch, std::move(profile));
}

}  // namespace slicecast::projection
