// Figures of the CUDA backend as callers see it: from host memory to host memory, transfers and
// waiting included. What kernels alone take, beside the limits of the card, `./dev gpu` measures.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "common/base/clock.h"
#include "common/recon/backend.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_moves.h"

namespace slicecast::cli {
namespace {

using geometry::PointGrid;
using recon::Backend;
using recon::StoreType;
using recon::Term;

// A circular cone-beam scan whose field of view fits the detector.
geometry::ScanGeometry cone_scan(int rows, int columns) {
  geometry::ScanGeometry g;
  g.beam = geometry::Beam::cone;
  g.rows = rows;
  g.columns = columns;
  g.pixel_mm = 0.1;
  g.source_axis_mm = 0.4 * columns;
  g.source_detector_mm = 0.6 * columns;
  return g;
}

std::vector<float> noise(std::size_t values) {
  std::minstd_rand random(1);
  std::vector<float> made(values);
  for (float& value : made) value = static_cast<float>(random()) * 0x1p-30f - 1.0f;
  return made;
}

// White noise: no term is easier than another, and nothing cancels.
std::vector<Term> terms_of(const Backend& backend, const geometry::ScanGeometry& g, int count,
                           StoreType type) {
  std::vector<float> pixels =
      noise(static_cast<std::size_t>(g.rows) * static_cast<std::size_t>(g.columns));
  std::vector<Term> terms;
  for (int i = 0; i < count; ++i) {
    std::ranges::rotate(pixels, pixels.begin() + 1);
    const double angle = 2 * std::numbers::pi * i / count;
    terms.push_back({backend.store({pixels.data(), g.rows, g.columns}, type, 0x1p-12f, nullptr),
                     geometry::projection_at(g, angle).matrix, 1.0f / static_cast<float>(count)});
  }
  return terms;
}

// A square through the axis, turned by `degrees` about x.
PointGrid tilted_slice(const geometry::ScanGeometry& g, int size, double degrees, double shift_mm) {
  const double width = 2 * geometry::field_of_view(g, false).radius_mm;
  const double t = degrees * std::numbers::pi / 180;
  const geometry::Vec3 right{width, 0, 0}, up{0, width * std::cos(t), width * std::sin(t)};
  return geometry::grid_of({geometry::Vec3{0, 0, shift_mm} - right * 0.5 - up * 0.5, right, up},
                           size, size);
}

std::size_t points_of(const PointGrid& grid) {
  return static_cast<std::size_t>(grid.planes) * static_cast<std::size_t>(grid.rows) *
         static_cast<std::size_t>(grid.columns);
}

struct Sums {
  std::vector<PointGrid> grids;
  std::vector<std::vector<float>> values;
};

// All grids in calls of at most what the backend asks for, as the slice server makes them.
void sum_up(const recon::Backproject& kernel, std::span<const Term> terms, Sums& sums) {
  std::vector<recon::Piece> pieces;
  std::size_t updates = 0;
  const auto flush = [&] {
    if (!pieces.empty()) kernel.accumulate_batch(pieces, recon::Urgency::demand);
    pieces.clear();
    updates = 0;
  };
  for (std::size_t i = 0; i < sums.grids.size(); ++i) {
    const PointGrid& grid = sums.grids[i];
    sums.values[i].resize(points_of(grid));
    const int rows = std::clamp(kernel.tile_rows(grid, terms.size()), 1, grid.rows);
    const int planes = rows == grid.rows ? kernel.tile_planes(grid, terms.size()) : 1;
    for (int plane = 0; plane < grid.planes; plane += planes) {
      for (int row = 0; row < grid.rows; row += rows) {
        recon::Piece piece{.grid = grid,
                           .plane_begin = plane,
                           .plane_end = std::min(grid.planes, plane + planes),
                           .row_begin = row,
                           .row_end = std::min(grid.rows, row + rows),
                           .terms = terms,
                           .out = sums.values[i].data(),
                           .fresh = true};
        const std::size_t more = terms.size() * static_cast<std::size_t>(grid.columns) *
                                 static_cast<std::size_t>(piece.row_end - row) *
                                 static_cast<std::size_t>(piece.plane_end - plane);
        if (updates + more > kernel.updates_per_call()) flush();
        pieces.push_back(piece);
        updates += more;
      }
    }
  }
  flush();
}

double median_ms(int repeats, const std::function<void()>& work) {
  work();
  std::vector<double> each;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = steady_now_ns();
    work();
    each.push_back(static_cast<double>(steady_now_ns() - begin) * 1e-6);
  }
  std::ranges::sort(each);
  return quantile(each, 0.5);
}

// Relative difference of the card's sums from the reference's on a few rows of each grid.
double error_of(const Backend& card, StoreType type) {
  const auto g = cone_scan(45, 61);
  const Backend& reference = **recon::find_backend("reference");
  Sums on_card{
      {tilted_slice(g, 63, 0, 0.3), tilted_slice(g, 50, 37, -0.2), tilted_slice(g, 41, 90, 0)}, {}};
  on_card.values.resize(on_card.grids.size());
  Sums defined = on_card;
  sum_up(*card.make_backproject(), terms_of(card, g, 31, type), on_card);
  sum_up(*reference.make_backproject(), terms_of(reference, g, 31, StoreType::single_precision),
         defined);
  double difference = 0, square = 0;
  for (std::size_t i = 0; i < defined.values.size(); ++i) {
    for (std::size_t k = 0; k < defined.values[i].size(); ++k) {
      const double wanted = defined.values[i][k];
      difference += (on_card.values[i][k] - wanted) * (on_card.values[i][k] - wanted);
      square += wanted * wanted;
    }
  }
  return std::sqrt(difference / square);
}

}  // namespace

