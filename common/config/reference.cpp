#include <cmath>

#include "common/config/program.h"

namespace slicecast::config {
namespace {

std::string range(const Option& option) {
  if (option.type == Type::choice) {
    std::string words;
    for (const auto& word : option.choices)
      words += (words.empty() ? "" : ", ") + (word.empty() ? "empty" : "`" + word + "`");
    return words;
  }
  const auto bound = [](double value) {
    // 600000 rather than 6e+05, as far as a double counts wholes exactly.
    constexpr double kPlain = 1e15;
    if (value == std::floor(value) && std::abs(value) < kPlain)
      return std::to_string(static_cast<std::int64_t>(value));
    std::string text = to_text(Value(value));
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
  };
  const bool low = std::isfinite(option.minimum), high = std::isfinite(option.maximum);
  if (low && high) return bound(option.minimum) + " to " + bound(option.maximum);
  if (low) return ">= " + bound(option.minimum);
  if (high) return "<= " + bound(option.maximum);
  return "";
}

}  // namespace

std::string reference_table(std::string_view section, std::span<const Option> schema) {
  std::string text =
      section.empty() ? "## Top level\n\n" : "## `[" + std::string(section) + "]`\n\n";
  text += "| key | type | default | unit | allowed | live | meaning |\n";
  text += "|---|---|---|---|---|---|---|\n";
  for (const auto& option : schema) {
    std::string doc;
    for (const char c : option.doc) doc += c == '|' ? std::string("\\|") : std::string(1, c);
    text += "| `" + option.name + "` | " + to_string(option.type) + " | `" +
            to_text(option.default_value) + "` | " + option.unit + " | " + range(option) + " | " +
            (option.live ? "yes" : "") + " | " + doc + " |\n";
  }
  return text;
}

}  // namespace slicecast::config
