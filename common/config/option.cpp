#include "common/config/option.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace slicecast::config {
namespace {

Error invalid(const Option& option, const std::string& what) {
  return {Errc::invalid_argument, option.name + " " + what};
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  // TOML tells integers and reals apart by their spelling.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string bound_text(double bound) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, bound).ptr};
}

std::string range_text(const Option& option) {
  const std::string unit = option.unit.empty() ? "" : " " + option.unit;
  const bool low = std::isfinite(option.minimum), high = std::isfinite(option.maximum);
  if (low && high)
    return "between " + bound_text(option.minimum) + " and " + bound_text(option.maximum) + unit;
  if (low) return bound_text(option.minimum) + unit + " or more";
  return bound_text(option.maximum) + unit + " or less";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string wanted(const Option& option) {
  switch (option.type) {
    case Type::boolean: return "must be true or false";
    case Type::integer: return "must be a whole number";
    case Type::real: return "must be a number";
    case Type::text: return "must be text";
    case Type::choice: return "must be one of " + joined(option.choices);
    case Type::reals: return "must be a list of numbers such as 1,2.5";
  }
  return "has an unknown type";
}

Result<void> in_range(const Option& option, double value, const std::string& written) {
  if (value >= option.minimum && value <= option.maximum) return {};  // false for NaN as well
  if (std::isnan(value)) return invalid(option, wanted(option) + ", not nan");
  return invalid(option, "must be " + range_text(option) + ", not " + written);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

bool parse_numbers(std::string_view text, std::vector<double>& numbers) {
  text = trimmed(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  text = trimmed(text);
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(", \t"), text.size());
    double number = 0;
    if (!parse_number(text.substr(0, end), number)) return false;
    numbers.push_back(number);
    text = trimmed(text.substr(end));
    if (!text.starts_with(',')) continue;
    text = trimmed(text.substr(1));
    if (text.empty()) return false;
  }
  return true;
}

}  // namespace

const char* to_string(Type type) {
  switch (type) {
    case Type::boolean: return "boolean";
    case Type::integer: return "integer";
    case Type::real: return "real";
    case Type::text: return "text";
    case Type::choice: return "choice";
    case Type::reals: return "reals";
  }
  return "unknown";
}

std::string to_text(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value)) return number_text(*real);
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    std::string text = "[";
    for (const double number : *list) text += (text.size() > 1 ? ", " : "") + number_text(number);
    return text + "]";
  }
  std::string quoted = "\"";
  for (const char c : std::get<std::string>(value)) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

Result<Value> parse_value(const Option& option, std::string_view text) {
  const auto refused = [&] {
    return invalid(option, wanted(option) + ", not '" + std::string(text) + "'");
  };
  switch (option.type) {
    case Type::boolean: {
      for (const char* yes : {"true", "yes", "on", "1"})
        if (text == yes) return checked(option, true);
      for (const char* no : {"false", "no", "off", "0"})
        if (text == no) return checked(option, false);
      return refused();
    }
    case Type::integer: {
      std::int64_t number = 0;
      if (!parse_number(text, number)) return refused();
      return checked(option, number);
    }
    case Type::real: {
      double number = 0;
      if (!parse_number(text, number)) return refused();
      return checked(option, number);
    }
    case Type::reals: {
      std::vector<double> numbers;
      if (!parse_numbers(text, numbers)) return refused();
      return checked(option, std::move(numbers));
    }
    case Type::text:
    case Type::choice: return checked(option, std::string(text));
  }
  return refused();
}

Result<Value> checked(const Option& option, Value value) {
  // TOML writes 3 where 3.0 is meant, and a single number where a list of one is meant.
  if (const auto* whole = std::get_if<std::int64_t>(&value);
      whole && option.type != Type::integer) {
    const auto real = static_cast<double>(*whole);
    if (option.type == Type::real || option.type == Type::reals) value = real;
  }
  if (const auto* real = std::get_if<double>(&value); real && option.type == Type::reals)
    value = std::vector<double>{*real};

  const std::string written = to_text(value);
  switch (option.type) {
    case Type::boolean:
      if (std::holds_alternative<bool>(value)) return value;
      break;
    case Type::integer:
      if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        if (auto ok = in_range(option, static_cast<double>(*whole), written); !ok)
          return ok.error();
        return value;
      }
      break;
    case Type::real:
      if (const auto* real = std::get_if<double>(&value)) {
        if (auto ok = in_range(option, *real, written); !ok) return ok.error();
        return value;
      }
      break;
    case Type::text:
      if (std::holds_alternative<std::string>(value)) return value;
      break;
    case Type::choice:
      if (const auto* word = std::get_if<std::string>(&value)) {
        if (std::ranges::find(option.choices, *word) != option.choices.end()) return value;
        const std::string near = suggestion(*word, option.choices);
        return invalid(option, wanted(option) + ", not " + written +
                                   (near.empty() ? "" : "; did you mean " + near + "?"));
      }
      break;
    case Type::reals:
      if (const auto* list = std::get_if<std::vector<double>>(&value)) {
        for (const double number : *list)
          if (auto ok = in_range(option, number, number_text(number)); !ok) return ok.error();
        return value;
      }
      break;
  }
  return invalid(option, wanted(option) + ", not " + written);
}

}  // namespace slicecast::config
