#include <algorithm>
#include <cctype>

#include "common/config/option.h"

namespace slicecast::config {
namespace {

std::string folded(std::string_view name) {
  std::string text;
  for (const char c : name)
    text += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Edits (insert, delete, replace, swap of neighbours) from one word to the other: the optimal
// string alignment distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string suggestion(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t kLongest = 64;  // the table is quadratic; longer words are no typing slips
  if (name.empty() || name.size() > kLongest) return {};
  const std::string word = folded(name);
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : known) {
    const std::string other = folded(candidate);
    std::size_t edits = distance(word, other);
    // "filter_kind" for "filter", "level" for "log_level": one word holds the other whole.
    if (word.size() >= 4 && other.size() >= 4 &&
        (other.find(word) != std::string::npos || word.find(other) != std::string::npos))
      edits = std::min<std::size_t>(edits, 1);
    if (edits >= least) continue;
    least = edits;
    best = candidate;
  }
  return best;
}

}  // namespace slicecast::config
