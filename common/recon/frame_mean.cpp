#include "common/recon/processing.h"
#include "common/recon/upright.h"

namespace slicecast::recon {

FrameMean::FrameMean(const geometry::ScanGeometry& geometry) : geometry_(geometry) {}

void FrameMean::add(const void* raw, PixelType type) {
  const UprightMap map = upright_map(geometry_);
  const std::size_t pixels = static_cast<std::size_t>(map.rows) * map.columns;
  if (sum_.size() != pixels) sum_.assign(pixels, 0.0);
  std::vector<double> line(map.columns);
  for (int r = 0; r < map.rows; ++r) {
    read_pixels(raw, type, map.index(r, 0), map.column_step, map.columns, line.data());
    double* sums = sum_.data() + static_cast<std::size_t>(r) * map.columns;
    for (int c = 0; c < map.columns; ++c) sums[c] += line[c];
  }
  ++count_;
}

std::shared_ptr<const FloatImage> FrameMean::mean() const {
  if (count_ == 0) return nullptr;
  auto image = std::make_shared<FloatImage>(sum_.size());
  for (std::size_t i = 0; i < sum_.size(); ++i) (*image)[i] = static_cast<float>(sum_[i] / count_);
  return image;
}

void FrameMean::clear() {
  sum_.clear();
  count_ = 0;
}

}  // namespace slicecast::recon
