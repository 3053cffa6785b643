// The newest raw frames of one window, kept so that they can be filtered again. Not synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "services/projection/raw_frame.h"

namespace slicecast::projection {

// Newest by id, so that a late frame never displaces a newer one. Frames leave when a window of
// newer ids is there, or when the byte budget is used up.
class RawWindow {
 public:
  explicit RawWindow(std::size_t budget_bytes) : budget_(budget_bytes) {}

  void set_window(std::uint64_t frames);
  // `published`: filtered and sent at least once.
  void insert(RawFrame frame, bool published);
  void mark_published(std::uint64_t id);
  void clear();

  const RawFrame* find(std::uint64_t id) const;
  const RawFrame* newest() const;  // null: empty
  std::vector<std::uint64_t> newest_first() const;
  std::vector<std::uint64_t> unpublished_newest_first() const;
  // False when the budget has taken a frame that the window still needs: the window cannot be
  // filtered again as a whole.
  bool whole() const;

  std::size_t size() const { return frames_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t floor() const;  // ids below have left the window

 private:
  struct Entry {
    RawFrame frame;
    bool published = false;
  };
  void shrink();

  const std::size_t budget_;
  std::uint64_t window_ = 1;
  std::map<std::uint64_t, Entry> frames_;
  std::size_t bytes_ = 0;
  bool any_ = false;
  std::uint64_t newest_ = 0;
  bool budget_took_ = false;
  std::uint64_t newest_taken_ = 0;  // by the budget
};

}  // namespace slicecast::projection
