// The last overlays of one producer, so that a frozen or scrubbed slice keeps what lay over it.
// Each belongs to the one version that it was computed from. Bounded by count per slice and by
// bytes in all; the oldest of the longest row goes first. Holds images by shared pointer. One
// thread (UI).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "viewer/model/overlay_match.h"

namespace slicecast::viewer {

class OverlayHistory {
 public:
  struct Limits {
    std::size_t images = 64;  // of each slice, as many as SliceHistory keeps
    std::size_t bytes = std::size_t{128} << 20;
  };
  OverlayHistory() : OverlayHistory(Limits{}) {}
  explicit OverlayHistory(Limits limits) : limits_(limits) {}

  // Another result for the same version replaces the one before.
  void push(const std::string& slice, OverlayImagePtr image);
  void remove(const std::string& slice);
  // Computed from the image with this stamp; null: none.
  OverlayImagePtr of(const std::string& slice, const v1::Stamp& stamp) const;
  std::size_t bytes() const { return bytes_; }

 private:
  void drop_oldest(std::deque<OverlayImagePtr>& row);

  Limits limits_;
  std::map<std::string, std::deque<OverlayImagePtr>> rows_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace slicecast::viewer
