#include "cuda/backproject/tables.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "cuda/backproject/card_image.h"

namespace slicecast::cuda {
namespace {

using geometry::PointGrid;
using geometry::Vec3;

// Beyond this single precision would overflow, and no detector is that far away.
bool usable(const geometry::Matrix34& matrix) {
  return std::ranges::all_of(matrix.m, [](double entry) { return std::abs(entry) < 1e15; });
}

Reading reading_of(const CardImage& image, recon::Sampling sampling) {
  const bool half = image.type() == recon::StoreType::half_precision;
  switch (image.layout()) {
    case Layout::rows: return half ? Reading::half_rows : Reading::single_rows;
    case Layout::quads: return half ? Reading::half_quads : Reading::single_quads;
    case Layout::texture: break;
  }
  // Who stores single precision wants it: the card's own interpolation has 8 bits.
  return half && sampling == recon::Sampling::filtered ? Reading::filtered : Reading::gather;
}

// Along which of the grid's directions the kernel's a, b and d run.
enum class Along { column_plane_row, row_plane_column, column_row_plane };

struct Directions {
  Vec3 a, b, d;
};
Directions directions_of(const PointGrid& grid, Along along) {
  switch (along) {
    case Along::column_plane_row: return {grid.step_column, grid.step_plane, grid.step_row};
    case Along::row_plane_column: return {grid.step_row, grid.step_plane, grid.step_column};
    case Along::column_row_plane: break;
  }
  return {grid.step_column, grid.step_row, grid.step_plane};
}

double row_along(const double* row, Vec3 step) {
  return row[0] * step.x + row[1] * step.y + row[2] * step.z;
}

// How far a step moves on the detector other than along its columns.
double moves_across(const geometry::Matrix34& matrix, Vec3 step) {
  return std::abs(row_along(matrix.m.data(), step)) +
         std::abs(row_along(matrix.m.data() + 8, step)) * 1e3;
}

// Several points of a thread lie along the axis of rotation where the grid has such a direction:
// there the kernel computes u and w once.
Along along_of(const PieceOnCard& part, const geometry::Matrix34& matrix) {
  if (part.plane_end - part.plane_begin > 1) return Along::column_row_plane;
  const PointGrid& grid = part.piece->grid;
  constexpr double kNegligible = 1e-9;
  const bool columns_up = moves_across(matrix, grid.step_column) < kNegligible;
  const bool rows_up = moves_across(matrix, grid.step_row) < kNegligible;
  return columns_up && !rows_up ? Along::row_plane_column : Along::column_plane_row;
}

CardTerm card_term(const PointGrid& grid, const Directions& steps, const recon::Term& term,
                   const CardImage& image) {
  CardTerm made{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double* const row = term.matrix.m.data() + 4 * i;
    double* const to = made.rows + 4 * i;
    to[0] = row_along(row, steps.a);
    to[1] = row_along(row, steps.b);
    to[2] = row_along(row, steps.d);
    to[3] = row_along(row, grid.origin) + row[3];
  }
  made.image = image.place();
  made.weight = term.weight * image.scale();
  return made;
}

void set_ranges(CardPiece& to, const PieceOnCard& part, Along along) {
  const int columns = part.piece->grid.columns, rows = part.row_end - part.row_begin;
  const std::int64_t stride_row = columns;
  const std::int64_t stride_plane = static_cast<std::int64_t>(rows) * columns;
  switch (along) {
    case Along::column_plane_row:
      to.begin_b = part.plane_begin, to.end_b = part.plane_end, to.stride_b = stride_plane;
      to.begin_d = part.row_begin, to.end_d = part.row_end, to.stride_d = stride_row;
      to.end_a = columns, to.stride_a = 1;
      return;
    case Along::row_plane_column:
      to.begin_a = part.row_begin, to.end_a = part.row_end, to.stride_a = stride_row;
      to.begin_b = part.plane_begin, to.end_b = part.plane_end, to.stride_b = stride_plane;
      to.end_d = columns, to.stride_d = 1;
      return;
    case Along::column_row_plane: break;
  }
  to.end_a = columns, to.stride_a = 1;
  to.begin_b = part.row_begin, to.end_b = part.row_end, to.stride_b = stride_row;
  to.begin_d = part.plane_begin, to.end_d = part.plane_end, to.stride_d = stride_plane;
}

int log_of(long long power_of_two) {
  return std::countr_zero(static_cast<unsigned long long>(power_of_two));
}

BlockShape shape_of(const recon::CudaKernels& kernels, bool volume) {
  BlockShape shape;
  shape.log_a = log_of(kernels.block_columns);
  (volume ? shape.log_b : shape.log_d) = log_of(kernels.block_rows);
  (volume ? shape.log_d : shape.log_b) = 0;
  shape.log_warp_a = log_of(kernels.warp_columns);
  return shape;
}

// Detector pixels from point to point in the middle of a part, along a or d.
double pixels_per_step(const PieceOnCard& part, const CardTerm& term, Along along) {
  CardPiece range;
  set_ranges(range, part, along);
  const double middle[] = {0.5 * (range.begin_a + range.end_a), 0.5 * (range.begin_b + range.end_b),
                           0.5 * (range.begin_d + range.end_d)};
  const auto at = [&](int row) {
    const double* const r = term.rows + 4 * row;
    return r[0] * middle[0] + r[1] * middle[1] + r[2] * middle[2] + r[3];
  };
  const double w = at(2);
  if (!(w > 0)) return 0;
  const double u = at(0) / w, v = at(1) / w;
  double widest = 0;
  for (const int step : {0, 2}) {
    const double w_step = term.rows[8 + step];
    widest = std::max(widest, std::hypot((term.rows[step] - u * w_step) / w,
                                         (term.rows[4 + step] - v * w_step) / w));
  }
  return widest;
}

// As many points per thread as leave every multiprocessor full several times over, and tiles small
// enough on the detector for single precision.
int points_for(std::size_t points, double pixels, const BlockShape& shape, const Choice& choice) {
  if (choice.kernels.points_per_thread != 0)
    return static_cast<int>(choice.kernels.points_per_thread);
  const std::size_t threads = static_cast<std::size_t>(choice.multiprocessors) *
                              static_cast<std::size_t>(choice.threads_per_multiprocessor);
  int chosen = points >= 8 * threads ? 4 : points >= 4 * threads ? 2 : 1;
  constexpr double kMostPixels = 90;  // both edges of a tile together; it may lie diagonally
  while (chosen > 1 && pixels * ((1 << shape.log_a) + (chosen << shape.log_d)) > kMostPixels)
    chosen /= 2;
  return chosen;
}

// Tiles of each piece, counted on.
void count_blocks(LaunchTables& tables) {
  const auto tiles = [](int begin, int end, int size) {
    return static_cast<unsigned>((end - begin + size - 1) / size);
  };
  const BlockShape& shape = tables.shape;
  for (CardPiece& piece : tables.pieces) {
    piece.first_block = tables.blocks;
    piece.blocks_a = tiles(piece.begin_a, piece.end_a, 1 << shape.log_a);
    piece.blocks_b = tiles(piece.begin_b, piece.end_b, 1 << shape.log_b);
    piece.blocks_d = tiles(piece.begin_d, piece.end_d, tables.points_per_thread << shape.log_d);
    tables.blocks += piece.blocks_a * piece.blocks_b * piece.blocks_d;
  }
}

}  // namespace

std::vector<LaunchTables> make_tables(std::span<const PieceOnCard> pieces, const Choice& choice,
                                      float* sums) {
  std::vector<LaunchTables> all;
  std::vector<std::size_t> points;  // of each of them
  std::vector<double> pixels;
  const auto table_for = [&](Reading reading, bool volume) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].reading == reading && (all[i].shape.log_b != 0) == volume) return i;
    all.push_back({});
    all.back().reading = reading;
    all.back().shape.log_b = volume ? 1 : 0;  // until the shape is known
    points.push_back(0);
    pixels.push_back(0);
    return all.size() - 1;
  };
  for (const PieceOnCard& part : pieces) {
    if (part.points() == 0) continue;
    const bool volume = part.plane_end - part.plane_begin > 1;
    std::vector<bool> begun(kReadings);
    Along along = Along::column_row_plane;
    bool first = true;
    Directions steps;
    for (const recon::Term& term : part.piece->terms) {
      if (!term.image || term.weight == 0 || !usable(term.matrix)) continue;
      const auto& image = static_cast<const CardImage&>(*term.image);
      if (image.store().card() != choice.card) continue;
      if (first) {
        along = along_of(part, term.matrix);
        steps = directions_of(part.piece->grid, along);
        first = false;
      }
      const Reading reading = reading_of(image, choice.kernels.sampling);
      const std::size_t index = table_for(reading, volume);
      LaunchTables& tables = all[index];
      if (!begun[static_cast<std::size_t>(reading)]) {
        begun[static_cast<std::size_t>(reading)] = true;
        CardPiece piece;
        set_ranges(piece, part, along);
        piece.sums = sums + part.offset;
        piece.first_term = static_cast<int>(tables.terms.size());
        tables.pieces.push_back(piece);
        points[index] += part.points();
      }
      tables.terms.push_back(card_term(part.piece->grid, steps, term, image));
      if (tables.pieces.back().terms == 0)
        pixels[index] = std::max(pixels[index], pixels_per_step(part, tables.terms.back(), along));
      tables.most_terms = std::max(tables.most_terms, ++tables.pieces.back().terms);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool volume = all[i].shape.log_b != 0;
    all[i].shape = shape_of(choice.kernels, volume);
    all[i].points_per_thread = volume ? static_cast<int>(choice.kernels.planes_per_thread)
                                      : points_for(points[i], pixels[i], all[i].shape, choice);
    count_blocks(all[i]);
  }
  return all;
}

std::vector<PieceOnCard> cut(std::span<const recon::Piece> pieces, std::size_t points) {
  std::vector<PieceOnCard> parts;
  for (const recon::Piece& piece : pieces) {
    const auto row_points = static_cast<std::size_t>(std::max(piece.grid.columns, 1));
    const int rows = piece.row_end - piece.row_begin;
    if (rows <= 0 || piece.grid.columns <= 0) continue;
    const int rows_at_once = static_cast<int>(
        std::clamp<std::size_t>(points / row_points, 1, static_cast<std::size_t>(rows)));
    const std::size_t plane_points = row_points * static_cast<std::size_t>(rows);
    const int planes_at_once =
        rows_at_once < rows
            ? 1
            : static_cast<int>(std::clamp<std::size_t>(points / plane_points, 1, 1 << 20));
    for (int p = piece.plane_begin; p < piece.plane_end; p += planes_at_once)
      for (int r = piece.row_begin; r < piece.row_end; r += rows_at_once)
        parts.push_back({&piece, p, std::min(p + planes_at_once, piece.plane_end), r,
                         std::min(r + rows_at_once, piece.row_end), 0});
  }
  return parts;
}

}  // namespace slicecast::cuda
