#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numbers>
#include <random>
#include <span>
#include <sstream>
#include <string>

#include "common/geometry/scan_geometry.h"
#include "cuda/backproject/card_image.h"
#include "cuda/backproject/launch.h"
#include "cuda/backproject/tables.h"
#include "cuda/bench/bench.h"

namespace slicecast::cuda::bench {
namespace {

using geometry::PointGrid;
using geometry::Vec3;
using recon::Piece;
using recon::Sampling;
using recon::StoreType;
using recon::Term;

// A full turn of a cone-beam scan whose field of view is 40 mm wide.
std::vector<Term> scan(ImageStore& store, int count, int rows, int columns, StoreType type) {
  geometry::ScanGeometry g;
  g.beam = geometry::Beam::cone;
  g.rows = rows;
  g.columns = columns;
  g.source_axis_mm = 66;
  g.source_detector_mm = 199;
  g.pixel_mm = 40.0 / columns * g.source_detector_mm / g.source_axis_mm;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> pixels(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  std::vector<Term> terms;
  for (int i = 0; i < count; ++i) {
    if (i == 0)
      for (float& value : pixels) value = normal(random);
    pixels[static_cast<std::size_t>(i) % pixels.size()] += 1;  // no two are the same
    const auto image = store.store({pixels.data(), rows, columns}, type, 0.25F, nullptr);
    if (!image) return {};
    terms.push_back({*image, geometry::projection_at(g, 2 * std::numbers::pi * i / count).matrix,
                     1.0F / static_cast<float>(count)});
  }
  return terms;
}

PointGrid square(int size, double width_mm, Vec3 along_columns, Vec3 along_rows, double offset) {
  PointGrid grid;
  const double step = width_mm / size;
  grid.columns = grid.rows = size;
  grid.step_column = step * along_columns;
  grid.step_row = step * along_rows;
  grid.origin = -0.5 * (size - 1) * (grid.step_column + grid.step_row) +
                offset * geometry::cross(along_columns, along_rows);
  return grid;
}

// Tables and sums on the card, so that only the kernels are timed.
struct Work {
  std::vector<LaunchTables> tables;
  std::vector<TablesOnCard> places;
  std::vector<DeviceMemory> memory;
  double updates = 0;
};

Result<Work> prepare(Device& device, const Stream& stream, std::span<const Piece> pieces,
                     const recon::CudaKernels& kernels) {
  Work work;
  auto parts = cut(pieces, std::size_t{1} << 34);
  std::size_t points = 0;
  for (PieceOnCard& part : parts) {
    part.offset = points;
    points += part.points();
    work.updates +=
        static_cast<double>(part.points()) * static_cast<double>(part.piece->terms.size());
  }
  auto sums = device.allocate(points * sizeof(float));
  if (!sums) return sums.error();
  work.tables = make_tables(
      parts,
      {kernels, device.facts().multiprocessors, device.facts().threads_per_multiprocessor, 0},
      sums->as<float>());
  work.memory.push_back(std::move(*sums));
  const auto put = [&](const auto& values) -> Result<void*> {
    const std::size_t bytes = values.size() * sizeof(values.front());
    auto there = device.allocate(bytes);
    if (!there) return there.error();
    if (auto sent = device.upload(stream, there->get(), values.data(), bytes); !sent)
      return sent.error();
    work.memory.push_back(std::move(*there));
    return work.memory.back().get();
  };
  for (const LaunchTables& one : work.tables) {
    const auto pieces_there = put(one.pieces), terms_there = put(one.terms);
    if (!pieces_there) return pieces_there.error();
    if (!terms_there) return terms_there.error();
    work.places.push_back(
        {static_cast<const CardPiece*>(*pieces_there), static_cast<const CardTerm*>(*terms_there)});
  }
  if (auto done = device.synchronize(stream); !done) return done.error();
  return work;
}

struct Timed {
  double ms = 0, gups = 0;
  Reading reading = Reading::gather;
};

Result<Timed> timed(Device& device, const Options& options, const recon::CudaKernels& kernels,
                    std::span<const Piece> pieces) {
  auto stream = device.make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  const auto work = prepare(device, *stream, pieces, kernels);
  if (!work) return work.error();
  if (work->tables.empty())
    return Error{Errc::resource_exhausted, "the card has no room for the scan; lower --scale"};
  const LaunchLimits limits{static_cast<int>(kernels.terms_per_turn),
                            static_cast<std::size_t>(kernels.updates_per_launch)};
  const auto ms = median_ms(device, *stream, options.repeats, [&]() -> Result<void> {
    for (std::size_t i = 0; i < work->tables.size(); ++i) {
      auto done = launch_tables(device, *stream, work->tables[i], work->places[i], limits, false);
      if (!done) return done;
    }
    return {};
  });
  if (!ms) return ms.error();
  return Timed{*ms, work->updates / *ms * 1e-6, work->tables.front().reading};
}

std::vector<Piece> whole(const std::vector<PointGrid>& grids, const std::vector<Term>& terms) {
  std::vector<Piece> pieces;
  for (const PointGrid& grid : grids)
    pieces.push_back({grid, 0, grid.planes, 0, grid.rows, terms, nullptr, true});
  return pieces;
}

struct Case {
  std::string name, work;
  std::vector<PointGrid> grids;
  double most_ms = 0, least_gups = 0;  // 0: not promised
};

std::string number(double value) {
  std::ostringstream text;
  text << std::setprecision(4) << value;
  return text.str();
}

// One row for the time and one for the rate, where both are promised.
Result<void> measure(Device& device, const Options& options, const Limits& limits,
                     const recon::CudaKernels& kernels, const Case& one,
                     const std::vector<Term>& terms, std::vector<Row>& rows) {
  const auto result = timed(device, options, kernels, whole(one.grids, terms));
  if (!result) return result.error();
  if (one.most_ms > 0)
    rows.push_back({.name = one.name + "_ms",
                    .what = one.work,
                    .value = result->ms,
                    .unit = "ms",
                    .promise = "<= " + number(one.most_ms) + " ms",
                    .met = result->ms <= one.most_ms});
  const double fetches = limits.fetch_per_s[static_cast<int>(result->reading)] * 1e-9;
  rows.push_back({.name = one.name,
                  .what = one.work,
                  .value = result->gups,
                  .unit = "GUPS",
                  .promise = one.least_gups > 0 ? ">= " + number(one.least_gups) + " GUPS" : "",
                  .met = result->gups >= one.least_gups,
                  .limit = fetches,
                  .limit_name = "fetch rate"});
  return {};
}

const char* sampling_name(Sampling sampling) {
  constexpr const char* kNames[] = {"auto", "rows", "quads", "gather", "filtered"};
  return kNames[static_cast<int>(sampling)];
}

// Every instance of the table on three tilted slices.
Result<void> sweep(const std::shared_ptr<Device>& device, const Options& options,
                   const Limits& limits, int count, int rows_of_image, int columns, const Case& one,
                   std::vector<Row>& rows) {
  for (const Sampling sampling :
       {Sampling::rows, Sampling::quads, Sampling::gather, Sampling::filtered}) {
    for (const StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
      if (sampling == Sampling::filtered && type == StoreType::single_precision) continue;
      const auto store = ImageStore::create(device, sampling, 0);
      if (!store) return store.error();
      const auto terms = scan(**store, count, rows_of_image, columns, type);
      for (const int points : {1, 2, 4, 8}) {
        for (const int warp : {4, 8, 16, 32}) {
          recon::CudaKernels kernels = options.kernels;
          kernels.sampling = sampling;
          kernels.points_per_thread = points;
          kernels.warp_columns = warp;
          Case named = one;
          named.least_gups = named.most_ms = 0;
          named.name += std::string(".") + sampling_name(sampling) +
                        (type == StoreType::half_precision ? "_half" : "_single") + "_p" +
                        std::to_string(points) + "_w" + std::to_string(warp);
          if (auto done = measure(*device, options, limits, kernels, named, terms, rows); !done)
            return done;
        }
      }
    }
  }
  return {};
}

}  // namespace

Result<void> bench_backproject(const std::shared_ptr<Device>& device, const Options& options,
                               const Limits& limits, std::vector<Row>& rows) {
  const auto scaled = [&](int size) {
    return std::max(4, static_cast<int>(std::lround(size * options.scale)));
  };
  const auto size_text = [](int a, int b) { return std::to_string(a) + "x" + std::to_string(b); };
  const double s = std::sqrt(0.5), width = 36;
  const Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1}, tilted_row{0, s, s};
  struct Scan {
    int count, rows, columns;
    std::vector<Case> cases;
  };
  const int large = scaled(1024), small = scaled(512), preview = scaled(128), cube = scaled(512);
  const auto slices = [&](int size, Vec3 a, Vec3 b) {
    return std::vector<PointGrid>{square(size, width, a, b, -3), square(size, width, a, b, 0),
                                  square(size, width, a, b, 4)};
  };
  const std::vector<PointGrid> orthogonal{
      square(large, width, x, y, 0), square(large, width, x, z, 0), square(large, width, y, z, 0)};
  const auto volume = [&](int size) {
    const double voxel = 20.0 / size;
    return std::vector<PointGrid>{geometry::volume_grid(size, size, size, voxel)};
  };
  const std::string three = "3 slices of " + size_text(large, large);
  Scan scans[] = {
      {scaled(400),
       scaled(768),
       scaled(520),
       {{"cuda.slices_1024_axial", three + ", axial", slices(large, x, y), 6, 200},
        {"cuda.slices_1024_vertical", three + ", vertical", slices(large, x, z), 6, 200},
        {"cuda.slices_1024_tilted", three + ", tilted", slices(large, x, tilted_row), 6, 200},
        {"cuda.slices_1024_orthogonal", three + ", xy, xz, yz", orthogonal, 6, 200},
        {"cuda.preview_128", "volume of " + std::to_string(preview) + "^3", volume(preview), 5,
         0}}},
      {scaled(60),
       scaled(647),
       scaled(768),
       {{"cuda.slice_512",
         "1 slice of " + size_text(small, small) + ", tilted",
         {square(small, width, x, tilted_row, 0)},
         0.15,
         0}}},
      {scaled(360),
       scaled(512),
       scaled(512),
       {{"cuda.volume_512", "volume of " + std::to_string(cube) + "^3", volume(cube), 0, 200}}},
  };
  for (Scan& one : scans) {
    const auto store = ImageStore::create(device, options.kernels.sampling, 0);
    if (!store) return store.error();
    for (const StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
      const auto terms = scan(**store, one.count, one.rows, one.columns, type);
      const bool half = type == StoreType::half_precision;
      for (Case made : one.cases) {
        made.work += " from " + std::to_string(one.count) + " projections of " +
                     size_text(one.columns, one.rows) + (half ? ", half" : ", single");
        if (!half) {
          made.name += "_single";
          made.least_gups = made.most_ms = 0;
        }
        if (auto done = measure(*device, options, limits, options.kernels, made, terms, rows);
            !done)
          return done;
      }
    }
  }
  if (!options.sweep) return {};
  const Scan& one = scans[0];
  return sweep(device, options, limits, one.count, one.rows, one.columns, one.cases[2], rows);
}

}  // namespace slicecast::cuda::bench
