#include "viewer/model/overlay_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/model/csv.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostClasses = 256;

template <class Index>
void count(const OverlayImage& image, std::map<std::uint32_t, std::uint64_t>& counts) {
  std::vector<std::uint64_t> by_index(std::size_t{1} << (8 * sizeof(Index)));
  const auto pixels =
      static_cast<std::size_t>(image.rows()) * static_cast<std::size_t>(image.columns());
  const Index* labels = image.pixels->as<Index>();
  for (std::size_t i = 0; i < pixels; ++i) ++by_index[labels[i]];
  const v1::LabelImage& header = image.header.labels();
  for (std::size_t index = 0; index < by_index.size(); ++index) {
    if (by_index[index] == 0) continue;
    if (header.has_unlabelled() && header.unlabelled() == index) continue;
    counts[static_cast<std::uint32_t>(index)] = by_index[index];
  }
}

}  // namespace

std::uint32_t default_class_colour(std::uint32_t index) {
  // Chosen by steps of hue and lightness together; none is gray.
  static constexpr std::array<std::uint32_t, 10> kColours{0x2E7FD0, 0xF2A81D, 0x17A67B, 0xD9513B,
                                                          0xB06FD8, 0x7FD3F0, 0xF4E04D, 0x8C510A,
                                                          0xF48FB1, 0x3D5A1E};
  return kColours[index % kColours.size()];
}

void OverlayStyle::declare(const v1::LabelImage& header) {
  for (const auto& declared : header.classes()) {
    ClassStyle* known = style(declared.index());
    if (known == nullptr) {
      if (classes_.size() == kMostClasses || declared.index() > 65535) continue;
      ClassStyle made;
      made.index = declared.index();
      made.on = !(declared.index() == 0 && declared.name() == "background");
      const auto after = std::ranges::find_if(
          classes_, [&](const ClassStyle& c) { return c.index > declared.index(); });
      known = &*classes_.insert(after, made);
    }
    known->name = declared.name().empty() ? fmt::format("class {}", declared.index())
                                          : declared.name().substr(0, 64);
    if (!known->by_user)
      known->colour_rgb = declared.colour_rgb() != 0 ? declared.colour_rgb() & 0xFFFFFF
                                                     : default_class_colour(declared.index());
  }
}

ClassStyle* OverlayStyle::style(std::uint32_t index) {
  const auto found = std::ranges::find(classes_, index, &ClassStyle::index);
  return found == classes_.end() ? nullptr : &*found;
}
const ClassStyle* OverlayStyle::find(std::uint32_t index) const {
  const auto found = std::ranges::find(classes_, index, &ClassStyle::index);
  return found == classes_.end() ? nullptr : &*found;
}

void OverlayStyle::set_colour(std::uint32_t index, std::uint32_t rgb) {
  if (ClassStyle* known = style(index)) {
    known->colour_rgb = rgb & 0xFFFFFF;
    known->by_user = true;
  }
}
void OverlayStyle::set_on(std::uint32_t index, bool value) {
  if (ClassStyle* known = style(index)) known->on = value;
}
void OverlayStyle::set_outline(std::uint32_t index, bool value) {
  if (ClassStyle* known = style(index)) known->outline = value;
}

std::array<std::uint32_t, 256> OverlayStyle::palette() const {
  std::array<std::uint32_t, 256> colours{};
  const auto opacity = static_cast<std::uint32_t>(std::lround(255 * std::clamp(alpha, 0.0, 1.0)));
  for (const ClassStyle& c : classes_) {
    if (c.index > 255 || !on || !c.on) continue;
    const std::uint32_t red = c.colour_rgb >> 16, green = c.colour_rgb >> 8 & 255,
                        blue = c.colour_rgb & 255;
    colours[c.index] = red | green << 8 | blue << 16 | opacity << 24;
  }
  return colours;
}

Result<std::map<std::uint32_t, std::uint64_t>> class_counts(const OverlayImage& image) {
  if (auto good = check_overlay(image); !good) return good.error();
  if (!image.header.has_labels())
    return Error{Errc::unsupported, "values have no classes to count; take a feed of labels"};
  std::map<std::uint32_t, std::uint64_t> counts;
  if (image.header.pixels().type() == v1::UINT8)
    count<std::uint8_t>(image, counts);
  else
    count<std::uint16_t>(image, counts);
  return counts;
}

void FractionSeries::add(std::int64_t acquired_ns,
                         const std::map<std::uint32_t, std::uint64_t>& counts) {
  if (!points_.empty() && acquired_ns <= points_.back().acquired_ns) return;
  double all = 0;
  for (const auto& [index, pixels] : counts) all += static_cast<double>(pixels);
  if (all == 0) return;
  Point point{acquired_ns, {}};
  for (const auto& [index, pixels] : counts)
    point.fraction[index] = static_cast<double>(pixels) / all;
  points_.push_back(std::move(point));
  if (points_.size() <= most_) return;
  // The first and the newer half stay as they are.
  const std::size_t half = points_.size() / 2;
  std::vector<Point> thinned;
  for (std::size_t i = 0; i < points_.size(); ++i)
    if (i >= half || i % 2 == 0) thinned.push_back(std::move(points_[i]));
  points_ = std::move(thinned);
}

std::vector<CurvePoint> FractionSeries::curve(std::uint32_t index, std::size_t most) const {
  std::vector<CurvePoint> curve;
  if (points_.size() < 2) return curve;
  const std::int64_t begin = points_.front().acquired_ns;
  const auto span = static_cast<double>(points_.back().acquired_ns - begin);
  const auto add = [&](const Point& point) {
    const auto found = point.fraction.find(index);
    curve.push_back({static_cast<float>(static_cast<double>(point.acquired_ns - begin) / span),
                     found == point.fraction.end() ? 0 : static_cast<float>(found->second)});
  };
  const std::size_t step = 1 + points_.size() / std::max<std::size_t>(most, 1);
  for (std::size_t i = 0; i + 1 < points_.size(); i += step) add(points_[i]);
  add(points_.back());
  return curve;
}

std::string FractionSeries::csv(const std::vector<ClassStyle>& classes,
                                const std::string& provenance) const {
  std::map<std::uint32_t, std::string> headings;
  for (const Point& point : points_)
    for (const auto& [index, fraction] : point.fraction)
      headings.try_emplace(index, fmt::format("class {}", index));
  for (auto& [index, heading] : headings) {
    const auto found = std::ranges::find(classes, index, &ClassStyle::index);
    if (found == classes.end() || found->name.empty()) continue;
    const bool shared = std::ranges::count(classes, found->name, &ClassStyle::name) > 1;
    heading = shared ? fmt::format("{} {}", found->name, index) : found->name;
  }
  std::string text = csv_provenance(provenance) + csv_heading("time", "s");
  for (const auto& [index, heading] : headings) text += "," + csv_heading(heading, "");
  text += '\n';
  for (const Point& point : points_) {
    text += fmt::format(
        "{:.3f}", static_cast<double>(point.acquired_ns - points_.front().acquired_ns) * 1e-9);
    for (const auto& [index, heading] : headings) {
      const auto found = point.fraction.find(index);
      text += fmt::format(",{:.6f}", found == point.fraction.end() ? 0.0 : found->second);
    }
    text += '\n';
  }
  return text;
}

}  // namespace slicecast::viewer
