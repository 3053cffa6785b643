// From a value to a share of the colour map, and how the limits follow the histogram. Values in the
// unit of the slice (1/mm). The shader computes the same formulas. UI thread; plain values.
//
// With x = (value - low) / (high - low) clamped to [0, 1]:
//   linear x;   log  log(1 + 1000 x) / log(1001), three decades, also where values are negative;
//   gamma  x^gamma.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "viewer/model/histogram.h"

namespace slicecast::viewer {

enum class Scale : std::uint8_t { linear, log, gamma };
const char* to_string(Scale scale);
Result<Scale> parse_scale(std::string_view name);

struct Intensity {
  double low = 0, high = 1;  // low < high
  Scale scale = Scale::linear;
  double gamma = 1;  // 0.1 to 10, only for Scale::gamma
  friend bool operator==(const Intensity&, const Intensity&) = default;
};

inline constexpr double kLogGain = 1000;  // for the shader

// Finite limits with low < high, gamma within its range.
Result<void> validate(const Intensity& intensity);
double share_of(const Intensity& intensity, double value);  // 0 to 1; NaN for NaN
double value_of(const Intensity& intensity, double share);  // inverse, for the colour bar

// Limits from the 0.5 and 99.5 % percentiles. Refused without a finite value; a constant image gets
// limits about its value.
struct Limits {
  double low = 0, high = 1;
};
Result<Limits> auto_limits(const Histogram& histogram);

// The intensities of all slices. Locked, all share one.
class IntensitySet {
 public:
  const Intensity& of(const std::string& slice) const;  // unknown slices: the last one set
  Result<void> set(const std::string& slice, const Intensity& intensity);

  bool locked() const { return locked_; }
  // All slices take that of `slice` from now on; unlocking leaves each with what it shows.
  void lock(bool locked, const std::string& slice);

  // Once: C. Ends continuous following of this slice.
  Result<void> contrast_once(const std::string& slice, const Histogram& histogram);
  // Continuous: Shift+C.
  bool following(const std::string& slice) const;
  void follow(const std::string& slice, bool on);
  // A new histogram has come, `seconds` after the last. Limits stay put until one is off by more
  // than 5 % of their span, then glide with a time constant of 0.3 s until within 0.5 %. True: they
  // have moved. Empty histograms change nothing.
  bool update(const std::string& slice, const Histogram& histogram, double seconds);

  void erase(const std::string& slice);

 private:
  struct Entry {
    Intensity intensity;
    bool following = false;
    bool gliding = false;
  };
  Entry& entry(const std::string& slice);
  const std::string& key(const std::string& slice) const;

  std::map<std::string, Entry> entries_;
  Intensity latest_;
  bool locked_ = false;
};

}  // namespace slicecast::viewer
