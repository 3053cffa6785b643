// Writes a scan as Data Exchange HDF5, frame by frame, under a temporary name until `finish`.
//
// `/exchange/data`, `data_dark`, `data_white` {frame,row,column} and `theta` in degrees are what
// other programs read; `/slicecast` adds the geometry, the window and whether the frames are line
// integrals, so that ScanFile gives back the same scan. Use from one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"
#include "common/io/recorded_window.h"

namespace slicecast::io {

struct DataExchangeOptions {
  geometry::ScanGeometry
      geometry;  // its rows and columns are the frames'; its angle table is unused; vectors by id
  PixelType pixel_type = PixelType::u16;
  bool already_linear = false;  // frames are line integrals
  RecordedWindow window;
  std::string provenance;  // one line: what made the file
};

class DataExchangeWriter {
 public:
  static Result<DataExchangeWriter> create(const std::filesystem::path& path,
                                           const DataExchangeOptions& options);
  DataExchangeWriter(DataExchangeWriter&&) noexcept;
  DataExchangeWriter& operator=(DataExchangeWriter&&) noexcept;
  ~DataExchangeWriter();  // without `finish` no file appears

  // `matrix`: the frame's own, which wins over the geometry's vector of this id and its angle. With
  // either of them in any frame the file lists a measured vector for every projection it holds.
  Result<void> write_projection(std::uint64_t id, double angle_rad,
                                std::span<const std::byte> pixels,
                                const std::optional<geometry::Matrix34>& matrix = {});
  Result<void> write_dark(std::span<const std::byte> pixels);
  Result<void> write_flat(std::span<const std::byte> pixels);
  // Fails without any projection. Nothing may be written afterwards.
  Result<void> finish();

 private:
  struct State;
  explicit DataExchangeWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace slicecast::io
