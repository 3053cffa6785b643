#include "common/segmentation/field.h"

#include <algorithm>
#include <limits>
#include <string>

#include "common/segmentation/row_kernels.h"

namespace slicecast::segmentation {
namespace {

std::string size_text(int rows, int columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

Error other_size(const std::string& what, int rows, int columns, const Field& field) {
  return {Errc::invalid_argument, what + " of " + size_text(rows, columns) + " for an image of " +
                                      size_text(field.image.rows, field.image.columns) +
                                      "; give both the same size"};
}

kernels::RowSummary together(const kernels::RowSummary& a, const kernels::RowSummary& b) {
  return {a.count + b.count, std::min(a.minimum, b.minimum), std::max(a.maximum, b.maximum)};
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

kernels::RowSummary summarise(ImageView<const float> image, Workspace& workspace) {
  const Workspace::Frame frame(workspace);
  const auto bands =
      workspace.take<kernels::RowSummary>(static_cast<std::size_t>(bands_of(image.rows)));
  workspace.for_bands(image.rows, kBandRows, [&](int first, int last) {
    kernels::RowSummary band{0, kInfinity, -kInfinity};
    for (int r = first; r < last; ++r) band = together(band, kernels::summarise_row(image.row(r)));
    bands[static_cast<std::size_t>(first / kBandRows)] = band;
  });
  kernels::RowSummary all{0, kInfinity, -kInfinity};
  for (const auto& band : bands) all = together(all, band);
  return all;
}

double sum_above(ImageView<const float> image, float minimum, Workspace& workspace) {
  const Workspace::Frame frame(workspace);
  const auto bands = workspace.take<double>(static_cast<std::size_t>(bands_of(image.rows)));
  workspace.for_bands(image.rows, kBandRows, [&](int first, int last) {
    double band = 0;
    for (int r = first; r < last; ++r)
      band += kernels::sum_above(image.row(r), -kInfinity, minimum).sum;
    bands[static_cast<std::size_t>(first / kBandRows)] = band;
  });
  double sum = 0;
  for (double band : bands) sum += band;
  return sum;
}

}  // namespace

Result<void> validate(const Field& field) {
  const auto& image = field.image;
  if (image.pixels == nullptr || image.rows < 1 || image.columns < 1 || image.rows > kLargestEdge ||
      image.columns > kLargestEdge)
    return Error{Errc::invalid_argument, "an image of " + size_text(image.rows, image.columns) +
                                             " cannot be segmented; give 1 to " +
                                             std::to_string(kLargestEdge) + " rows and columns"};
  if (field.mask.pixels != nullptr &&
      (field.mask.rows != image.rows || field.mask.columns != image.columns))
    return other_size("a mask", field.mask.rows, field.mask.columns, field);
  return {};
}

Result<void> validate(const Field& field, const Labels& labels) {
  if (auto ok = validate(field); !ok) return ok;
  if (labels.pixels == nullptr || labels.rows != field.image.rows ||
      labels.columns != field.image.columns)
    return other_size("labels", labels.rows, labels.columns, field);
  return {};
}

Prepared prepare(const Field& field, Workspace& workspace) {
  Prepared prepared;
  prepared.image = field.image;
  const int rows = field.image.rows, columns = field.image.columns;
  const std::size_t pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  auto summary = summarise(field.image, workspace);
  const bool whole = field.mask.pixels == nullptr && summary.count == pixels;
  if (!whole || (rows > 1 && field.image.stride != columns)) {
    const ImageView<float> cleaned(workspace.take<float>(pixels).data(), rows, columns);
    workspace.for_bands(rows, kBandRows, [&](int first, int last) {
      for (int r = first; r < last; ++r)
        kernels::clean_row(field.image.row(r),
                           field.mask.pixels == nullptr ? nullptr : field.mask.row(r).data(),
                           cleaned.row(r).data());
    });
    prepared.image = cleaned;
    if (!whole) summary = summarise(cleaned, workspace);
  }
  prepared.count = summary.count;
  if (summary.count == 0) return prepared;
  prepared.minimum = summary.minimum;
  prepared.maximum = summary.maximum;
  prepared.sum = sum_above(prepared.image, prepared.minimum, workspace);
  return prepared;
}

}  // namespace slicecast::segmentation
