#include "common/ingest/native_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/ingest/geometry_proto.h"
#include "common/ingest/pixel_proto.h"

namespace slicecast::ingest {
namespace {

Error malformed_frame(std::string what) {
  return {Errc::malformed, "raw frame: " + std::move(what)};
}

// Announced pixels against what came; fills type, rows and columns.
Result<void> check_pixels(const v1::PixelFormat& format, const ConstBufferPtr& pixels,
                          const DecodeLimits& limits, FrameArrived& frame) {
  const auto type = from_proto(format.type());
  if (!type) return malformed_frame("unknown pixel type");
  if (format.shape_size() != 2) return malformed_frame("the shape must be [rows, columns]");
  if ((format.scale() != 0 && format.scale() != 1) || format.offset() != 0)
    return Error{Errc::unsupported, "raw frame: scaled pixels; send plain counts or floats"};
  const auto bytes = frame_bytes(format.shape(0), format.shape(1), *type, limits);
  if (!bytes) return bytes.error();
  const std::size_t came = pixels ? pixels->size() : 0;
  if (format.bytes() != *bytes || came != *bytes) {
    return Error{
        Errc::invalid_argument,
        fmt::format("raw frame: {} x {} {} are {} bytes, announced {}, came {}", format.shape(0),
                    format.shape(1), to_string(*type), *bytes, format.bytes(), came)};
  }
  frame.type = *type;
  frame.rows = static_cast<int>(format.shape(0));
  frame.columns = static_cast<int>(format.shape(1));
  return {};
}

Result<Event> decode_frame(const v1::BulkHeader& header, ConstBufferPtr pixels,
                           const DecodeLimits& limits) {
  const v1::Frame& message = header.frame();
  FrameArrived frame;
  const auto kind = from_proto(message.kind());
  if (!kind) return Error{Errc::unsupported, "raw frame: unknown kind"};
  if (!header.has_pixels()) return malformed_frame("no pixels announced");
  if (auto checked = check_pixels(header.pixels(), pixels, limits, frame); !checked)
    return checked.error();
  if (message.has_angle_rad()) {
    if (!std::isfinite(message.angle_rad()))
      return malformed_frame("the angle is not a finite number");
    frame.angle_rad = message.angle_rad();
  }
  if (message.matrix_size() != 0) {
    geometry::Matrix34 matrix;
    if (message.matrix_size() != static_cast<int>(matrix.m.size()))
      return malformed_frame("the matrix must have twelve numbers");
    std::copy(message.matrix().begin(), message.matrix().end(), matrix.m.begin());
    if (!std::all_of(matrix.m.begin(), matrix.m.end(), [](double x) { return std::isfinite(x); }))
      return malformed_frame("the matrix holds a number that is not finite");
    frame.matrix = matrix;
  }
  frame.scan_id = message.scan_id();
  frame.kind = *kind;
  frame.id = message.id();
  frame.acquired_ns = message.acquired_ns();
  frame.pixels = std::move(pixels);
  return Event{std::move(frame)};
}

}  // namespace

v1::BulkHeader encode_scan_start(const ScanInfo& scan) {
  v1::BulkHeader header;
  *header.mutable_scan_start() = to_proto(scan);
  return header;
}

v1::BulkHeader encode_frame(const FrameArrived& frame) {
  v1::BulkHeader header;
  *header.mutable_pixels() = pixel_format(frame.type, frame.rows, frame.columns);
  v1::Frame& message = *header.mutable_frame();
  message.set_scan_id(frame.scan_id);
  message.set_kind(to_proto(frame.kind));
  message.set_id(frame.id);
  if (frame.angle_rad) message.set_angle_rad(*frame.angle_rad);
  if (frame.matrix) message.mutable_matrix()->Add(frame.matrix->m.begin(), frame.matrix->m.end());
  message.set_acquired_ns(frame.acquired_ns);
  return header;
}

v1::BulkHeader encode_scan_end(const ScanEnded& end) {
  v1::BulkHeader header;
  header.mutable_scan_end()->set_scan_id(end.scan_id);
  header.mutable_scan_end()->set_projections(end.projections);
  return header;
}

Result<Event> decode_native(const v1::BulkHeader& header, ConstBufferPtr pixels,
                            const DecodeLimits& limits) {
  switch (header.payload_case()) {
    case v1::BulkHeader::kScanStart: {
      auto scan = from_proto(header.scan_start());
      if (!scan) return scan.error();
      return Event{ScanStarted{*std::move(scan)}};
    }
    case v1::BulkHeader::kFrame: return decode_frame(header, std::move(pixels), limits);
    case v1::BulkHeader::kScanEnd:
      return Event{ScanEnded{header.scan_end().scan_id(), header.scan_end().projections()}};
    default:
      return Error{Errc::unsupported,
                   "a message that is no ScanStart, Frame or ScanEnd came on the raw link; connect "
                   "to a source, not to the filtered link"};
  }
}

}  // namespace slicecast::ingest
