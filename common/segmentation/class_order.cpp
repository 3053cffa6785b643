#include "common/segmentation/class_order.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace slicecast::segmentation {

void order_two_classes(const Field& field, const Labels& labels) {
  std::array<double, 2> sums{};
  std::array<std::uint64_t, 2> counts{};
  for (int r = 0; r < labels.rows; ++r) {
    const auto values = field.image.row(r);
    const auto row = labels.row(r);
    double all = 0, second = 0;
    std::uint64_t labelled = 0, of_second = 0;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool is_second = row[c] == 2;
      labelled += row[c] != 0 ? 1 : 0;
      of_second += is_second ? 1 : 0;
      all += row[c] != 0 ? values[c] : 0.0f;  // without label a value may be NaN
      second += is_second ? values[c] : 0.0f;
    }
    sums[0] += all - second, sums[1] += second;
    counts[0] += labelled - of_second, counts[1] += of_second;
  }
  if (counts[0] == 0 || counts[1] == 0) return;
  if (sums[0] / static_cast<double>(counts[0]) <= sums[1] / static_cast<double>(counts[1])) return;
  for (int r = 0; r < labels.rows; ++r)
    for (std::uint8_t& label : labels.row(r))
      if (label != 0) label = static_cast<std::uint8_t>(3 - label);
}

}  // namespace slicecast::segmentation
