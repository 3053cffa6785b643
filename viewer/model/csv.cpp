#include "viewer/model/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace slicecast::viewer {

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

std::string csv_line(std::initializer_list<double> numbers) {
  std::string line;
  for (double number : numbers) line += (line.empty() ? "" : ",") + number_text(number);
  return line + '\n';
}

std::string csv_provenance(const std::string& provenance) {
  if (provenance.empty()) return {};
  std::string line = "# " + provenance;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line + '\n';
}

std::string csv_heading(const std::string& name, const std::string& unit) {
  std::string text = name;
  if (!unit.empty()) text += " (" + unit + ")";
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace slicecast::viewer
