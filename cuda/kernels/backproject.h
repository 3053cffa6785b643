// Backprojection: sums of terms on regular grids of points, several pieces of grids in one launch.
//
// A block works on one tile of one piece. For each turn of up to `terms_per_turn` terms its threads
// first describe the terms for this tile (phase 0, in double precision): positions on the detector
// are counted from a whole pixel near the tile's middle, so that single precision then suffices for
// an error of 1e-5 wherever the detector is. Phase 1 sums the terms so described, phase 2 the few
// whose rays pass too near to the source or spread too wide over the detector, point by point in
// double precision.
//
// FDK weight 1/w^2: Feldkamp, Davis, Kress 1984, eq. 28, with the depth w of a projection matrix.
#pragma once

#include <cstdint>

#include "cuda/device/kernel.h"
#include "cuda/kernels/image_layout.h"

namespace slicecast::cuda {

// One term of one grid in the card's memory. Points of the grid have three whole-number
// coordinates; u w, v w and w are rows[0..3], [4..7], [8..11] times (a, b, d, 1).
struct CardTerm {
  double rows[12];
  ImagePlace image;
  float weight = 0;  // times the image's scale
  float padding = 0;
};

// Points begin_a <= a < end_a, ... of a grid. Tiles are cut along a and one of b and d, and one
// thread sums several points along d.
struct CardPiece {
  int begin_a = 0, begin_b = 0, begin_d = 0, end_a = 0, end_b = 0, end_d = 0;
  std::int64_t stride_a = 0, stride_b = 0, stride_d = 0;  // of sums
  float* sums = nullptr;                                  // of the first of these points
  unsigned first_block = 0, blocks_a = 0, blocks_b = 0, blocks_d = 0;
  int first_term = 0, terms = 0;
};

// Exponents of two: threads of a block along a, b, d (one of b and d is 0), and of a warp along a.
struct BlockShape {
  int log_a = 5, log_b = 0, log_d = 3, log_warp_a = 3;
};

// A term as one tile sees it: numerators relative to the base times w, and w.
struct alignas(16) TermOnTile {
  enum Kind : int { outside = 0, near = 1, column = 2, inside = 4, careful = 8 };
  float u[4], v[4], w[4];  // at the middle, per step along a, b, d
  float base_u, base_v, weight;
  int kind;
  ImagePlace image;
  int padding[2];
};
static_assert(sizeof(TermOnTile) == 96, "kernel_config counts with 96 bytes per term");

// 1/x to 1e-14 by two of Newton's steps: a division of doubles is a call, around which the card
// would have to save the sums.
SLICECAST_HD double precise_reciprocal(double x) {
  double inverse = reciprocal(static_cast<float>(x));
  inverse *= 2 - x * inverse;
  return inverse * (2 - x * inverse);
}

template <class Sampler, int kPoints>
struct BackprojectTiles {
  static constexpr int kPhases = 3;
  static constexpr int kMostThreads = 256;
  static constexpr int kBlocksPerMultiprocessor = kPoints <= 2 ? 4 : kPoints == 4 ? 3 : 2;
  // Beyond this extent positions relative to the middle of the tile lose precision.
  static constexpr float kWidest = 48;
  static constexpr float kFarthest = 1 << 20;  // of the tile's middle from the detector

  struct Registers {
    const CardPiece* piece;
    int a0, b0, d0;  // first point of the tile
    int x, y;        // of the thread in the block
    int kinds;       // of all terms of this turn
    float sums[kPoints];
  };

  const CardPiece* pieces;
  const CardTerm* terms;
  int piece_count;
  int terms_per_turn;  // at most the threads of a block
  int turn_count;
  unsigned first_block;  // blocks of the table before this launch
  BlockShape shape;
  bool adds;  // onto what the sums hold; else they are overwritten

  SLICECAST_HD int turns() const { return turn_count; }

