#include "viewer/model/export_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "common/io/atomic_file.h"

namespace slicecast::viewer {
namespace {

io::DisplayRange range_of(const std::vector<float>& values) {
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min<double>(least, value);
    greatest = std::max<double>(greatest, value);
  }
  if (!(least < greatest))
    return std::isfinite(least) ? io::DisplayRange{least, least + 1} : io::DisplayRange{};
  return {least, greatest};
}

}  // namespace

Result<std::filesystem::path> write_sidecar(const std::filesystem::path& file,
                                            const Provenance& provenance) {
  std::filesystem::path sidecar = file;
  sidecar += ".json";
  const std::string text = provenance.to_json() + "\n";
  if (auto written = io::write_whole_file(sidecar, std::as_bytes(std::span(text))); !written)
    return written.error();
  return sidecar;
}

Result<std::vector<std::filesystem::path>> export_slice(const std::filesystem::path& path,
                                                        const SliceVersion& version,
                                                        Provenance provenance,
                                                        std::optional<io::DisplayRange> display) {
  if (auto known = io::check_image_path(path, false); !known) return known.error();
  if (version.format.shape_size() != 2)
    return Error{Errc::invalid_argument,
                 "only single slices are exported here; a slab is a volume"};
  if (display && !(display->black < display->white))
    return Error{Errc::invalid_argument, "the display limits must be finite, low below high"};
  auto values = values_of(version);
  if (!values) return values.error();
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });

  io::ImageOptions options;
  if (extension == ".png") {
    options.png_bits = 16;
    options.display = display ? *display : range_of(*values);
    provenance.add("png_low", options.display->black);
    provenance.add("png_high", options.display->white);
    provenance.add("png_value", std::string("low + pixel / 65535 * (high - low)"));
  }
  options.provenance = provenance.to_json(-1);
  const ImageView<const float> image(values->data(), version.rows(), version.columns());
  if (auto written = io::write_image(path, image, options); !written) return written.error();
  std::vector<std::filesystem::path> files{path};
  if (extension == ".npy") {
    auto sidecar = write_sidecar(path, provenance);
    if (!sidecar) return sidecar.error();
    files.push_back(*std::move(sidecar));
  }
  return files;
}

std::filesystem::path export_name(const std::filesystem::path& folder, const SliceVersion& version,
                                  const std::string& extension) {
  const v1::Stamp& stamp = version.header.stamp();
  const std::string& slice =
      version.header.name().empty() ? stamp.slice_id() : version.header.name();
  std::string stem = fmt::format("{}_{}_v{}", stamp.scan_id().empty() ? "scan" : stamp.scan_id(),
                                 slice.empty() ? "slice" : slice, stamp.version());
  for (char& c : stem)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
  if (stem.front() == '.') stem.front() = '_';
  constexpr std::size_t kLongest = 180;
  if (stem.size() > kLongest) stem.resize(kLongest);
  std::filesystem::path file = folder / (stem + extension);
  std::error_code ignored;
  for (int n = 2; std::filesystem::exists(file, ignored); ++n)
    file = folder / fmt::format("{}-{}{}", stem, n, extension);
  return file;
}

}  // namespace slicecast::viewer
