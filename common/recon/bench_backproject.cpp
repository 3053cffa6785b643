#include "common/recon/bench_backproject.h"

#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "common/base/clock.h"
#include "common/recon/convert.h"
#include "common/recon/reference/backproject.h"

namespace slicecast::recon {
namespace {

using geometry::Matrix34;
using geometry::PointGrid;
using geometry::Vec3;
using std::numbers::pi;

// A laboratory cone beam of wide opening, where positions vary fast: worse than most scanners.
constexpr double kSourceAxis = 66, kSourceDetector = 199, kFieldOfView = 34;  // mm

int scaled(int size, double scale) {
  return std::max(8, static_cast<int>(size * scale));
}

// Circular orbit, detector of columns x rows that sees kFieldOfView.
Matrix34 cone_matrix(double angle, int rows, int columns) {
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const double pixel = kFieldOfView * kSourceDetector / kSourceAxis * 1.1 / columns;
  const double f = kSourceDetector / kSourceAxis / pixel;
  const double u0 = (columns - 1) / 2.0, v0 = (rows - 1) / 2.0;
  const double wx = -sine / kSourceAxis, wy = cosine / kSourceAxis;
  return {
      {cosine * f + u0 * wx, sine * f + u0 * wy, 0, u0, v0 * wx, v0 * wy, -f, v0, wx, wy, 0, 1}};
}

Matrix34 parallel_matrix(double angle, int rows, int columns) {
  const double p = kFieldOfView / columns;
  return {{std::cos(angle) / p, std::sin(angle) / p, 0, (columns - 1) / 2.0, 0, 0, -1 / p,
           (rows - 1) / 2.0 + 0.3, 0, 0, 0, 1}};
}

PointGrid plane_grid(int size, Vec3 along_columns, Vec3 along_rows, Vec3 centre) {
  const double h = kFieldOfView / size;
  PointGrid grid;
  grid.step_column = h * along_columns;
  grid.step_row = h * along_rows;
  grid.origin = centre - (size - 1) / 2.0 * (grid.step_column + grid.step_row);
  grid.columns = grid.rows = size;
  return grid;
}

PointGrid tilted(int size, double degrees, double offset) {
  const double t = degrees * pi / 180;
  return plane_grid(size, {1, 0, 0}, {0, std::cos(t), std::sin(t)},
                    {0, -offset * std::sin(t), offset * std::cos(t)});
}

class Bench {
 public:
  Bench(const Backend& backend, double scale, int threads, int repeats)
      : backend_(backend),
        kernel_(backend.make_backproject()),
        scale_(scale),
        repeats_(repeats),
        arena_(threads),
        threads_(threads) {}

  std::vector<Term> terms(int count, int rows, int columns, int halvings,
                          Matrix34 (*matrix)(double, int, int), double arc) {
    std::vector<float> noise(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    std::minstd_rand random(1);
    std::vector<Term> result;
    for (int i = 0; i < count; ++i) {
      for (float& value : noise) value = static_cast<float>(random()) * 0x1p-30f - 1.0f;
      Term term{
          backend_.store({noise.data(), rows, columns}, StoreType::half_precision, 1, nullptr),
          matrix(arc * i / count, rows, columns), 1.0f / static_cast<float>(count)};
      for (int k = 0; k < halvings; ++k) {
        term.image = backend_.halve(*term.image);
        term.matrix = geometry::with_pixel_map(term.matrix, 0.5, -0.25, 0.5, -0.25);
      }
      result.push_back(std::move(term));
    }
    return result;
  }

  double seconds(const PointGrid& grid, std::span<const Term> of_terms) {
    const auto points =
        static_cast<std::size_t>(grid.rows) * static_cast<std::size_t>(grid.columns);
    out_.assign(points * static_cast<std::size_t>(grid.planes), 0.0f);
    const int rows = kernel_->tile_rows(grid, of_terms.size());
    const int bands = (grid.rows + rows - 1) / rows;
    std::vector<double> runs;
    for (int k = 0; k < repeats_; ++k) {
      const auto start = steady_now_ns();
      arena_.execute([&] {
        tbb::parallel_for(0, bands * grid.planes, [&](int tile) {
          const int plane = tile / bands, begin = tile % bands * rows;
          float* image = out_.data() + points * static_cast<std::size_t>(plane);
          kernel_->accumulate(grid, plane, begin, std::min(grid.rows, begin + rows), of_terms,
                              {image, grid.rows, grid.columns});
        });
      });
      runs.push_back(static_cast<double>(steady_now_ns() - start) * 1e-9);
    }
    std::ranges::nth_element(runs, runs.begin() + repeats_ / 2);
    return std::max(1e-9, runs[static_cast<std::size_t>(repeats_ / 2)]);
  }

  // One row in the middle against the definition; `out_` holds `repeats_` sums.
  bool agrees(const PointGrid& grid, std::span<const Term> of_terms) const {
    std::vector<float> expected(static_cast<std::size_t>(grid.rows) *
                                static_cast<std::size_t>(grid.columns));
    const int plane = grid.planes / 2, row = grid.rows / 2;
    make_reference_backproject()->accumulate(grid, plane, row, row + 1, of_terms,
                                             {expected.data(), grid.rows, grid.columns});
    double error = 0, power = 0;
    for (int c = 0; c < grid.columns; ++c) {
      const auto at = static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.columns) +
                      static_cast<std::size_t>(c);
      const double wanted = expected[at];
      const double got = out_[expected.size() * static_cast<std::size_t>(plane) + at];
      error += std::pow(got / repeats_ - wanted, 2);
      power += wanted * wanted;
    }
    return std::sqrt(error) <= 1e-5 * std::sqrt(power);
  }