  template <int kPhase>
  SLICECAST_HD void phase(const Thread& t, unsigned char* shared, Registers& own) const {
    auto* const described = reinterpret_cast<TermOnTile*>(shared);
    if constexpr (kPhase == 0) {
      if (t.turn == 0) place(t, own);
      const int i = static_cast<int>(t.thread);
      if (i < in_turn(own, t.turn))
        described[i].kind =
            describe(own, terms[own.piece->first_term + first_in(t.turn) + i], described[i]);
    } else if constexpr (kPhase == 1) {
      own.kinds = 0;
      const int count = in_turn(own, t.turn);
      SLICECAST_ONE_BY_ONE
      for (int i = 0; i < count; ++i) add_near(described[i], own);
    } else {
      if ((own.kinds & TermOnTile::careful) != 0) {
        const int count = in_turn(own, t.turn);
        SLICECAST_ONE_BY_ONE
        for (int i = 0; i < count; ++i) {
          if (described[i].kind == TermOnTile::careful)
            add_careful(terms[own.piece->first_term + first_in(t.turn) + i], own);
        }
      }
      if (t.turn == turn_count - 1) write(own);
    }
  }

 private:
  SLICECAST_HD int first_in(int turn) const { return turn * terms_per_turn; }
  SLICECAST_HD int in_turn(const Registers& own, int turn) const {
    const int left = own.piece->terms - first_in(turn);
    return left < terms_per_turn ? left : terms_per_turn;
  }
  // Points of a tile along d.
  SLICECAST_HD int depth() const { return kPoints << shape.log_d; }

  SLICECAST_HD void place(const Thread& t, Registers& own) const {
    const unsigned block = first_block + t.block_x;
    int least = 0, most = piece_count - 1;  // the last piece that begins at or before the block
    while (least < most) {
      const int middle = (least + most + 1) / 2;
      if (pieces[middle].first_block <= block) {
        least = middle;
      } else {
        most = middle - 1;
      }
    }
    own.piece = pieces + least;
    const unsigned tile = block - own.piece->first_block;
    const unsigned across = own.piece->blocks_a;
    const unsigned rest = tile / across;
    own.a0 = own.piece->begin_a + (static_cast<int>(tile % across) << shape.log_a);
    own.b0 = own.piece->begin_b + (static_cast<int>(rest % own.piece->blocks_b) << shape.log_b);
    own.d0 = own.piece->begin_d + static_cast<int>(rest / own.piece->blocks_b) * depth();
    // A warp is a patch, so that its points fall near each other on the detector.
    const int lane = static_cast<int>(t.thread) & 31, warp = static_cast<int>(t.thread) >> 5;
    const int log_warps = shape.log_a - shape.log_warp_a;
    const int warp_x = warp & ((1 << log_warps) - 1), warp_y = warp >> log_warps;
    own.x = (warp_x << shape.log_warp_a) | (lane & ((1 << shape.log_warp_a) - 1));
    own.y = (warp_y << (5 - shape.log_warp_a)) | (lane >> shape.log_warp_a);
    for (int p = 0; p < kPoints; ++p) own.sums[p] = 0;
  }

  SLICECAST_HD static double row_at(const double* row, double a, double b, double d) {
    return row[0] * a + row[1] * b + row[2] * d + row[3];
  }

  // A numerator relative to a whole pixel `base`, and half of what the tile covers, times w.
  SLICECAST_HD float relative(const double* row, const double* w, double middle, double base,
                              float* to) const {
    to[0] = static_cast<float>(middle);
    for (int i = 0; i < 3; ++i) to[i + 1] = static_cast<float>(row[i] - base * w[i]);
    return magnitude(to[0]) + span(to[1], to[2], to[3]);
  }
  SLICECAST_HD float span(float a, float b, float d) const {
    return 0.5F * (magnitude(a) * static_cast<float>((1 << shape.log_a) - 1) +
                   magnitude(b) * static_cast<float>((1 << shape.log_b) - 1) +
                   magnitude(d) * static_cast<float>(depth() - 1));
  }

