#include "common/recon/axis_slices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>

#include "common/recon/angular_weights.h"
#include "common/recon/ramp.h"
#include "common/recon/weights.h"

namespace slicecast::recon::axis {
namespace {

constexpr int kMostPointsAcross = 128;
constexpr double kHalfWidth = 1.5;  // columns, of the parabola
constexpr int kMostViews = 256;     // projections that are filtered
constexpr std::size_t kCoarseViews = 60;

// Spatial kernel of the filter, k = 0..columns-1; even.
std::vector<float> spatial_kernel(int columns) {
  PixelParameters filter;
  filter.filter = RampFilter::hann;
  filter.filter_cutoff = 0.5;
  const auto padding = zero_padding(columns);
  const auto gain = ramp_gain(padding, 1.0, filter);
  const int length = padding.length;
  std::vector<double> cosine(static_cast<std::size_t>(length));
  for (int i = 0; i < length; ++i)
    cosine[static_cast<std::size_t>(i)] = std::cos(2 * std::numbers::pi * i / length);
  std::vector<float> kernel(static_cast<std::size_t>(columns));
  for (int n = 0; n < columns; ++n) {
    double sum = gain[0];
    for (int k = 1; k <= length / 4; ++k)  // nothing above the cutoff
      sum += 2 * gain[static_cast<std::size_t>(k)] *
             cosine[static_cast<std::size_t>(static_cast<long>(n) * k % length)];
    kernel[static_cast<std::size_t>(n)] = static_cast<float>(sum / length);
  }
  return kernel;
}

void convolve(const std::vector<float>& line, const std::vector<float>& kernel, float* out) {
  const auto columns = line.size();
  std::fill(out, out + columns, 0.0F);
  std::vector<float> mirrored(2 * columns - 1);
  for (std::size_t k = 0; k < columns; ++k)
    mirrored[columns - 1 + k] = mirrored[columns - 1 - k] = kernel[k];
  for (std::size_t i = 0; i < columns; ++i) {
    const float value = line[i];
    if (value == 0) continue;
    const float* h = mirrored.data() + (columns - 1 - i);
    for (std::size_t j = 0; j < columns; ++j) out[j] += value * h[j];
  }
}

}  // namespace

SliceScore::SliceScore(const Lines& lines, double around) : lines_(lines) {
  const auto& g = lines.geometry;
  const bool cone = g.beam == geometry::Beam::cone;
  const double half_fan = geometry::half_fan_angle(g);
  const auto kernel = spatial_kernel(lines.columns);
  std::vector<double> angles;
  const int stride = (lines.projections + kMostViews - 1) / kMostViews;
  for (int i = 0; i < lines.projections; i += stride) {
    views_.push_back(i);
    angles.push_back(lines.angles_rad[static_cast<std::size_t>(i)]);
  }
  filtered_.resize(views_.size() * static_cast<std::size_t>(lines.columns));
  std::vector<float> line(static_cast<std::size_t>(lines.columns)), smooth(line.size());
  const MirrorMap map(g, around);
  for (std::size_t view = 0; view < views_.size(); ++view) {
    const double beta = angles[view] - angles.front();
    for (int r = 0; r < lines.rows; ++r) {
      const float* from = lines.row(views_[view], r);
      for (int c = 0; c < lines.columns; ++c) {
        double weight = 1;
        if (cone) {
          const double u_mm = (c - map.principal) * g.pixel_mm;
          weight = cosine_weight(u_mm, 0, g.source_detector_mm) *
                   parker_weight(beta, map.sense * map.fan_angle(c), half_fan);
        }
        line[static_cast<std::size_t>(c)] = static_cast<float>(weight * from[c]);
      }
      convolve(line, kernel, smooth.data());
      for (std::size_t c = 0; c < smooth.size(); ++c)
        filtered_[view * smooth.size() + c][static_cast<std::size_t>(r)] = smooth[c];
    }
  }
  const double period = cone ? std::numbers::pi + 2 * half_fan : std::numbers::pi;
  weights_ = angular_weights(angles, {period, !cone, true, lines.step_rad * stride}).weight_rad;
  place_points(around);
}

void SliceScore::place_points(double around) {
  const auto& g = lines_.geometry;
  auto centred = g;
  centred.axis_column = around;
  const double radius = 0.97 * geometry::field_of_view(centred, false).radius_mm;
  const double pixel = g.pixel_mm / geometry::magnification(g);
  const int across = std::clamp(static_cast<int>(2 * radius / pixel), 1, kMostPointsAcross);
  points_.clear();
  for (int r = 0; r < across; ++r)
    for (int c = 0; c < across; ++c) {
      const double x = radius * ((2 * c + 1.0) / across - 1);
      const double y = radius * ((2 * r + 1.0) / across - 1);
      if (std::hypot(x, y) < radius)
        points_.push_back({static_cast<float>(x), static_cast<float>(y)});
    }
}

SliceScore::RowShares SliceScore::shares(double column, Effort effort, std::stop_token stop) const {
  auto g = lines_.geometry;
  g.axis_column = column;
  const std::size_t point_step = effort == Effort::coarse ? 3 : 1;
  const std::size_t view_step =
      effort == Effort::coarse ? std::max<std::size_t>(1, views_.size() / kCoarseViews) : 1;
  const std::size_t points = (points_.size() + point_step - 1) / point_step;
  std::vector<Rows> slice(points, Rows{});
  const auto last = static_cast<float>(lines_.columns - 1);
  for (std::size_t view = 0; view < views_.size() && !stop.stop_requested(); view += view_step) {
    const double angle = lines_.angles_rad[static_cast<std::size_t>(views_[view])];
    const auto m = geometry::projection_at(g, angle).matrix.m;
    const auto ux = static_cast<float>(m[0]), uy = static_cast<float>(m[1]);
    const auto u0 = static_cast<float>(m[3]), wx = static_cast<float>(m[8]);
    const auto wy = static_cast<float>(m[9]), w0 = static_cast<float>(m[11]);
    const auto weight = static_cast<float>(weights_[view]);
    const Rows* line = &filtered_[view * static_cast<std::size_t>(lines_.columns)];
    for (std::size_t k = 0; k < points; ++k) {
      const auto [x, y] = points_[k * point_step];
      const float reciprocal = 1 / (wx * x + wy * y + w0);
      const float u = (ux * x + uy * y + u0) * reciprocal;
      if (!(u >= 0 && u < last)) continue;
      const auto below = static_cast<int>(u);
      const float part = u - static_cast<float>(below);
      const float factor = weight * reciprocal * reciprocal;
      const Rows &low = line[below], &high = line[below + 1];
      for (std::size_t r = 0; r < low.size(); ++r)  // all rows see the same column
        slice[k][r] += factor * (low[r] + part * (high[r] - low[r]));
    }
  }
  RowShares sums;
  for (const Rows& value : slice)
    for (std::size_t r = 0; r < value.size(); ++r) {
      sums.negative[r] -= std::min(value[r], 0.0F);
      sums.total[r] += std::abs(value[r]);
    }
  return sums;
}

double SliceScore::RowShares::all() const {
  const double below = std::accumulate(negative.begin(), negative.end(), 0.0);
  const double sum = std::accumulate(total.begin(), total.end(), 0.0);
  return sum > 0 ? below / sum : 1;
}

double SliceScore::at(double column, std::stop_token stop) const {
  return shares(column, Effort::fine, stop).all();
}

double SliceScore::coarse_at(double column, std::stop_token stop) const {
  return shares(column, Effort::coarse, stop).all();
}

double axis_from_mass(const Lines& lines) {
  // Normal equations of c + a cos + b sin.
  double m[3][4] = {};
  for (int i = 0; i < lines.projections; ++i) {
    double mass = 0, moment = 0;
    for (int r = 0; r < lines.rows; ++r)
      for (int c = 0; c < lines.columns; ++c) {
        mass += lines.row(i, r)[c];
        moment += static_cast<double>(c) * lines.row(i, r)[c];
      }
    if (!(mass > 0)) continue;
    const double angle = lines.angles_rad[static_cast<std::size_t>(i)];
    const double basis[4] = {1, std::cos(angle), std::sin(angle), moment / mass};
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 4; ++b) m[a][b] += basis[a] * basis[b];
  }
  // Eliminate b and a; what is left determines c.
  for (int pivot = 2; pivot > 0; --pivot)
    for (int a = 0; a < pivot; ++a) {
      const double factor = m[pivot][pivot] != 0 ? m[a][pivot] / m[pivot][pivot] : 0;
      for (int b = 0; b < 4; ++b) m[a][b] -= factor * m[pivot][b];
    }
  return m[0][0] > 0 ? m[0][3] / m[0][0] : std::numeric_limits<double>::quiet_NaN();
}

