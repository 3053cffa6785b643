#include "common/ingest/native_codec.h"

#include <cmath>
#include <limits>
#include <random>

#include "common/ingest/geometry_proto.h"
#include "common/ingest/pixel_proto.h"
#include "tests/unit/ingest/mutation.h"

namespace slicecast::ingest {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ScanInfo full_scan() {
  ScanInfo scan;
  scan.scan_id = "scan-1";
  auto& g = scan.geometry;
  g.beam = geometry::Beam::cone;
  g.rows = 6;
  g.columns = 8;
  g.pixel_mm = 0.25;
  g.axis_column = 3.75;
  g.principal_column = 3.25;
  g.principal_row = 2.25;
  g.source_axis_mm = 100;
  g.source_detector_mm = 150;
  g.tilt_rad = 0.125;
  g.roll_rad = 0.0625;
  g.pitch_rad = -0.03125;
  g.rotation_sense = -1;
  g.transpose = true;
  g.flip_u = true;
  g.angle_start_rad = 0.5;
  g.angle_step_rad = 0.25;
  g.angle_table_rad = {0, 0.5, 1.5};
  scan.window.set_mode(v1::ALTERNATING);
  scan.window.set_coverage(v1::SHORT_SCAN);
  scan.window.set_group_size(3);
  scan.pixel_type = PixelType::f32;
  scan.already_linear = true;
  scan.incident_counts = 1000;
  scan.projections = 3;
  scan.title = "all fields";
  return scan;
}

FrameArrived frame() {
  FrameArrived f;
  f.scan_id = "scan-1";
  f.id = 5;
  f.angle_rad = 7.5;
  f.matrix = geometry::Matrix34{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  f.rows = 2;
  f.columns = 3;
  f.acquired_ns = 42;
  f.pixels = Buffer::allocate(12);
  return f;
}

Errc refusal(const v1::BulkHeader& header, ConstBufferPtr pixels) {
  const auto decoded = decode_native(header, std::move(pixels), {});
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().message.find('\n') == std::string::npos);
  return decoded.error().code;
}

}  // namespace

TEST_CASE("a frame whose pixels differ from what it announces is refused") {
  const auto good = encode_frame(frame());
  CHECK(refusal(good, nullptr) == Errc::invalid_argument);
  CHECK(refusal(good, Buffer::allocate(11)) == Errc::invalid_argument);
  auto header = good;
  header.mutable_pixels()->set_bytes(6);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::invalid_argument);
  header = good;
  header.mutable_pixels()->set_shape(0, 70000);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::invalid_argument);
  header = good;
  header.mutable_pixels()->set_shape(0, 65535);
  header.mutable_pixels()->set_shape(1, 65535);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::resource_exhausted);
}

TEST_CASE("a frame whose header contradicts itself is refused") {
  const auto good = encode_frame(frame());
  auto header = good;
  header.clear_pixels();
  CHECK(refusal(header, nullptr) == Errc::malformed);
  header = good;
  header.mutable_pixels()->add_shape(1);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::malformed);
  header = good;
  header.mutable_pixels()->set_type(static_cast<v1::PixelType>(77));
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::malformed);
  header = good;
  header.mutable_pixels()->set_scale(2);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::unsupported);
  header = good;
  header.mutable_frame()->set_kind(static_cast<v1::FrameKind>(9));
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::unsupported);
  header = good;
  header.mutable_frame()->set_angle_rad(kNan);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::malformed);
  header = good;
  header.mutable_frame()->mutable_matrix()->RemoveLast();
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::malformed);
  header = good;
  header.mutable_frame()->set_matrix(3, kNan);
  CHECK(refusal(header, Buffer::allocate(12)) == Errc::malformed);
}

TEST_CASE("messages of other links are unsupported on the raw link") {
  v1::BulkHeader header;
  CHECK(refusal(header, nullptr) == Errc::unsupported);
  header.mutable_filtered();
  CHECK(refusal(header, nullptr) == Errc::unsupported);
}