  SLICECAST_HD int describe(const Registers& own, const CardTerm& term, TermOnTile& on) const {
    const double a = own.a0 + ((1 << shape.log_a) - 1) * 0.5,
                 b = own.b0 + ((1 << shape.log_b) - 1) * 0.5, d = own.d0 + (depth() - 1) * 0.5;
    const double* const rows_w = term.rows + 8;
    const double middle_w = row_at(rows_w, a, b, d);
    const float w = static_cast<float>(middle_w), w_d = static_cast<float>(rows_w[2]);
    const float w_span = span(static_cast<float>(rows_w[0]), static_cast<float>(rows_w[1]), w_d);
    if (!(w + w_span > 0)) return TermOnTile::outside;  // all behind the source
    const float least_w = w - w_span;
    if (!(least_w > 0.25F * w)) return TermOnTile::careful;
    on.w[0] = w;
    for (int i = 0; i < 3; ++i) on.w[i + 1] = static_cast<float>(rows_w[i]);

    const float inverse = reciprocal(w), widest_inverse = reciprocal(least_w);
    constexpr float kMargin = 0.01F;  // of the rounding of what lies at an edge
    const double middle_u = row_at(term.rows, a, b, d), middle_v = row_at(term.rows + 4, a, b, d);
    const float base_u = rounded(static_cast<float>(middle_u) * inverse);
    const float base_v = rounded(static_cast<float>(middle_v) * inverse);
    if (!(magnitude(base_u) < kFarthest && magnitude(base_v) < kFarthest))
      return TermOnTile::careful;
    const float wide_u =
        relative(term.rows, rows_w, middle_u - base_u * middle_w, base_u, on.u) * widest_inverse +
        kMargin;
    const float wide_v =
        relative(term.rows + 4, rows_w, middle_v - base_v * middle_w, base_v, on.v) *
            widest_inverse +
        kMargin;

    on.base_u = base_u;
    on.base_v = base_v;
    on.weight = term.weight;
    on.image = term.image;
    const float columns = static_cast<float>(term.image.columns),
                rows = static_cast<float>(term.image.rows);
    if (base_u + wide_u < -1 || base_u - wide_u > columns || base_v + wide_v < -1 ||
        base_v - wide_v > rows)
      return TermOnTile::outside;
    if (!(wide_u < kWidest && wide_v < kWidest)) return TermOnTile::careful;
    const bool inside = base_u - wide_u > -1 && base_u + wide_u < columns && base_v - wide_v > -1 &&
                        base_v + wide_v < rows;
    // Along the axis of rotation only v changes.
    const float negligible = 1e-7F * least_w / static_cast<float>(depth());
    const bool column = magnitude(on.u[3]) < negligible && magnitude(w_d) < 0.01F * negligible;
    return TermOnTile::near | (inside ? TermOnTile::inside : 0) | (column ? TermOnTile::column : 0);
  }

  SLICECAST_HD static float fetch(const TermOnTile& on, float u, float v) {
    // The whole number below or, for a whole number, that one or the one below: the same value.
    const float whole_u = rounded(u - 0.5F);
    const float whole_v = rounded(v - 0.5F);
    const float column = on.base_u + whole_u, row = on.base_v + whole_v;
    if constexpr (Sampler::kTests) {
      if ((on.kind & TermOnTile::inside) == 0 &&
          !(column >= -1 && column < static_cast<float>(on.image.columns) && row >= -1 &&
            row < static_cast<float>(on.image.rows)))
        return 0;
    }
    return Sampler::fetch(on.image, row, column, v - whole_v, u - whole_u);
  }

