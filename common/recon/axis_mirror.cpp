#include "common/recon/axis_mirror.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "common/recon/angular_weights.h"

namespace slicecast::recon::axis {
namespace {

constexpr double kSmoothing = 1.5;  // columns; makes the mismatch smooth over a column
constexpr double kReachSteps = 1.5;
constexpr int kMostPairs = 24;

double derivative_energy(const float* line, int columns) {
  double sum = 0;
  for (int c = 1; c < columns; ++c) sum += (line[c] - line[c - 1]) * (line[c] - line[c - 1]);
  return sum;
}

// A scan of several turns may see the same directions again: gaps that are small against the mean
// do not make the sampling finer.
double directions_per_turn(std::vector<double> angles) {
  for (double& angle : angles)
    angle -= 2 * std::numbers::pi * std::floor(angle / (2 * std::numbers::pi));
  std::sort(angles.begin(), angles.end());
  const double mean = 2 * std::numbers::pi / static_cast<double>(angles.size());
  std::vector<double> gaps;
  for (std::size_t i = 1; i < angles.size(); ++i)
    if (angles[i] - angles[i - 1] > 0.2 * mean) gaps.push_back(angles[i] - angles[i - 1]);
  if (gaps.empty()) return 2;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return std::clamp(2 * std::numbers::pi / *middle, 2.0, static_cast<double>(angles.size()));
}

float at_column(const float* line, double u) {
  const auto k = static_cast<int>(u);
  const auto part = static_cast<float>(u - k);
  return part == 0 ? line[k] : line[k] * (1 - part) + line[k + 1] * part;
}

}  // namespace

MirrorPairs::MirrorPairs(const Lines& lines) : lines_(lines), smooth_(smoothed(lines, kSmoothing)) {
  const double reach = kReachSteps * lines.step_rad;
  const double first = lines.angles_rad.front() - reach, last = lines.angles_rad.back() + reach;
  std::vector<int> usable;
  for (int i = 0; i < lines.projections; ++i) {
    const double angle = lines.angles_rad[static_cast<std::size_t>(i)];
    if (angle + std::numbers::pi <= last || angle - std::numbers::pi >= first) usable.push_back(i);
  }
  // From both ends inwards: whatever the extrapolation does to one end it undoes at the other.
  const std::size_t count = std::min<std::size_t>(usable.size(), kMostPairs);
  for (std::size_t k = 0; k < count; ++k)
    projections_.push_back(usable[k * (usable.size() - 1) / std::max<std::size_t>(count - 1, 1)]);
  for (int i : projections_)
    for (int r = 0; r < lines.rows; ++r)
      total_energy_ +=
          2 * derivative_energy(
                  &smooth_[static_cast<std::size_t>((i * lines.rows + r) * lines.columns)],
                  lines.columns);
}

float MirrorPairs::interpolated(int row, double angle, double u, bool& valid) const {
  const auto& angles = lines_.angles_rad;
  const double reach = kReachSteps * lines_.step_rad;
  valid = angle >= angles.front() - reach && angle <= angles.back() + reach;
  if (!valid) return 0;
  const auto above = std::upper_bound(angles.begin() + 1, angles.end() - 1, angle);
  const auto high = above - angles.begin();
  const double low_angle = angles[static_cast<std::size_t>(high - 1)];
  const double gap = angles[static_cast<std::size_t>(high)] - low_angle;
  const auto line = [&](std::ptrdiff_t i) {
    return &smooth_[static_cast<std::size_t>((i * lines_.rows + row) * lines_.columns)];
  };
  if (gap <= 0) return at_column(line(high), u);
  valid = gap <= 3.01 * lines_.step_rad;
  const auto part = static_cast<float>((angle - low_angle) / gap);
  return at_column(line(high - 1), u) * (1 - part) + at_column(line(high), u) * part;
}

Mismatch MirrorPairs::at(double column) const {
  const MirrorMap map(lines_.geometry, column);
  const double last = lines_.columns - 1;
  const int first_step = static_cast<int>(std::ceil(-column));
  const int last_step = static_cast<int>(std::floor(last - column));
  Mismatch sum;
  for (int i : projections_) {
    const double angle = lines_.angles_rad[static_cast<std::size_t>(i)];
    for (double half_turn : {std::numbers::pi, -std::numbers::pi}) {
      for (int r = 0; r < lines_.rows; ++r) {
        const float* line =
            &smooth_[static_cast<std::size_t>((i * lines_.rows + r) * lines_.columns)];
        float near_before = 0, far_before = 0;
        bool had = false;
        for (int s = first_step; s <= last_step; ++s) {
          const double u = std::min(column + s, last);  // rounding must not pass the edge
          const double opposite = map.mirrored(u);
          bool valid = opposite >= 0 && opposite <= last;
          float far_value = 0;
          if (valid)
            far_value = interpolated(r, angle + half_turn - 2 * map.sense * map.fan_angle(u),
                                     opposite, valid);
          const float near_value = valid ? at_column(line, u) : 0;
          if (valid && had) {
            const double a = near_value - near_before, b = far_value - far_before;
            sum.difference += (a - b) * (a - b);
            sum.energy += a * a + b * b;
            ++sum.samples;
          }
          near_before = near_value;
          far_before = far_value;
          had = valid;
        }
      }
    }
  }
  return sum;
}

MirrorHarmonics::MirrorHarmonics(const Lines& lines, int most_harmonics) : lines_(lines) {
  const double limit = directions_per_turn(lines.angles_rad) / 2;
  harmonics_ = std::min(most_harmonics, static_cast<int>(std::ceil(limit)));
  for (int n = 0; n < harmonics_; ++n) {
    const double cosine = std::cos(std::numbers::pi / 2 * n / limit);
    taper_.push_back(cosine * cosine * (n == 0 ? 0.5 : 1));  // n and -n carry the same
  }
  const auto weights =
      angular_weights(lines.angles_rad, {.period_rad = 2 * std::numbers::pi}).weight_rad;
  const auto smooth = smoothed(lines, kSmoothing);
  spectrum_.resize(static_cast<std::size_t>(lines.rows) * lines.columns * harmonics_);
  std::vector<std::complex<float>> phases(static_cast<std::size_t>(harmonics_));
  for (int i = 0; i < lines.projections; ++i) {
    const auto index = static_cast<std::size_t>(i);
    for (int n = 0; n < harmonics_; ++n)
      phases[static_cast<std::size_t>(n)] =
          std::polar(weights[index] / (2 * std::numbers::pi),
                     -n * lines.geometry.rotation_sense * lines.angles_rad[index]);
    auto* out = spectrum_.data();
    const float* line = &smooth[index * static_cast<std::size_t>(lines.rows * lines.columns)];
    for (int k = 0; k < lines.rows * lines.columns; ++k)
      for (const auto& phase : phases) *out++ += phase * line[k];
  }
  for (int r = 0; r < lines.rows; ++r)
    for (int c = 1; c < lines.columns; ++c)
      for (int n = 0; n < harmonics_; ++n) {
        const auto k = static_cast<std::size_t>((r * lines.columns + c) * harmonics_ + n);
        total_energy_ +=
            2 * taper_[static_cast<std::size_t>(n)] *
            std::norm(spectrum_[k] - spectrum_[k - static_cast<std::size_t>(harmonics_)]);
      }
}

Mismatch MirrorHarmonics::at(double column) const {
  const MirrorMap map(lines_.geometry, column);
  const double last = lines_.columns - 1;
  const double reach = std::min(column, last - column);
  const auto count = static_cast<std::size_t>(harmonics_);
  std::vector<std::complex<float>> near_before(count), far_before(count);
  Mismatch sum;
  for (int r = 0; r < lines_.rows; ++r) {
    const auto* base = &spectrum_[static_cast<std::size_t>(r * lines_.columns) * count];
    const auto sample = [&](double u, std::size_t n) {
      const auto k = static_cast<std::size_t>(u);
      const auto part = static_cast<float>(u - static_cast<double>(k));
      const auto low = base[k * count + n];
      return part == 0 ? low : low * (1 - part) + base[(k + 1) * count + n] * part;
    };
    bool had = false;
    for (int s = 0; s <= reach; ++s) {
      const double u = std::min(column + s, last);  // rounding must not pass the edge
      const double opposite = map.mirrored(u);
      if (opposite < 0 || opposite > last) break;
      const std::complex<float> turn(std::polar(1.0, map.fan_angle(u)));
      std::complex<float> phase = 1;
      float sign = 1;
      for (std::size_t n = 0; n < count; ++n, phase *= turn, sign = -sign) {
        const auto a = sample(u, n) * phase, b = sample(opposite, n) * std::conj(phase) * sign;
        if (had) {
          const auto da = a - near_before[n], db = b - far_before[n];
          sum.difference += taper_[n] * std::norm(da - db);
          sum.energy += taper_[n] * (std::norm(da) + std::norm(db));
          sum.samples += 2 * taper_[n];
        }
        near_before[n] = a;
        far_before[n] = b;
      }
      had = true;
    }
  }
  return sum;
}

template <class Mirror>
Result<AxisOffer> search(const Lines& lines, const Mirror& coarse, const Mirror& fine,
                         std::stop_token stop) {
  // Where the two sides hardly overlap any agreement is chance: a share of the whole energy counts
  // as unmatched.
  const double unmatched = 0.1 * coarse.total_energy();
  const int margin = std::max(8, lines.columns / 20);
  double best = 2, start = 0;
  const auto look = [&](double c) {
    const auto m = coarse.at(c);
    const double relative = 1 - (m.energy - m.difference) / (m.energy + unmatched);
    if (relative < best) {
      best = relative;
      start = c;
    }
  };
  // The rows are smoothed over more than a column, so whole columns first are near enough.
  for (int c = margin; c <= lines.columns - 1 - margin; ++c) {
    if (stop.stop_requested()) return cancelled();
    look(c);
  }
  const double whole = start;
  for (double shift : {-0.5, 0.5})
    look(std::clamp<double>(whole + shift, margin, lines.columns - 1 - margin));
  if (!(best < 0.97))
    return Error{Errc::not_found,
                 "no column makes mirrored projections alike; check angles, flats and beam, or "
                 "give the axis column"};
  const auto fit = descend(
      start, 0.6, 9, [&](double c) { return fine.at(c).relative(); }, stop);
  if (!fit) return fit.error();
  const auto there = fine.at(fit->minimum);
  AxisOffer offer;
  offer.column = lines.upright(fit->minimum);
  offer.score = there.relative();
  // Least squares: noise variance over curvature; smoothing leaves about one sample in four.
  const double independent = std::max(1.0, there.samples / 4);
  offer.uncertainty_px =
      fit->curvature > 0 ? std::min(5.0, std::sqrt(offer.score / (fit->curvature * independent))) *
                               lines.column_scale
                         : 5.0 * lines.column_scale;
  return offer;
}

template Result<AxisOffer> search(const Lines&, const MirrorPairs&, const MirrorPairs&,
                                  std::stop_token);
template Result<AxisOffer> search(const Lines&, const MirrorHarmonics&, const MirrorHarmonics&,
                                  std::stop_token);

}  // namespace slicecast::recon::axis
