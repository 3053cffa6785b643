#include "viewer/model/recording_file.h"

#include <fmt/format.h>

#include "common/config/version.h"
#include "common/ingest/recorded_window.h"

namespace slicecast::viewer {

Result<RecordingFile> RecordingFile::create(const std::filesystem::path& path,
                                            const ingest::ScanInfo& scan) {
  io::DataExchangeOptions options;
  options.geometry = scan.geometry;
  options.window = ingest::recorded_window(scan.window);
  options.pixel_type = scan.pixel_type;
  options.already_linear = scan.already_linear;
  options.provenance = fmt::format("slicecast-viewer {}, recorded from scan {} {}",
                                   config::version(), scan.scan_id, scan.title);
  auto writer = io::DataExchangeWriter::create(path, options);
  if (!writer) return writer.error();
  return RecordingFile(path, scan, *std::move(writer));
}

Result<RecordingFile::Outcome> RecordingFile::write(const ingest::FrameArrived& frame) {
  using ingest::FrameKind;
  if (frame.scan_id != scan_.scan_id) return Outcome::wrong_scan;
  const geometry::ScanGeometry& g = scan_.geometry;
  const std::size_t bytes = static_cast<std::size_t>(g.rows) * static_cast<std::size_t>(g.columns) *
                            size_of(scan_.pixel_type);
  if (frame.rows != g.rows || frame.columns != g.columns || frame.type != scan_.pixel_type ||
      !frame.pixels || frame.pixels->size() < bytes)
    return Outcome::bad_size;
  const std::span<const std::byte> pixels(frame.pixels->data(), bytes);

  Result<void> written;
  if (frame.kind == FrameKind::dark) {
    written = writer_.write_dark(pixels);
    if (written) ++darks_;
  } else if (frame.kind == FrameKind::flat) {
    written = writer_.write_flat(pixels);
    if (written) ++flats_;
  } else {
    double angle = 0;
    if (frame.angle_rad) {
      angle = *frame.angle_rad;
    } else {
      const auto known = geometry::angle_of(g, frame.id);
      if (!known) return Outcome::no_angle;
      angle = *known;
    }
    written = writer_.write_projection(frame.id, angle, pixels, frame.matrix);
    if (written) ++projections_;
  }
  if (!written) return written.error();
  return Outcome::written;
}

Result<void> RecordingFile::finish() {
  return writer_.finish();
}

std::string RecordingFile::note() const {
  std::string note;
  if (!scan_.already_linear && flats_ == 0)
    note = scan_.incident_counts > 0
               ? fmt::format("no flat was seen: replay with --incident-counts {}",
                             scan_.incident_counts)
               : std::string(
                     "no flat was seen: start recording before the scan, or replay with "
                     "--incident-counts");
  return note;
}

}  // namespace slicecast::viewer