  BackprojectBenchRow row(std::string name, std::string work, const PointGrid& grid,
                          std::span<const Term> of_terms, double promise, bool as_time = false) {
    const double time = seconds(grid, of_terms);
    const double updates = static_cast<double>(grid.planes) * grid.rows * grid.columns *
                           static_cast<double>(of_terms.size());
    BackprojectBenchRow result;
    result.name = std::move(name);
    result.work = std::move(work);
    result.promise = promise;
    result.threads = threads_;
    result.unit = as_time ? "ms" : "GUPS";
    result.measured = as_time ? time * 1e3 : updates / time * 1e-9;
    result.limit = as_time ? updates / lookups_per_second() * 1e3 : lookups_per_second() * 1e-9;
    result.limit_name = "table look-ups of the same machine, one per point";
    result.ratio = as_time ? result.limit / result.measured : result.measured / result.limit;
    result.correct = agrees(grid, of_terms);
    return result;
  }

  // The limit: bilinear interpolation needs at least one random 2x2 read per update, so random
  // reads of 8 bytes from a table that fits the second cache, on the same threads.
  double lookups_per_second() {
    if (lookups_ > 0) return lookups_;
    constexpr std::uint32_t kEntries = 1u << 14, kReads = 1u << 22;
    const std::vector<std::uint64_t> table(kEntries, 1);
    double best = 0;
    for (int k = 0; k < 5; ++k) {
      const auto start = steady_now_ns();
      const std::uint64_t total = arena_.execute([&] {
        return tbb::parallel_reduce(
            tbb::blocked_range<std::uint32_t>(0, kReads, kReads / 16), std::uint64_t{0},
            [&](const tbb::blocked_range<std::uint32_t>& range, std::uint64_t sum) {
              for (std::uint32_t i = range.begin(); i != range.end(); ++i)
                sum += table[(i * 2654435761u) >> 18];
              return sum;
            },
            std::plus<>());
      });
      if (total != kReads) return 1;
      best = std::max(best, kReads / (static_cast<double>(steady_now_ns() - start) * 1e-9));
    }
    return lookups_ = best;
  }

  int edge(int size) const { return scaled(size, scale_); }

 private:
  const Backend& backend_;
  std::unique_ptr<Backproject> kernel_;
  double scale_;
  int repeats_;
  tbb::task_arena arena_;
  int threads_;
  std::vector<float> out_;
  double lookups_ = 0;
};

}  // namespace

std::vector<BackprojectBenchRow> bench_backproject(const Backend& backend, double scale,
                                                   int threads, int repeats) {
  Bench bench(backend, scale, std::max(1, threads), std::max(1, repeats));
  std::vector<BackprojectBenchRow> rows;
  const int n = bench.edge(512), projections = bench.edge(60);
  const int height = bench.edge(647), width = bench.edge(768);
  const std::string cone = std::to_string(projections) + " cone-beam projections of " +
                           std::to_string(height) + "x" + std::to_string(width);
  const std::string slice = std::to_string(n) + "x" + std::to_string(n) + " slice, " + cone;
  {
    const auto terms = bench.terms(projections, height, width, 0, cone_matrix, 2 * pi);
    rows.push_back(bench.row("cone_axial_512", "axial " + slice, tilted(n, 0, 3), terms, 2.5));
    double slowest = INFINITY;
    for (int degrees = 0; degrees <= 90; degrees += 15) {
      rows.push_back(bench.row("cone_tilt_" + std::to_string(degrees), "oblique " + slice,
                               tilted(n, degrees, 0), terms, 1.4));
      slowest = std::min(slowest, rows.back().measured);
    }
    auto minimum = rows.back();
    minimum.name = "cone_tilt_minimum";
    minimum.measured = slowest;
    minimum.ratio = slowest / minimum.limit;
    for (const auto& row : rows) minimum.correct = minimum.correct && row.correct;
    rows.push_back(minimum);
    const double s = std::sqrt(0.5);
    rows.push_back(bench.row("cone_vertical", "vertical " + slice,
                             plane_grid(n, {s, s, 0}, {0, 0, 1}, {}), terms, 1.4));
    rows.push_back(bench.row("cone_vertical_turned", "vertical, turned by 45 degrees, " + slice,
                             plane_grid(n, {s, 0, s}, {-s, 0, s}, {}), terms, 1.4));
    rows.push_back(bench.row(
        "cone_double_tilt", "tilted by 60 degrees about x = y, " + slice,
        plane_grid(n, {0.75, 0.25, -s * std::sqrt(0.75)}, {0.25, 0.75, s * std::sqrt(0.75)}, {}),
        terms, 1.4));
  }
  {
    // The level whose pixels match the voxels, as the slice server reads it.
    const int edge = bench.edge(128);
    const auto terms = bench.terms(projections, height, width, 2, cone_matrix, 2 * pi);
    PointGrid volume = plane_grid(edge, {1, 0, 0}, {0, 1, 0}, {});
    volume.planes = edge;
    volume.step_plane = {0, 0, kFieldOfView / edge};
    volume.origin.z = -(edge - 1) / 2.0 * volume.step_plane.z;
    rows.push_back(bench.row("cone_preview_128",
                             std::to_string(edge) + "^3 volume from halved-twice " + cone, volume,
                             terms, 50, true));
  }
  {
    const int edge = bench.edge(1024), count = bench.edge(720);
    const auto terms = bench.terms(count, 2, edge, 0, parallel_matrix, pi);
    rows.push_back(bench.row("parallel_axial_1024",
                             "axial " + std::to_string(edge) + "x" + std::to_string(edge) +
                                 " slice, " + std::to_string(count) +
                                 " parallel-beam projections of as many columns",
                             tilted(edge, 0, 0), terms, 3));
  }
  return rows;
}

}  // namespace slicecast::recon