  SLICECAST_HD void add_near(const TermOnTile& on, Registers& own) const {
    own.kinds |= on.kind;
    if ((on.kind & TermOnTile::near) == 0) return;
    const float a = static_cast<float>(own.x) - 0.5F * static_cast<float>((1 << shape.log_a) - 1);
    const int y_b = shape.log_b == 0 ? 0 : own.y, y_d = shape.log_b == 0 ? own.y : 0;
    const float b = static_cast<float>(y_b) - 0.5F * static_cast<float>((1 << shape.log_b) - 1);
    const float d = static_cast<float>(y_d) - 0.5F * static_cast<float>(depth() - 1);
    const float step = static_cast<float>(1 << shape.log_d);
    const auto at = [&](const float* row) {
      return multiply_add(a, row[1], multiply_add(b, row[2], multiply_add(d, row[3], row[0])));
    };
    const float u = at(on.u), v = at(on.v), w = at(on.w);
    if ((on.kind & TermOnTile::column) != 0) {
      const float inverse = reciprocal(w), weight = on.weight * inverse * inverse;
      const float position = u * inverse;
      for (int p = 0; p < kPoints; ++p) {
        const float height = multiply_add(static_cast<float>(p) * step, on.v[3], v) * inverse;
        own.sums[p] = multiply_add(weight, fetch(on, position, height), own.sums[p]);
      }
    } else {
      for (int p = 0; p < kPoints; ++p) {
        const float deep = static_cast<float>(p) * step;
        const float inverse = reciprocal(multiply_add(deep, on.w[3], w));
        const float value = fetch(on, multiply_add(deep, on.u[3], u) * inverse,
                                  multiply_add(deep, on.v[3], v) * inverse);
        own.sums[p] = multiply_add(on.weight * inverse * inverse, value, own.sums[p]);
      }
    }
  }

  struct Point {
    int a, b, d;
  };
  SLICECAST_HD Point point(const Registers& own, int p) const {
    const bool wide = shape.log_b != 0;
    return {own.a0 + own.x, own.b0 + (wide ? own.y : 0),
            own.d0 + (wide ? 0 : own.y) + (p << shape.log_d)};
  }
  SLICECAST_HD static bool valid(const CardPiece& piece, const Point& at) {
    return at.a < piece.end_a && at.b < piece.end_b && at.d < piece.end_d;
  }

  SLICECAST_HD void add_careful(const CardTerm& term, Registers& own) const {
    const CardPiece& piece = *own.piece;
    for (int p = 0; p < kPoints; ++p) {
      const Point at = point(own, p);
      if (!valid(piece, at)) continue;
      const double w = row_at(term.rows + 8, at.a, at.b, at.d);
      if (!(w > 0)) continue;
      const double inverse = precise_reciprocal(w);
      const double u = row_at(term.rows, at.a, at.b, at.d) * inverse;
      const double v = row_at(term.rows + 4, at.a, at.b, at.d) * inverse;
      // Also false for what is no number.
      if (!(u > -1 && u < term.image.columns && v > -1 && v < term.image.rows)) continue;
      const int column = static_cast<int>(u + 1) - 1, row = static_cast<int>(v + 1) - 1;
      const float value =
          Sampler::fetch(term.image, static_cast<float>(row), static_cast<float>(column),
                         static_cast<float>(v - row), static_cast<float>(u - column));
      own.sums[p] += static_cast<float>(term.weight * inverse * inverse * value);
    }
  }

  SLICECAST_HD void write(const Registers& own) const {
    const CardPiece& piece = *own.piece;
    for (int p = 0; p < kPoints; ++p) {
      const Point at = point(own, p);
      if (!valid(piece, at)) continue;
      float& sum = piece.sums[(at.a - piece.begin_a) * piece.stride_a +
                              (at.b - piece.begin_b) * piece.stride_b +
                              (at.d - piece.begin_d) * piece.stride_d];
      sum = adds ? sum + own.sums[p] : own.sums[p];
    }
  }
};

}  // namespace slicecast::cuda
