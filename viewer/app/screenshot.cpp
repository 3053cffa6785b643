#include "viewer/app/screenshot.h"

#include <stb/stb_image_write.h>

#include <span>
#include <string>

#include "common/io/atomic_file.h"
#include "viewer/model/export_image.h"

namespace slicecast::viewer {
namespace {

void append(void* context, void* bytes, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes),
                                             static_cast<std::size_t>(size));
}

}  // namespace

Result<void> write_screenshot(const std::filesystem::path& path, const gl::RgbImage& image,
                              const Provenance& provenance) {
  std::string png;
  // Large flat areas compress well without a filter, and encoding takes half the time.
  stbi_write_force_png_filter = 0;
  if (stbi_write_png_to_func(append, &png, image.width, image.height, 3, image.pixels.data(),
                             3 * image.width) == 0)
    return Error{Errc::resource_exhausted, "no memory to encode " + path.string()};
  if (auto written = io::write_whole_file(path, std::as_bytes(std::span(png))); !written)
    return written;
  const auto sidecar = write_sidecar(path, provenance);
  if (!sidecar) return sidecar.error();
  return {};
}

}  // namespace slicecast::viewer
