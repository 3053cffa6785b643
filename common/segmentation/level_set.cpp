#include "common/segmentation/level_set.h"

#include <algorithm>

namespace slicecast::segmentation {
namespace {

// The three rows around a word, seen from each of its 64 pixels.
struct Around {
  Word here, left, right, above, below, above_left, above_right, below_left, below_right;
  Around(const LevelSet& set, int r, int k) {
    const Word *up = set.row(r - 1), *row = set.row(r), *down = set.row(r + 1);
    here = row[k], above = up[k], below = down[k];
    left = left_of(row, k), right = right_of(row, k);
    above_left = left_of(up, k), above_right = right_of(up, k);
    below_left = left_of(down, k), below_right = right_of(down, k);
  }
};

Word union_of_erosions(const Around& a) {
  return a.here & ((a.left & a.right) | (a.above & a.below) | (a.above_left & a.below_right) |
                   (a.above_right & a.below_left));
}

Word intersection_of_dilations(const Around& a) {
  return a.here | ((a.left | a.right) & (a.above | a.below) & (a.above_left | a.below_right) &
                   (a.above_right | a.below_left));
}

template <class Operation>
void each_word(const LevelSet& set, const LevelSet& domain, LevelSet& out, Workspace& workspace,
               const Operation& operation) {
  // A row is 8 words where an image has 512 columns: larger bands than for pixels.
  workspace.for_bands(set.rows(), 8 * kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const Word* const allowed = domain.row(r);
      Word* const result = out.row(r);
      for (int k = 0; k < set.words(); ++k) result[k] = allowed[k] & operation(Around(set, r, k));
    }
  });
}

}  // namespace

LevelSet::LevelSet(int rows, int columns, Workspace& workspace)
    : rows_(rows), columns_(columns), words_((columns + kWordBits - 1) / kWordBits) {
  bits_ = workspace.take<Word>(static_cast<std::size_t>(rows + 2) *
                               static_cast<std::size_t>(words_ + 2));
  std::fill(bits_.begin(), bits_.end(), 0);
}

void smooth(Curvature order, const LevelSet& domain, LevelSet& set, LevelSet& scratch,
            Workspace& workspace) {
  if (order == Curvature::dilate_first) {
    each_word(set, domain, scratch, workspace, intersection_of_dilations);
    each_word(scratch, domain, set, workspace, union_of_erosions);
  } else {
    each_word(set, domain, scratch, workspace, union_of_erosions);
    each_word(scratch, domain, set, workspace, intersection_of_dilations);
  }
}

void erode(const LevelSet& set, LevelSet& out, Workspace& workspace) {
  each_word(set, set, out, workspace, [](const Around& a) {
    return a.here & a.left & a.right & a.above & a.below & a.above_left & a.above_right &
           a.below_left & a.below_right;
  });
}

void dilate(const LevelSet& set, const LevelSet& domain, LevelSet& out, Workspace& workspace) {
  each_word(set, domain, out, workspace, [](const Around& a) {
    return a.here | a.left | a.right | a.above | a.below | a.above_left | a.above_right |
           a.below_left | a.below_right;
  });
}

}  // namespace slicecast::segmentation