std::string why_no_card() {
  const auto card = recon::find_backend("cuda");
  return card ? "" : card.error().message;
}

Measurements bench_cuda(const BenchContext& context) {
  const auto found = recon::find_backend("cuda");
  if (!found) return found.error();
  const Backend& card = **found;
  const auto kernel = card.make_backproject();
  const auto edge = [&](int size) { return scaled(size, context.scale, 16); };
  const int repeats = scaled(30, context.scale, 3);
  std::vector<Measurement> rows;
  const auto add = [&](const char* name, double value, const std::string& work) {
    rows.push_back({.name = name,
                    .value = value,
                    .work = work,
                    .detail = "median of " + std::to_string(repeats) + ", " + card.description(),
                    .correct = !card.failure()});
  };
  const auto timed = [&](std::span<const Term> terms, std::vector<PointGrid> grids) {
    Sums sums{std::move(grids), {}};
    sums.values.resize(sums.grids.size());
    return median_ms(repeats, [&] { sum_up(*kernel, terms, sums); });
  };
  add("cuda.float_store", error_of(card, StoreType::single_precision), "three slices");
  add("cuda.half_store", error_of(card, StoreType::half_precision), "three slices");
  {
    const auto g = cone_scan(edge(520), edge(768));
    const auto terms = terms_of(card, g, edge(400), StoreType::half_precision);
    add("cuda.three_slices_1024",
        timed(terms, {tilted_slice(g, edge(1024), 0, 0), tilted_slice(g, edge(1024), 35, 0),
                      tilted_slice(g, edge(1024), 90, 0)}),
        "three slices of 1024x1024, tilted by 0, 35 and 90 degrees, 400 projections of 768x520");
    const double voxel = 2 * geometry::field_of_view(g, false).radius_mm / edge(128);
    add("cuda.preview_128",
        timed(terms, {geometry::volume_grid(edge(128), edge(128), edge(128), voxel)}),
        "128^3 voxels from 400 projections of 768x520");
    add("cuda.slice_512",
        timed(std::span(terms).first(std::min<std::size_t>(60, terms.size())),
              {tilted_slice(g, edge(512), 35, 0)}),
        "one slice of 512x512 from 60 projections of 768x520");
  }
  return rows;
}

Measurements bench_cuda_latency(const BenchContext& context) {
  auto moves = BenchMoves::start("cone", context, {}, "cuda");
  if (!moves) return moves.error();
  if (auto warm = (*moves)->move(10); !warm) return warm.error();
  auto each = (*moves)->move(scaled(500, context.scale, 20));
  if (!each) return each.error();
  std::ranges::sort(*each);
  const auto row = [&](const char* name, double share) {
    return Measurement{.name = name,
                       .value = quantile(*each, share),
                       .work = kMovesWork,
                       .detail = std::to_string(each->size()) + " poses",
                       .threads = context.threads};
  };
  return std::vector<Measurement>{row("cuda.latency_p50", 0.5), row("cuda.latency_p99", 0.99)};
}

}  // namespace slicecast::cli
