// Which image of a slice is drawn with which overlay (design section 6). One object per slice and
// producer. A result is drawn only over the very image it was computed from; newer data never void
// it, a change of pose, size, scan or slice server does. One thread (UI).
//
// Four versions or those of 250 ms are kept; the newest that has a result is drawn. When it has
// been outdated for over 250 ms (counted from the arrival of the version after it), the newest raw
// image is drawn alone, marked; so that what is seen is never more than 250 ms behind for the sake
// of an overlay, and a slow scan does not flicker at every update.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "viewer/model/slice_version.h"

namespace slicecast::viewer {

// A LabelImage or ValueImage with its pixels. Immutable.
struct OverlayImage {
  v1::FeedHeader header;  // payload labels or values
  ConstBufferPtr pixels;
  std::int64_t arrived_ns = 0;  // steady
  // Of values in steps: as they were sent, which is what is read under the cursor; else null.
  ConstBufferPtr sent_pixels;
  v1::PixelFormat sent_format;

  const v1::Stamp& input() const;  // an empty stamp for any other payload
  const std::string& producer() const;
  double processing_ms() const;
  int rows() const;
  int columns() const;
};
using OverlayImagePtr = std::shared_ptr<const OverlayImage>;

// Labels: uint8 or uint16 [rows, columns]; values: float32 or quantised. The buffer must hold what
// the format says. One line of what is wrong, so that a lying plugin costs only its own overlay.
Result<void> check_overlay(const OverlayImage& image);

class OverlayMatch {
 public:
  static constexpr std::size_t kVersions = 4;
  static constexpr std::int64_t kPatience_ns = 250'000'000;

  struct Drawn {
    SliceVersionPtr raw;      // null: nothing yet
    OverlayImagePtr overlay;  // null: draw raw alone
    bool behind = false;      // a newer raw image than this one is there
    std::string mark;         // why there is no overlay though it is on; empty: nothing to say
  };
  struct Counts {
    std::uint64_t matched = 0;    // results that found their image
    std::uint64_t late = 0;       // their image was no longer kept
    std::uint64_t void_pose = 0;  // of another pose, size, scan or server run
    std::uint64_t refused = 0;    // check_overlay said no
  };

  void raw(SliceVersionPtr version);
  // A result may come before its image (two feeds have no common order); at most four wait.
  Result<void> result(OverlayImagePtr image);
  void clear_results();  // the producer was switched off or is gone

  // `on`: the user wants the overlay.
  Drawn draw(bool on, std::int64_t now_ns) const;
  const Counts& counts() const { return counts_; }
  std::size_t held() const { return kept_.size() + early_.size(); }

 private:
  struct Kept {
    SliceVersionPtr raw;
    OverlayImagePtr overlay;
  };
  std::deque<Kept> kept_;              // oldest first
  std::deque<OverlayImagePtr> early_;  // their image has not come
  Counts counts_;
};

}  // namespace slicecast::viewer
