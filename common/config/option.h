// One definition per option: its name, type, unit, default, range and one line of doc. The command
// line, the TOML file, the live parameters on the control link and the reference pages all come
// from it.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.h"

namespace slicecast::config {

enum class Type : std::uint8_t { boolean, integer, real, text, choice, reals };
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;

struct Option {
  std::string name;  // snake_case; the command line writes --snake-case
  Type type = Type::text;
  Value default_value;
  std::string unit;                                           // "", "mm", "MiB", "frames/s", ...
  std::string doc;                                            // one line
  double minimum = -std::numeric_limits<double>::infinity();  // numbers, also each of `reals`
  double maximum = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;
  bool live = false;  // may be set while running, through the control link
};

const char* to_string(Type type);         // "boolean", "integer", "real", "text", "choice", "reals"
std::string to_text(const Value& value);  // as TOML would write it
// From the command line: true/false/yes/no/on/off/1/0; numbers; `reals` are separated by commas or
// blanks, with or without brackets.
Result<Value> parse_value(const Option& option, std::string_view text);
// Type (integers are accepted for reals), range and choice; the message names the allowed ones.
// NaN is never allowed.
Result<Value> checked(const Option& option, Value value);

// The known name closest to a misspelt one ("did you mean ...?"); empty when none is near. Case and
// the difference of '-' and '_' do not count.
std::string suggestion(std::string_view name, std::span<const std::string> known);

// Values of one schema. Copyable (copies share the schema); not synchronised.
class Settings {
 public:
  explicit Settings(std::span<const Option> schema);
  std::span<const Option> schema() const { return *schema_; }

  Result<void> set(std::string_view name, Value value);
  Result<void> set_text(std::string_view name, std::string_view text);
  bool is_default(std::string_view name) const;  // nobody set it
  // The name must exist and have the type asked for: anything else is a programming error and
  // throws.
  const Value& value(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<double>& reals(std::string_view name) const;
  const Option* find(std::string_view name) const;

 private:
  Result<std::size_t> known_index(std::string_view name) const;
  std::shared_ptr<const std::vector<Option>> schema_;
  std::vector<Value> values_;
  std::vector<bool> set_;
};

}  // namespace slicecast::config
