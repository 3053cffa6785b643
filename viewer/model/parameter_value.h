// Parameter values as the control link carries them: compare, check, print, parse and step them.
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::viewer {

// An axis_column below 0, which the service takes for "as the scan announces".
bool as_announced(const v1::Parameter& declared, const v1::ParameterValue& value);

bool same_value(const v1::ParameterValue& a, const v1::ParameterValue& b);
std::string to_text(const v1::ParameterValue& value);  // "0.25", "true", "ram_lak", "1, 2, 3"

// Type (integers are taken for reals), range, choice and `live` as the service declared them; the
// message names what is allowed. NaN is never allowed, and of the columns below 0 only -1.
Result<v1::ParameterValue> checked_value(const v1::Parameter& declared, v1::ParameterValue value);
// From a text field: numbers, true/false, text, numbers separated by commas.
Result<v1::ParameterValue> value_from_text(const v1::Parameter& declared, std::string_view text);

// Arrow keys: normal; Shift: coarse (x 10); Ctrl: fine (x 0.1).
enum class StepSize : std::uint8_t { fine, normal, coarse };

// One press of an arrow key in the parameter's unit, before the size: px 1 (axis), deg 0.1 (tilt),
// other reals a hundredth of their range rounded to 1, 2 or 5 times a power of ten (without a
// range: a hundredth of the value), integers 1 (fine steps of integers are 1 as well).
double step_of(const v1::Parameter& declared, StepSize size);
// `current` moved by `direction` (-1 or +1) steps and held to the declared range. Only numbers. An
// axis_column that is the scan's starts from `announced`, the column in use, and is refused without
// one (a negative one is none); steps do not go below column 0.
Result<v1::ParameterValue> stepped_value(const v1::Parameter& declared,
                                         const v1::ParameterValue& current, int direction,
                                         StepSize size, std::optional<double> announced = {});

// Where dragging a real begins and where it ends, by the same rules; none where arrow keys would be
// refused.
struct DragRange {
  double from = 0, low = 0, high = 0;
};
std::optional<DragRange> drag_range(const v1::Parameter& declared,
                                    const v1::ParameterValue& current,
                                    std::optional<double> announced = {});

}  // namespace slicecast::viewer