TEST_CASE("a scan that makes no sense is refused") {
  const auto good = to_proto(full_scan());
  const auto refused = [&](auto change) {
    v1::ScanStart message = good;
    change(message);
    const auto scan = from_proto(message);
    return !scan && scan.error().code == Errc::malformed;
  };
  CHECK(refused([](auto& m) { m.clear_scan_id(); }));
  CHECK(refused([](auto& m) { m.set_scan_id(std::string(5000, 'x')); }));
  CHECK(refused([](auto& m) { m.set_pixel_type(v1::PIXEL_TYPE_UNSPECIFIED); }));
  CHECK(refused([](auto& m) { m.set_incident_counts(-1); }));
  CHECK(refused([](auto& m) { m.mutable_window()->set_mode(static_cast<v1::WindowMode>(5)); }));
  CHECK(refused([](auto& m) { m.clear_geometry(); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_rows(65536); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_pixel_mm(-1); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_tilt_rad(kNan); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_rotation_sense(0.5); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->add_vectors_mm(1); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_angle_table_rad(0, kNan); }));
  CHECK(refused([](auto& m) { m.mutable_geometry()->set_source_axis_mm(0); }));
}

TEST_CASE("damaged native headers never do harm") {
  std::mt19937 random(5);
  const std::string frame_bytes = encode_frame(frame()).SerializeAsString();
  const std::string start_bytes = encode_scan_start(full_scan()).SerializeAsString();
  std::size_t parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    v1::BulkHeader header;
    if (!header.ParseFromString(test::mutated(i % 2 == 0 ? frame_bytes : start_bytes, random)))
      continue;
    ++parsed;
    const auto event = decode_native(header, Buffer::allocate(12), {});
    if (!event) continue;
    if (const auto* f = std::get_if<FrameArrived>(&*event))
      REQUIRE(static_cast<std::size_t>(f->rows) * static_cast<std::size_t>(f->columns) *
                  size_of(f->type) ==
              f->pixels->size());
  }
  CHECK(parsed > 100);
}

TEST_CASE("a frame survives the native link whole") {
  const auto sent = frame();
  const auto event = decode_native(encode_frame(sent), sent.pixels, {});
  REQUIRE(event);
  const auto& got = std::get<FrameArrived>(*event);
  CHECK(got.scan_id == sent.scan_id);
  CHECK(got.kind == sent.kind);
  CHECK(got.id == sent.id);
  CHECK(got.angle_rad == sent.angle_rad);
  CHECK(got.matrix == sent.matrix);
  CHECK(got.type == sent.type);
  CHECK(got.rows == 2);
  CHECK(got.columns == 3);
  CHECK(got.acquired_ns == 42);
  CHECK(got.pixels == sent.pixels);
}

TEST_CASE("a scan's description survives the native link whole") {
  const auto sent = full_scan();
  const auto event = decode_native(encode_scan_start(sent), nullptr, {});
  REQUIRE(event);
  const auto& got = std::get<ScanStarted>(*event).scan;
  // Field by field through the wire's own form, which has them all.
  CHECK(to_proto(got).SerializeAsString() == to_proto(sent).SerializeAsString());
  CHECK(got.geometry.principal_row == sent.geometry.principal_row);
  CHECK(got.geometry.rotation_sense == -1);
  CHECK(got.geometry.angle_table_rad == sent.geometry.angle_table_rad);
  CHECK(got.window.group_size() == 3);
}

TEST_CASE("measured vectors and an unknown pixel size survive") {
  geometry::ScanGeometry g;
  g.rows = 4;
  g.columns = 5;
  g.pixel_size_known = false;
  g.vectors.resize(2);
  g.vectors[0].v = {0, 1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1};
  g.vectors[1].v = {-1, 0, 0, -5, 0, 0, 0, 1, 0, 0, 0, 1};
  const auto got = from_proto(to_proto(g));
  REQUIRE(got);
  CHECK_FALSE(got->pixel_size_known);
  CHECK(got->pixel_mm == 1);
  REQUIRE(got->vectors.size() == 2);
  CHECK(got->vectors[1].v == g.vectors[1].v);
}

TEST_CASE("every pixel type has its own name on the wire") {
  for (int i = 0; i <= static_cast<int>(PixelType::f64); ++i) {
    const auto type = static_cast<PixelType>(i);
    CHECK(from_proto(to_proto(type)) == type);
  }
  CHECK_FALSE(from_proto(v1::PIXEL_TYPE_UNSPECIFIED));
}

}  // namespace slicecast::ingest
