// Reads recorded scans: Data Exchange HDF5 (`/exchange/data`, `data_dark`, `data_white`, `theta`)
// and NeXus NXtomo (one stack with an `image_key`, angles beside it, external links followed).
//
// `open` checks everything it can without touching pixels; reads then go frame by frame, with a
// chunk cache that holds the chunks under one frame. Any thread may read, one at a time (the HDF5
// library is not thread-safe and shared by all files of the process).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"
#include "common/io/recorded_window.h"

namespace slicecast::io {

enum class ScanFormat : std::uint8_t { data_exchange, nx_tomo };
enum class FrameKind : std::uint8_t { projection, dark, flat };

// Frame `index` among those of its kind.
struct FrameReference {
  FrameKind kind;
  std::uint32_t index;
};

struct ScanDescription {
  ScanFormat format = ScanFormat::data_exchange;
  std::size_t projections = 0, darks = 0, flats = 0;
  int rows = 0, columns = 0;
  // What the read functions deliver. The type on file if all stacks share it, else float32 (float64
  // if one of them needs it).
  PixelType pixel_type = PixelType::u16;
  bool already_linear = false;  // projections are line integrals; only from files Slicecast wrote
  // Per projection, unwrapped as recorded; empty if a Data Exchange file has no angles.
  std::vector<double> angles_rad;
  std::vector<std::uint64_t> ids;        // per projection, as the scan numbered them
  std::vector<FrameReference> sequence;  // all frames in the order they were taken
  // rows, columns, angle table and pixel size are filled in; the rest only if `geometry_stored`.
  geometry::ScanGeometry geometry;
  bool geometry_stored = false;       // the file carries Slicecast's own geometry
  RecordedWindow window;              // only from files Slicecast wrote
  std::optional<double> distance_mm;  // sample to detector
  std::optional<double> energy_kev;
  std::vector<std::string> notes;  // what was ignored and why, one line each
  std::size_t frame_bytes() const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * size_of(pixel_type);
  }
};

class ScanFile {
 public:
  static Result<ScanFile> open(const std::filesystem::path& path);
  ScanFile(ScanFile&&) noexcept;
  ScanFile& operator=(ScanFile&&) noexcept;
  ~ScanFile();

  const ScanDescription& description() const;

  // Into frame_bytes() bytes, row-major, little-endian. Fails on a wrong size, an index out of
  // range or a damaged file.
  Result<void> read_projection(std::size_t index, std::span<std::byte> pixels) const;
  Result<void> read_dark(std::size_t index, std::span<std::byte> pixels) const;
  Result<void> read_flat(std::size_t index, std::span<std::byte> pixels) const;
  Result<void> read(FrameReference frame, std::span<std::byte> pixels) const;

 private:
  struct State;
  explicit ScanFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace slicecast::io
