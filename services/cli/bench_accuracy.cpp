// Accuracy rows: the figures of common/acceptance by name.
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/acceptance/figures.h"
#include "services/cli/bench_groups.h"

namespace slicecast::cli {
namespace {

using namespace acceptance;
using recon::StoreType;

// Adds rows until one fails; the others of its group are then missing with its message.
class Rows {
 public:
  explicit Rows(const BenchContext& context) : arena_(context.threads), threads_(context.threads) {}

  template <class Make>
  void add(std::string name, const Make& make, std::string work, double scale = 1) {
    if (error_) return;
    const Result<double> figure = arena_.execute([&]() -> Result<double> { return make(); });
    if (figure)
      push(std::move(name), scale * *figure, std::move(work));
    else
      error_ = figure.error();
  }
  void push(std::string name, double value, std::string work) {
    rows_.push_back({.name = "accuracy." + std::move(name),
                     .value = value,
                     .work = std::move(work),
                     .threads = threads_});
  }
  template <class Make>
  auto run(const Make& make) {
    return arena_.execute(make);
  }
  Measurements result() const {
    if (error_) return *error_;
    return rows_;
  }

 private:
  tbb::task_arena arena_;
  int threads_;
  std::vector<Measurement> rows_;
  std::optional<Error> error_;
};

constexpr double kPercent = 100;
constexpr const char* kCone = "360 cone-beam projections of 256x256, 256x256 slice";

Result<std::filesystem::path> recorded(const char* name) {
  const char* folder = std::getenv("SLICECAST_TEST_DATA");
  const auto path = std::filesystem::path(folder != nullptr ? folder : "../shared/data") / name;
  std::error_code failure;
  if (std::filesystem::exists(path, failure)) return path;
  return Error{Errc::not_found, std::string("data not found: ") + name +
                                    "; set SLICECAST_TEST_DATA to the folder of test scans"};
}

Result<double> largest_axis_error(AxisAngles angles) {
  double largest = 0;
  for (const auto& c : axis_cases(angles)) {
    const auto error = axis_error(c);
    if (!error) return error.error();
    largest = std::max(largest, *error);
  }
  return largest;
}

}  // namespace

Measurements bench_cone_accuracy(const BenchContext& context) {
  Rows rows(context);
  rows.add(
      "cone_mid_plane", [] { return cone_bias(ConeSlice::mid_plane); }, kCone, kPercent);
  rows.add(
      "cone_z50", [] { return cone_bias(ConeSlice::z50); }, kCone, kPercent);
  rows.add(
      "cone_z80", [] { return cone_bias(ConeSlice::z80); }, kCone, kPercent);
  rows.add(
      "cone_oblique", [] { return cone_bias(ConeSlice::oblique); }, kCone, kPercent);
  rows.add("offset_axis", offset_axis_bias, "720 projections of 16x256, 256x256 slice", kPercent);
  return rows.result();
}

Measurements bench_store_accuracy(const BenchContext& context) {
  Rows rows(context);
  const auto worst = [](StoreType store) -> Result<double> {
    double largest = 0;
    for (double degrees : {0.0, 35.0, 90.0}) {
      const auto difference = cpu_difference(store, degrees);
      if (!difference) return difference.error();
      largest = std::max(largest, *difference);
    }
    return largest;
  };
  const std::string work = "60 cone-beam projections of 128x128, slices at 0, 35 and 90 degrees";
  rows.add(
      "cpu_float_store", [&] { return worst(StoreType::single_precision); }, work);
  rows.add(
      "cpu_half_store", [&] { return worst(StoreType::half_precision); }, work);
  rows.add("weak_half_store", weak_store_difference, "360 projections of 16x256, 256x256 slice");
  return rows.result();
}

Measurements bench_toolkit_accuracy(const BenchContext& context) {
  Rows rows(context);
  const std::string work = "180 projections of 128x128, 128^3 voxels of 2 mm";
  for (const auto& [name, which] : {std::pair{"toolkit_cone", ToolkitCase::cone},
                                    {"toolkit_tilted", ToolkitCase::tilted},
                                    {"toolkit_short_scan", ToolkitCase::short_scan},
                                    {"toolkit_parallel", ToolkitCase::parallel}}) {
    const auto found = rows.run([&, it = which] { return toolkit(it); });
    if (!found) return found.error();
    rows.push(std::string(name) + "_error", found->error, work);
    rows.push(std::string(name) + "_psnr", found->psnr_db, work);
  }
  return rows.result();
}

Measurements bench_missing_accuracy(const BenchContext& context) {
  Rows rows(context);
  const std::string work = "324 of 360 projections, 256x256 slice";
  for (const auto beam : {geometry::Beam::cone, geometry::Beam::parallel}) {
    const auto found = rows.run([&] { return missing_tenth(beam); });
    if (!found) return found.error();
    const std::string name =
        beam == geometry::Beam::cone ? "missing_tenth_cone" : "missing_tenth_parallel";
    rows.push(name + "_bodies", kPercent * found->bodies, work);
    rows.push(name + "_slice", kPercent * found->slice, work);
  }
  rows.add(
      "truncated_cup", [] { return truncated_cup(recon::Padding::edge_taper); },
      "180 parallel projections of 121 columns", kPercent);
  return rows.result();
}

Measurements bench_axis_accuracy(const BenchContext& context) {
  Rows rows(context);
  const auto largest = [](AxisAngles angles) {
    return [angles] { return largest_axis_error(angles); };
  };
  const std::string work = "worst of several phantoms, offsets to 40 px, with and without noise";
  rows.add("axis_half_turn", largest(AxisAngles::half_turn), work);
  rows.add("axis_full_turn", largest(AxisAngles::full_turn), work + ", parallel and cone");
  rows.add("axis_tooth_angles", largest(AxisAngles::tooth), work);
  return rows.result();
}

Measurements bench_tooth_accuracy(const BenchContext& context) {
  const auto path = recorded("tooth/tooth.h5");
  if (!path) return path.error();
  Rows rows(context);
  const auto store = rows.run([&] { return tooth_difference(*path); });
  if (!store) return store.error();
  const std::string row = "181 projections, row 0, 640x640 slice";
  rows.push("tooth_float_store", store->single_store, row);
  rows.push("tooth_half_store", store->half_store, row);
  const auto filters = rows.run([&] { return tooth_filters(*path); });
  if (!filters) return filters.error();
  rows.push("tooth_short_padding_seen", filters->short_padding, "the middle 200x200 of it");
  rows.push("tooth_sampled_ramp_seen", filters->sampled_ramp, "the middle 200x200 of it");
  rows.add(
      "axis_tooth", [&] { return tooth_axis_error(*path); }, "the whole scan");
  return rows.result();
}

Measurements bench_diad_accuracy(const BenchContext& context) {
  const auto path = recorded("k11_diad/k11-18014.nxs");
  if (!path) return path.error();
  Rows rows(context);
  rows.add(
      "k11_diad", [&] { return diad_difference(*path); }, "3001 projections, one row");
  return rows.result();
}

}  // namespace slicecast::cli
