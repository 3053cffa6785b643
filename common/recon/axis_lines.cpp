#include "common/recon/axis_lines.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

namespace slicecast::recon::axis {
namespace {

constexpr int kMostColumns = 1024, kMostProjections = 512;

Result<void> check(const AxisInput& input) {
  const auto refused = [](std::string message) {
    return Error{Errc::invalid_argument, std::move(message)};
  };
  if (input.projections < 2 || input.rows < 1 || input.columns < 16)
    return refused("the axis search needs at least 2 projections of 16 columns");
  const auto expected = static_cast<std::size_t>(input.projections) *
                        static_cast<std::size_t>(input.rows) *
                        static_cast<std::size_t>(input.columns);
  if (input.lines.size() != expected ||
      input.angles_rad.size() != static_cast<std::size_t>(input.projections))
    return refused("the axis search got lines or angles of another size than announced");
  for (double angle : input.angles_rad)
    if (!std::isfinite(angle)) return refused("the axis search needs finite angles in radians");
  if (!(input.column_scale > 0)) return refused("column_scale must be > 0");
  const auto& g = input.geometry;
  if (!g.vectors.empty())
    return Error{Errc::unsupported,
                 "measured vectors define the axis themselves; correct the vectors instead"};
  if (g.tilt_rad != 0)
    return Error{Errc::unsupported,
                 "the axis search needs an upright axis; for laminography give --axis COL"};
  return geometry::validate(g);
}

std::vector<int> evenly(int count, int most) {
  std::vector<int> chosen;
  if (count <= most) {
    chosen.resize(static_cast<std::size_t>(count));
    std::iota(chosen.begin(), chosen.end(), 0);
    return chosen;
  }
  // A whole stride: equal steps stay equal.
  const int stride = (count + most - 1) / most;
  for (int i = 0; i < count; i += stride) chosen.push_back(i);
  return chosen;
}

geometry::ScanGeometry row_geometry(const AxisInput& input, int columns, double scale,
                                    double origin) {
  geometry::ScanGeometry g;
  const auto& full = input.geometry;
  g.beam = full.beam;
  g.rows = 1;
  g.columns = columns;
  g.pixel_mm = full.pixel_mm * scale;
  g.source_axis_mm = full.source_axis_mm;
  g.source_detector_mm = full.source_detector_mm;
  g.rotation_sense = full.rotation_sense;
  const double hint = (geometry::axis_column(full) - origin) / scale;
  g.axis_column = std::clamp(hint, 1.0, columns - 2.0);
  if (full.beam == geometry::Beam::cone && full.principal_column)
    g.principal_column = (*full.principal_column - origin) / scale;
  return g;
}

}  // namespace

Error cancelled() {
  return {Errc::cancelled, "the axis search was stopped"};
}

bool Lines::full_turn() const {
  return span_rad + 1.5 * step_rad >= 2 * std::numbers::pi;
}

bool Lines::truncated() const {
  const int margin = std::max(1, columns / 50);
  std::vector<float> left, right;
  float highest = 0;
  for (int i = 0; i < projections; ++i) {
    const float* line = row(i, 0);
    left.push_back(std::accumulate(line, line + margin, 0.0F) / static_cast<float>(margin));
    right.push_back(std::accumulate(line + columns - margin, line + columns, 0.0F) /
                    static_cast<float>(margin));
    highest = std::max(highest, *std::max_element(line, line + columns));
  }
  const auto median = [](std::vector<float>& v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
  };
  return std::max(median(left), median(right)) > 0.08F * highest;
}

Result<Lines> reduce(const AxisInput& input) {
  if (auto valid = check(input); !valid) return valid.error();
  const int binning = (input.columns + kMostColumns - 1) / kMostColumns;
  Lines out;
  out.columns = input.columns / binning;
  out.column_scale = input.column_scale * binning;
  out.column_origin = input.column_origin + input.column_scale * (binning - 1) / 2.0;
  out.geometry = row_geometry(input, out.columns, out.column_scale, out.column_origin);

  std::vector<int> order(static_cast<std::size_t>(input.projections));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return input.angles_rad[static_cast<std::size_t>(a)] <
           input.angles_rad[static_cast<std::size_t>(b)];
  });
  const auto chosen = evenly(input.projections, kMostProjections);
  const auto rows = evenly(input.rows, kMostAxisRows);
  out.projections = static_cast<int>(chosen.size());
  out.rows = static_cast<int>(rows.size());
  out.values.reserve(chosen.size() * rows.size() * static_cast<std::size_t>(out.columns));
  for (int i : chosen) {
    const int source = order[static_cast<std::size_t>(i)];
    out.angles_rad.push_back(input.angles_rad[static_cast<std::size_t>(source)]);
    for (int r : rows) {
      const float* line =
          input.lines.data() + (static_cast<std::size_t>(source) * input.rows + r) * input.columns;
      for (int c = 0; c < out.columns; ++c) {
        float sum = 0;
        for (int b = 0; b < binning; ++b) {
          const float value = line[c * binning + b];
          sum += std::isfinite(value) ? value : 0;
        }
        out.values.push_back(sum / static_cast<float>(binning));
      }
    }
  }
  std::vector<double> steps;
  for (std::size_t i = 1; i < out.angles_rad.size(); ++i)
    steps.push_back(out.angles_rad[i] - out.angles_rad[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  out.step_rad = *middle;
  out.span_rad = out.angles_rad.back() - out.angles_rad.front();
  return out;
}

std::vector<float> smoothed(const Lines& lines, double sigma) {
  const int reach = static_cast<int>(std::ceil(3.5 * sigma));
  std::vector<double> kernel;
  double total = 0;
  for (int k = -reach; k <= reach; ++k) {
    kernel.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
    total += kernel.back();
  }
  std::vector<float> out(lines.values.size());
  for (std::size_t first = 0; first < out.size(); first += static_cast<std::size_t>(lines.columns))
    for (int c = 0; c < lines.columns; ++c) {
      double sum = 0;
      for (int k = -reach; k <= reach; ++k)
        sum +=
            kernel[static_cast<std::size_t>(k + reach)] *
            lines.values[first + static_cast<std::size_t>(std::clamp(c + k, 0, lines.columns - 1))];
      out[first + static_cast<std::size_t>(c)] = static_cast<float>(sum / total);
    }
  return out;
}

MirrorMap::MirrorMap(const geometry::ScanGeometry& g, double axis_column)
    : cone(g.beam == geometry::Beam::cone),
      axis(axis_column),
      principal(g.principal_column.value_or(axis_column)),
      per_column(cone ? g.pixel_mm / g.source_detector_mm : 0),
      axis_angle(std::atan((axis - principal) * per_column)),
      sense(g.rotation_sense) {}

double MirrorMap::fan_angle(double u) const {
  return cone ? std::atan((u - principal) * per_column) - axis_angle : 0;
}

double MirrorMap::mirrored(double u) const {
  if (!cone) return 2 * axis - u;
  return principal + std::tan(axis_angle - fan_angle(u)) / per_column;
}

Parabola fit_parabola(double centre, double half_width, const std::vector<double>& scores) {
  // Least squares in t = -1..1; by symmetry the odd and even moments separate.
  const auto n = static_cast<double>(scores.size());
  double s2 = 0, s4 = 0, y0 = 0, y1 = 0, y2 = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double t = 2.0 * static_cast<double>(i) / (n - 1) - 1, tt = t * t;
    s2 += tt;
    s4 += tt * tt;
    y0 += scores[i];
    y1 += scores[i] * t;
    y2 += scores[i] * tt;
  }
  const double slope = y1 / s2;
  const double bend = (y2 - y0 * s2 / n) / (s4 - s2 * s2 / n);
  const double level = (y0 - bend * s2) / n;
  if (!(bend > 0)) {
    const double side = scores.front() < scores.back() ? -1 : 1;
    return {centre + side * half_width, level, 0};
  }
  const double t = std::clamp(-slope / (2 * bend), -1.0, 1.0);
  return {centre + t * half_width, level + slope * t + bend * t * t,
          bend / (half_width * half_width)};
}

Result<Parabola> descend(double start, double half_width, int samples,
                         const std::function<double(double)>& score, std::stop_token stop) {
  Parabola best{start, 0, 0};
  std::vector<double> scores(static_cast<std::size_t>(samples));
  for (int round = 0; round < 8; ++round) {
    const double centre = best.minimum;
    for (int i = 0; i < samples; ++i) {
      if (stop.stop_requested()) return cancelled();
      scores[static_cast<std::size_t>(i)] =
          score(centre + half_width * (2.0 * i / (samples - 1) - 1));
    }
    best = fit_parabola(centre, half_width, scores);
    if (best.curvature > 0 && std::abs(best.minimum - centre) < 0.02 * half_width) break;
  }
  return best;
}

}  // namespace slicecast::recon::axis