Result<AxisOffer> search_slices(const Lines& lines, const std::vector<double>& starts,
                                std::stop_token stop) {
  double start = 0, least = 2;
  std::optional<SliceScore> score;
  for (double candidate : starts) {
    if (!(candidate > 4 && candidate < lines.columns - 5)) continue;
    // Filtered rows of a parallel beam do not depend on the axis.
    if (!score || lines.geometry.beam == geometry::Beam::cone)
      score.emplace(lines, candidate);
    else
      score->place_points(candidate);
    double nearby = 2;
    for (double shift = -2; shift <= 2; shift += 2)
      nearby = std::min(nearby, score->coarse_at(candidate + shift, stop));
    if (stop.stop_requested()) return cancelled();
    if (nearby < least) {
      least = nearby;
      start = candidate;
    }
  }
  if (least > 1)
    return Error{Errc::not_found, "no start for the axis search lies on the detector; give one"};

  if (lines.geometry.beam == geometry::Beam::cone && start != starts.back())
    score.emplace(lines, start);
  else
    score->place_points(start);
  double lowest = 2, from = start;
  for (double shift = -4; shift <= 4; shift += 1) {
    const double s = score->coarse_at(start + shift, stop);
    if (s < lowest) {
      lowest = s;
      from = start + shift;
    }
  }
  constexpr int kSamples = 7;
  std::vector<SliceScore::RowShares> latest;  // of the fit's last round
  const auto fit = descend(
      from, kHalfWidth, kSamples,
      [&](double c) {
        if (latest.size() == kSamples) latest.clear();
        return latest.emplace_back(score->shares(c, SliceScore::Effort::fine, stop)).all();
      },
      stop);
  if (!fit) return fit.error();
  // Each row's own minimum shows how far noise and model errors move it.
  std::vector<double> minima;
  for (std::size_t r = 0; r < static_cast<std::size_t>(lines.rows); ++r) {
    std::vector<double> own;
    for (const auto& sample : latest)
      own.push_back(sample.total[r] > 0 ? sample.negative[r] / sample.total[r] : 1);
    minima.push_back(fit_parabola(0, kHalfWidth, own).minimum);
  }
  const double mean = std::accumulate(minima.begin(), minima.end(), 0.0) / lines.rows;
  double scatter = 0;
  for (double minimum : minima) scatter += (minimum - mean) * (minimum - mean);
  AxisOffer offer;
  offer.method = AxisMethod::slices;
  offer.column = lines.upright(fit->minimum);
  offer.score = score->at(fit->minimum, stop);
  offer.uncertainty_px = std::hypot(0.03, std::sqrt(scatter / lines.rows)) * lines.column_scale;
  if (!(fit->curvature > 0)) offer.uncertainty_px = 5 * lines.column_scale;
  if (stop.stop_requested()) return cancelled();
  return offer;
}

}  // namespace slicecast::recon::axis
