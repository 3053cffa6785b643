#include "common/recon/axis_slices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "common/recon/angular_weights.h"
#include "common/recon/ramp.h"
#include "common/recon/weights.h"

namespace slicecast::recon::axis {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr int kMostPointsAcross = 128;
constexpr double kHalfWidth = 1.5;  // columns, of the parabola

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
    cosine[static_cast<std::size_t>(i)] = std::cos(2 * kPi * i / length);
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
  filtered_.resize(lines.values.size());
  std::vector<float> line(static_cast<std::size_t>(lines.columns));
  const MirrorMap map(g, around);
  for (int i = 0; i < lines.projections; ++i) {
    const double beta = lines.angles_rad[static_cast<std::size_t>(i)] - lines.angles_rad.front();
    for (int r = 0; r < lines.rows; ++r) {
      const float* from = lines.row(i, r);
      for (int c = 0; c < lines.columns; ++c) {
        double weight = 1;
        if (cone) {
          const double u_mm = (c - map.principal) * g.pixel_mm;
          weight = cosine_weight(u_mm, 0, g.source_detector_mm) *
                   parker_weight(beta, map.sense * map.fan_angle(c), half_fan);
        }
        line[static_cast<std::size_t>(c)] = static_cast<float>(weight * from[c]);
      }
      convolve(line, kernel,
               &filtered_[static_cast<std::size_t>((i * lines.rows + r) * lines.columns)]);
    }
  }
  const double period = cone ? kPi + 2 * half_fan : kPi;
  weights_ = angular_weights(lines.angles_rad, {period, !cone, true, lines.step_rad}).weight_rad;

  auto centred = g;
  centred.axis_column = around;
  const double radius = 0.97 * geometry::field_of_view(centred, false).radius_mm;
  const double pixel = g.pixel_mm / geometry::magnification(g);
  const int across = std::clamp(static_cast<int>(2 * radius / pixel), 1, kMostPointsAcross);
  for (int r = 0; r < across; ++r)
    for (int c = 0; c < across; ++c) {
      const double x = radius * ((2 * c + 1.0) / across - 1);
      const double y = radius * ((2 * r + 1.0) / across - 1);
      if (std::hypot(x, y) < radius)
        points_.push_back({static_cast<float>(x), static_cast<float>(y)});
    }
}

void SliceScore::sums(int row, double column, std::stop_token stop, double& negative,
                      double& total) const {
  auto g = lines_.geometry;
  g.axis_column = column;
  std::vector<float> slice(points_.size(), 0.0F);
  const auto last = static_cast<float>(lines_.columns - 1);
  for (int i = 0; i < lines_.projections && !stop.stop_requested(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto m = geometry::projection_at(g, lines_.angles_rad[index]).matrix.m;
    const auto ux = static_cast<float>(m[0]), uy = static_cast<float>(m[1]);
    const auto u0 = static_cast<float>(m[3]), wx = static_cast<float>(m[8]);
    const auto wy = static_cast<float>(m[9]), w0 = static_cast<float>(m[11]);
    const auto weight = static_cast<float>(weights_[index]);
    const float* line =
        &filtered_[static_cast<std::size_t>((i * lines_.rows + row) * lines_.columns)];
    for (std::size_t k = 0; k < points_.size(); ++k) {
      const auto [x, y] = points_[k];
      const float reciprocal = 1 / (wx * x + wy * y + w0);
      const float u = (ux * x + uy * y + u0) * reciprocal;
      if (!(u >= 0 && u < last)) continue;
      const auto below = static_cast<int>(u);
      const float part = u - static_cast<float>(below);
      slice[k] +=
          weight * reciprocal * reciprocal * (line[below] + part * (line[below + 1] - line[below]));
    }
  }
  for (float value : slice) {
    negative -= std::min(value, 0.0F);
    total += std::abs(value);
  }
}

double SliceScore::at(double column, std::stop_token stop) const {
  double negative = 0, total = 0;
  for (int r = 0; r < lines_.rows; ++r) sums(r, column, stop, negative, total);
  return total > 0 ? negative / total : 1;
}

double SliceScore::row_at(int row, double column, std::stop_token stop) const {
  double negative = 0, total = 0;
  sums(row, column, stop, negative, total);
  return total > 0 ? negative / total : 1;
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
  for (double candidate : starts) {
    if (!(candidate > 4 && candidate < lines.columns - 5)) continue;
    const SliceScore score(lines, candidate);
    double nearby = 2;
    for (double shift = -2; shift <= 2; shift += 2)
      nearby = std::min(nearby, score.at(candidate + shift, stop));
    if (stop.stop_requested()) return cancelled();
    if (nearby < least) {
      least = nearby;
      start = candidate;
    }
  }
  if (least > 1)
    return Error{Errc::not_found, "no start for the axis search lies on the detector; give one"};

  const SliceScore score(lines, start);
  double lowest = 2, from = start;
  for (double shift = -4; shift <= 4; shift += 1) {
    const double s = score.at(start + shift, stop);
    if (s < lowest) {
      lowest = s;
      from = start + shift;
    }
  }
  const auto fit = descend(
      from, kHalfWidth, 7, [&](double c) { return score.at(c, stop); }, stop);
  if (!fit) return fit.error();
  // The narrow fit of each row on its own shows how far noise and model errors move the minimum.
  double scatter = 0;
  for (int r = 0; r < lines.rows; ++r) {
    const auto own = descend(
        fit->minimum, kHalfWidth / 2, 5, [&](double c) { return score.row_at(r, c, stop); }, stop);
    if (!own) return own.error();
    scatter += (own->minimum - fit->minimum) * (own->minimum - fit->minimum);
  }
  AxisOffer offer;
  offer.method = AxisMethod::slices;
  offer.column = lines.upright(fit->minimum);
  offer.score = score.at(fit->minimum, stop);
  offer.uncertainty_px = std::hypot(0.03, std::sqrt(scatter / lines.rows)) * lines.column_scale;
  if (!(fit->curvature > 0)) offer.uncertainty_px = 5 * lines.column_scale;
  if (stop.stop_requested()) return cancelled();
  return offer;
}

}  // namespace slicecast::recon::axis
