#include "common/offline/bad_pixel_mask.h"

#include <string>

namespace slicecast::offline {

Result<std::optional<io::PixelMask>> bad_pixel_mask(const config::Settings& settings) {
  const std::string& file = settings.text("bad_pixels");
  if (file.empty()) return std::optional<io::PixelMask>();
  auto mask = io::read_pixel_mask(file);
  if (!mask) return Error{mask.error().code, "bad_pixels: " + mask.error().message};
  return std::optional<io::PixelMask>(*std::move(mask));
}

Result<std::shared_ptr<const std::vector<std::uint8_t>>> fitted(const io::PixelMask& mask,
                                                                const geometry::ScanGeometry& g) {
  const int rows = geometry::upright_rows(g), columns = geometry::upright_columns(g);
  if (mask.rows == rows && mask.columns == columns)
    return std::make_shared<const std::vector<std::uint8_t>>(mask.marked);
  const auto size = [](int r, int c) { return std::to_string(r) + " x " + std::to_string(c); };
  return Error{Errc::invalid_argument,
               "bad_pixels has " + size(mask.rows, mask.columns) +
                   " pixels and the upright detector " + size(rows, columns) +
                   "; give a mask of this detector, after transpose and before binning"};
}

}  // namespace slicecast::offline
