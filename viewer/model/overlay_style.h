// How the classes of an overlay are drawn, as the user set it, and their area fractions over time.
// Style: UI thread. class_counts: pure, takes milliseconds, not for the UI thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "viewer/model/curve_point.h"
#include "viewer/model/overlay_match.h"

namespace slicecast::viewer {

struct ClassStyle {
  std::uint32_t index = 0;
  std::string name;
  std::uint32_t colour_rgb = 0xFFFFFF;
  bool on = true;
  bool outline = false;  // only the border of its regions
  bool by_user = false;  // the producer's proposal no longer changes it
};

class OverlayStyle {
 public:
  bool on = true;
  double alpha = 0.4;  // 0 to 1

  // Classes a producer declares; keeps what the user chose. Classes without a colour get one of the
  // ten colours below; class 0 named "background" starts switched off. At most 256 are taken.
  void declare(const v1::LabelImage& header);
  const std::vector<ClassStyle>& classes() const { return classes_; }  // by index
  const ClassStyle* find(std::uint32_t index) const;
  void set_colour(std::uint32_t index, std::uint32_t rgb);
  void set_on(std::uint32_t index, bool value);
  void set_outline(std::uint32_t index, bool value);
  // 256 colours for the shader, RGBA 8 bit each: alpha 0 where a class is off, alpha times 255
  // else.
  std::array<std::uint32_t, 256> palette() const;

 private:
  ClassStyle* style(std::uint32_t index);
  std::vector<ClassStyle> classes_;
};

// Ten colours that people with colour vision deficiency can tell apart on a gray image.
std::uint32_t default_class_colour(std::uint32_t index);

// Pixels per class, without `unlabelled` ones. Refused when check_overlay refuses.
Result<std::map<std::uint32_t, std::uint64_t>> class_counts(const OverlayImage& image);

// Area fractions of one slice and producer over time; bounded: beyond `most` points every other one
// of the older half is dropped, so that the whole time stays visible.
class FractionSeries {
 public:
  explicit FractionSeries(std::size_t most = 2048) : most_(most < 8 ? 8 : most) {}
  struct Point {
    std::int64_t acquired_ns = 0;
    std::map<std::uint32_t, double> fraction;  // by class, of all labelled pixels
  };
  // Ignored unless newer than the last point, or when no pixel is labelled.
  void add(std::int64_t acquired_ns, const std::map<std::uint32_t, std::uint64_t>& counts);
  void clear() { points_.clear(); }
  const std::vector<Point>& points() const { return points_; }
  // Of one class, by time: 0 the first point, 1 the last. About `most` of the points, both ends
  // among them; none before there are two.
  std::vector<CurvePoint> curve(std::uint32_t index, std::size_t most) const;
  // Time in s since the first point, one column per class with its name of `classes`, after a line
  // "# " + provenance; two classes of one name keep their numbers.
  std::string csv(const std::vector<ClassStyle>& classes, const std::string& provenance) const;

 private:
  std::size_t most_;
  std::vector<Point> points_;
};

}  // namespace slicecast::viewer
