// Images for the tests of segmentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/segmentation/field.h"

namespace slicecast::testing {

// An image with its mask, as a segmentation reads it.
struct Picture {
  int rows, columns;
  std::vector<float> values;
  std::vector<std::uint8_t> mask = {};  // empty: none
  segmentation::Field field() const;
};

// Smooth bright blobs on a dark ground with noise, different for every seed.
Picture blobs(int rows, int columns, unsigned seed);
// The same with a round mask, NaN and infinite values here and there.
Picture holed(int rows, int columns, unsigned seed);
Picture constant(int rows, int columns, float value);

struct LabelImage {
  int rows, columns;
  std::vector<std::uint8_t> labels;
  LabelImage(int row_count, int column_count)
      : rows(row_count),
        columns(column_count),
        labels(static_cast<std::size_t>(row_count) * static_cast<std::size_t>(column_count), 77) {}
  segmentation::Labels view() { return {labels.data(), rows, columns}; }
};

double agreement(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b);

// Runs `body` on every instruction set that the kernels are compiled for and this processor has.
void on_every_target(const std::function<void(const std::string&)>& body);

}  // namespace slicecast::testing
