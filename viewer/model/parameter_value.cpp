#include "viewer/model/parameter_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace slicecast::viewer {
namespace {

using Kind = v1::ParameterValue::ValueCase;

Error refused(const v1::Parameter& declared, const std::string& what) {
  return {Errc::invalid_argument, declared.name() + ": " + what};
}

std::string range_text(const v1::Parameter& declared) {
  const std::string unit = declared.unit().empty() ? "" : " " + declared.unit();
  if (declared.has_minimum() && declared.has_maximum())
    return fmt::format("from {} to {}{}", declared.minimum(), declared.maximum(), unit);
  if (declared.has_minimum()) return fmt::format("at least {}{}", declared.minimum(), unit);
  return fmt::format("at most {}{}", declared.maximum(), unit);
}

Result<void> in_range(const v1::Parameter& declared, double number) {
  if (!std::isfinite(number)) return refused(declared, "give a finite number");
  if ((declared.has_minimum() && number < declared.minimum()) ||
      (declared.has_maximum() && number > declared.maximum()))
    return refused(declared, fmt::format("{} is not {}", number, range_text(declared)));
  return {};
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

double number_of(const v1::ParameterValue& value) {
  return value.value_case() == Kind::kInteger ? static_cast<double>(value.integer()) : value.real();
}

constexpr double kAsAnnounced = -1;

bool is_axis(const v1::Parameter& declared) {
  return declared.name() == "axis_column" && declared.type() == v1::REAL;
}

// Below it there are no columns, though -1 has a meaning.
double lowest(const v1::Parameter& declared) {
  if (is_axis(declared)) return 0;
  return declared.has_minimum() ? declared.minimum() : -std::numeric_limits<double>::max();
}
double highest(const v1::Parameter& declared) {
  return declared.has_maximum() ? declared.maximum() : std::numeric_limits<double>::max();
}

// Where a change begins; none: the scan has not said.
std::optional<double> start_of(const v1::Parameter& declared, const v1::ParameterValue& current,
                               std::optional<double> announced) {
  if (!as_announced(declared, current)) return number_of(current);
  return announced && *announced >= 0 ? announced : std::nullopt;
}

// The nearest of 1, 2, 5 times a power of ten that is not above.
double rounded_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  const double lead = step / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

}  // namespace

bool as_announced(const v1::Parameter& declared, const v1::ParameterValue& value) {
  return is_axis(declared) && number_of(value) < 0;
}

bool same_value(const v1::ParameterValue& a, const v1::ParameterValue& b) {
  if (a.value_case() != b.value_case()) return false;
  switch (a.value_case()) {
    case Kind::kBoolean: return a.boolean() == b.boolean();
    case Kind::kInteger: return a.integer() == b.integer();
    case Kind::kReal: return a.real() == b.real();
    case Kind::kText: return a.text() == b.text();
    case Kind::kReals: return std::ranges::equal(a.reals().values(), b.reals().values());
    case Kind::VALUE_NOT_SET: return true;
  }
  return false;
}

std::string to_text(const v1::ParameterValue& value) {
  switch (value.value_case()) {
    case Kind::kBoolean: return value.boolean() ? "true" : "false";
    case Kind::kInteger: return std::to_string(value.integer());
    case Kind::kReal: return fmt::format("{:.9g}", value.real());
    case Kind::kText: return value.text();
    case Kind::kReals: return fmt::format("{:.9g}", fmt::join(value.reals().values(), ", "));
    case Kind::VALUE_NOT_SET: break;
  }
  return "";
}

Result<v1::ParameterValue> checked_value(const v1::Parameter& declared, v1::ParameterValue value) {
  if (!declared.live())
    return refused(declared, "is fixed while the service runs; set it in its configuration");
  const Kind kind = value.value_case();
  switch (declared.type()) {
    case v1::BOOLEAN:
      if (kind != Kind::kBoolean) return refused(declared, "is true or false");
      return value;
    case v1::INTEGER:
      if (kind != Kind::kInteger) return refused(declared, "is a whole number");
      if (auto good = in_range(declared, static_cast<double>(value.integer())); !good)
        return good.error();
      return value;
    case v1::REAL:
      if (kind == Kind::kInteger) value.set_real(number_of(value));
      if (value.value_case() != Kind::kReal) return refused(declared, "is a number");
      if (auto good = in_range(declared, value.real()); !good) return good.error();
      if (as_announced(declared, value) && value.real() != kAsAnnounced)
        return refused(declared, "give a column from 0 on, or -1 for the one that the scan says");
      return value;
    case v1::TEXT:
      if (kind != Kind::kText) return refused(declared, "is text");
      return value;
    case v1::CHOICE:
      if (kind != Kind::kText ||
          std::ranges::find(declared.choices(), value.text()) == declared.choices().end())
        return refused(declared, fmt::format("is one of {}", fmt::join(declared.choices(), ", ")));
      return value;
    case v1::REALS:
      if (kind != Kind::kReals) return refused(declared, "is a list of numbers");
      for (const double number : value.reals().values())
        if (auto good = in_range(declared, number); !good) return good.error();
      return value;
    default: return refused(declared, "has a type that this viewer does not know; update it");
  }
}

Result<v1::ParameterValue> value_from_text(const v1::Parameter& declared, std::string_view text) {
  const std::string given = trimmed(text);
  v1::ParameterValue value;
  switch (declared.type()) {
    case v1::BOOLEAN:
      if (given != "true" && given != "false") return refused(declared, "is true or false");
      value.set_boolean(given == "true");
      break;
    case v1::INTEGER: {
      std::int64_t number = 0;
      if (!parse(given, number)) return refused(declared, "'" + given + "' is no whole number");
      value.set_integer(number);
      break;
    }
    case v1::REAL: {
      double number = 0;
      if (!parse(given, number)) return refused(declared, "'" + given + "' is no number");
      value.set_real(number);
      break;
    }
    case v1::REALS: {
      value.mutable_reals();
      for (std::size_t start = 0; start < given.size();) {
        const std::size_t comma = std::min(given.find(',', start), given.size());
        const std::string part = trimmed(std::string_view(given).substr(start, comma - start));
        double number = 0;
        if (!parse(part, number)) return refused(declared, "'" + part + "' is no number");
        value.mutable_reals()->add_values(number);
        start = comma + 1;
      }
      break;
    }
    default: value.set_text(given);
  }
  return checked_value(declared, std::move(value));
}

double step_of(const v1::Parameter& declared, StepSize size) {
  const double factor = size == StepSize::fine ? 0.1 : size == StepSize::coarse ? 10 : 1;
  if (declared.type() == v1::INTEGER) return std::max(1.0, factor);
  if (declared.unit() == "px") return factor;
  if (declared.unit() == "deg") return 0.1 * factor;
  double span = std::abs(number_of(declared.value()));
  if (declared.has_minimum() && declared.has_maximum())
    span = declared.maximum() - declared.minimum();
  if (!(span > 0) || !std::isfinite(span)) span = 1;
  return rounded_step(span / 100) * factor;
}

Result<v1::ParameterValue> stepped_value(const v1::Parameter& declared,
                                         const v1::ParameterValue& current, int direction,
                                         StepSize size, std::optional<double> announced) {
  if (declared.type() != v1::INTEGER && declared.type() != v1::REAL)
    return refused(declared, "is not a number; arrow keys step numbers");
  const auto start = start_of(declared, current, announced);
  if (!start)
    return refused(declared, "is as the scan announces; type a column or take the axis found");
  const double step = step_of(declared, size);
  double number = *start + direction * step;
  // 0.1 is no binary fraction: without this, ten fine steps would not be one step.
  if (declared.type() == v1::REAL) number = std::round(number / (step * 1e-6)) * (step * 1e-6);
  number = std::min(std::max(number, lowest(declared)), highest(declared));
  v1::ParameterValue value;
  if (declared.type() == v1::INTEGER)
    value.set_integer(std::llround(number));
  else
    value.set_real(number);
  return checked_value(declared, std::move(value));
}

std::optional<DragRange> drag_range(const v1::Parameter& declared,
                                    const v1::ParameterValue& current,
                                    std::optional<double> announced) {
  const auto start = start_of(declared, current, announced);
  if (!start || declared.type() != v1::REAL) return std::nullopt;
  return DragRange{*start, lowest(declared), highest(declared)};
}

}  // namespace slicecast::viewer
