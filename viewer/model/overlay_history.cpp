#include "viewer/model/overlay_history.h"

#include <algorithm>

namespace slicecast::viewer {
namespace {

std::size_t bytes_of(const OverlayImage& image) {
  const auto held = [](const ConstBufferPtr& pixels) { return pixels ? pixels->size() : 0; };
  return held(image.pixels) + (image.sent_pixels != image.pixels ? held(image.sent_pixels) : 0);
}

}  // namespace

void OverlayHistory::drop_oldest(std::deque<OverlayImagePtr>& row) {
  bytes_ -= bytes_of(*row.front());
  row.pop_front();
}

void OverlayHistory::push(const std::string& slice, OverlayImagePtr image) {
  if (!image) return;
  auto& row = rows_[slice];
  std::erase_if(row, [&](const OverlayImagePtr& other) {
    const bool same = same_image(other->input(), image->input());
    if (same) bytes_ -= bytes_of(*other);
    return same;
  });
  bytes_ += bytes_of(*image);
  row.push_back(std::move(image));
  if (row.size() > limits_.images) drop_oldest(row);
  while (bytes_ > limits_.bytes) {
    auto longest =
        std::ranges::max_element(rows_, {}, [](const auto& it) { return it.second.size(); });
    if (longest->second.empty()) return;
    drop_oldest(longest->second);
  }
}

void OverlayHistory::remove(const std::string& slice) {
  const auto found = rows_.find(slice);
  if (found == rows_.end()) return;
  for (const auto& image : found->second) bytes_ -= bytes_of(*image);
  rows_.erase(found);
}

OverlayImagePtr OverlayHistory::of(const std::string& slice, const v1::Stamp& stamp) const {
  const auto found = rows_.find(slice);
  if (found == rows_.end()) return nullptr;
  const auto& row = found->second;
  const auto image = std::find_if(row.rbegin(), row.rend(), [&](const OverlayImagePtr& it) {
    return same_image(it->input(), stamp);
  });
  return image == row.rend() ? nullptr : *image;
}

}  // namespace slicecast::viewer
