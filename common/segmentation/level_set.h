// A binary level set, one bit per pixel, and what morphology does to it: 64 pixels per operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/segmentation/workspace.h"

namespace slicecast::segmentation {

using Word = std::uint64_t;
inline constexpr int kWordBits = 64;

// Bit c % 64 of word c / 64 of a row is its column c. One row of zeros lies above the first and one
// below the last row, and one word of zeros before and behind each: beyond its edges the level set
// is 0. Bits beyond the last column stay 0. Memory is the workspace's.
class LevelSet {
 public:
  LevelSet(int rows, int columns, Workspace& workspace);  // all 0

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int words() const { return words_; }
  // words() of them; index -1 and words() may be read and are 0. Rows -1 and rows() are 0.
  Word* row(int r) { return bits_.data() + place(r); }
  const Word* row(int r) const { return bits_.data() + place(r); }
  bool at(int r, int c) const { return (row(r)[c / kWordBits] >> (c % kWordBits) & 1) != 0; }
  void set(int r, int c) { row(r)[c / kWordBits] |= Word{1} << (c % kWordBits); }

 private:
  std::size_t place(int r) const {
    return static_cast<std::size_t>(r + 1) * static_cast<std::size_t>(words_ + 2) + 1;
  }
  int rows_, columns_, words_;
  std::span<Word> bits_;
};

// The pixel on the left (column - 1) and on the right of each pixel of word k.
inline Word left_of(const Word* row, int k) {
  return row[k] << 1 | row[k - 1] >> (kWordBits - 1);
}
inline Word right_of(const Word* row, int k) {
  return row[k] >> 1 | row[k + 1] << (kWordBits - 1);
}

enum class Curvature {
  dilate_first,  // SI o IS
  erode_first,   // IS o SI
};

// One step of curvature flow: with B the four straight segments of three pixels through a point, SI
// is the union of the erosions by them and IS the intersection of the dilations (P. Marquez-Neila,
// L. Baumela, L. Alvarez (2014), eq. 13 to 15). `scratch` has the size of `set`; what lies outside
// `domain` is 0 before, between and after.
void smooth(Curvature order, const LevelSet& domain, LevelSet& set, LevelSet& scratch,
            Workspace& workspace);

// Erosion or dilation by a square of three, written to `out`.
void erode(const LevelSet& set, LevelSet& out, Workspace& workspace);
void dilate(const LevelSet& set, const LevelSet& domain, LevelSet& out, Workspace& workspace);

}  // namespace slicecast::segmentation
