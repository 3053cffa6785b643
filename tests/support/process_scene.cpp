#include "tests/support/process_scene.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "common/recon/reference/processor.h"

namespace slicecast::recon::test {
namespace {

template <class T>
std::vector<std::byte> as_bytes(const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

}  // namespace

geometry::ScanGeometry parallel_scan(int rows, int columns, double pixel_mm) {
  geometry::ScanGeometry g;
  g.rows = rows;
  g.columns = columns;
  g.pixel_mm = pixel_mm;
  return g;
}

geometry::ScanGeometry cone_scan(int rows, int columns) {
  geometry::ScanGeometry g = parallel_scan(rows, columns, 2.0);
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 300;
  g.source_detector_mm = 500;
  return g;
}

ProcessDesc counting_desc(const geometry::ScanGeometry& g, unsigned seed) {
  ProcessDesc desc;
  desc.geometry = g;
  if (g.beam == geometry::Beam::cone) desc.coverage = Coverage::full_turn;
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> open(30000, 50000), closed(150, 250);
  const std::size_t pixels = static_cast<std::size_t>(g.rows) * g.columns;
  auto flat = std::make_shared<FloatImage>(pixels), dark = std::make_shared<FloatImage>(pixels);
  for (float& value : *flat) value = open(random);
  for (float& value : *dark) value = closed(random);
  for (std::size_t i = 0; pixels > 50 && i < pixels / 50; ++i) (*flat)[random() % pixels] = 100;
  desc.flat = flat;
  desc.dark = dark;
  return desc;
}

ProcessDesc linear_desc(const geometry::ScanGeometry& g) {
  ProcessDesc desc;
  desc.geometry = g;
  if (g.beam == geometry::Beam::cone) desc.coverage = Coverage::full_turn;
  desc.parameters.already_linear = true;
  desc.parameters.padding = Padding::zero;
  desc.pixel_type = PixelType::f32;
  return desc;
}

std::vector<std::byte> frame_of(PixelType type, const std::vector<double>& values) {
  switch (type) {
    case PixelType::u8: return as_bytes<std::uint8_t>(values);
    case PixelType::u16: return as_bytes<std::uint16_t>(values);
    case PixelType::u32: return as_bytes<std::uint32_t>(values);
    case PixelType::u64: return as_bytes<std::uint64_t>(values);
    case PixelType::i8: return as_bytes<std::int8_t>(values);
    case PixelType::i16: return as_bytes<std::int16_t>(values);
    case PixelType::i32: return as_bytes<std::int32_t>(values);
    case PixelType::i64: return as_bytes<std::int64_t>(values);
    case PixelType::f32: return as_bytes<float>(values);
    case PixelType::f64: return as_bytes<double>(values);
    case PixelType::f16: break;
  }
  std::vector<double> bits(values.size());
  std::transform(values.begin(), values.end(), bits.begin(),
                 [](double v) { return half_from_float(static_cast<float>(v)); });
  return as_bytes<std::uint16_t>(bits);
}

std::vector<std::byte> random_frame(const ProcessDesc& desc, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> transmission(0.05, 1.0);
  const bool byte = size_of(desc.pixel_type) == 1;
  const double dark = byte ? 4 : 200;
  const double range = byte ? 100 : desc.pixel_type == PixelType::i16 ? 30000 : 40000;
  std::vector<double> values(static_cast<std::size_t>(desc.geometry.rows) * desc.geometry.columns);
  for (double& value : values) {
    value = transmission(random);
    if (!desc.parameters.already_linear) value = dark + value * range;
  }
  return frame_of(desc.pixel_type, values);
}

Output filtered(const Processor& processor, const void* raw, double angle) {
  Output out;
  out.layout = processor.layout();
  out.rows = out.layout.rows;
  out.columns = out.layout.columns;
  out.pixels.assign(static_cast<std::size_t>(out.rows) * out.columns, -99.0F);
  out.counts = processor.filter(raw, angle, {out.pixels.data(), out.rows, out.columns});
  return out;
}

Output line_image(const Processor& processor, const void* raw) {
  Output out;
  out.layout = processor.layout();
  out.rows = processor.line_rows();
  out.columns = processor.line_columns();
  out.pixels.assign(static_cast<std::size_t>(out.rows) * out.columns, -99.0F);
  out.counts = processor.line_integrals(raw, {out.pixels.data(), out.rows, out.columns});
  return out;
}

std::unique_ptr<Processor> reference_of(const ProcessDesc& desc) {
  auto made = make_reference_processor(desc);
  INFO((made ? std::string() : made.error().message));
  REQUIRE(made);
  return *std::move(made);
}

double relative_error(const std::vector<float>& found, const std::vector<float>& expected) {
  REQUIRE(found.size() == expected.size());
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    difference += std::pow(static_cast<double>(found[i]) - expected[i], 2);
    size += std::pow(static_cast<double>(expected[i]), 2);
  }
  return size == 0 ? std::sqrt(difference) : std::sqrt(difference / size);
}

void agrees_with_reference(const Processor& processor, const ProcessDesc& desc,
                           const std::vector<std::byte>& raw, double angle) {
  const auto reference = reference_of(desc);
  const Output lines = line_image(*reference, raw.data());
  const Output rows = filtered(*reference, raw.data(), angle);
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second time with used work memory
    const Output own_lines = line_image(processor, raw.data());
    const Output own_rows = filtered(processor, raw.data(), angle);
    CHECK(relative_error(own_lines.pixels, lines.pixels) < 1e-5);
    CHECK(relative_error(own_rows.pixels, rows.pixels) < 1e-5);
    for (const auto& [own, expected] :
         {std::pair(own_lines.counts, lines.counts), std::pair(own_rows.counts, rows.counts)}) {
      CHECK(own.clamped == expected.clamped);
      CHECK(own.zingers == expected.zingers);
      CHECK(own.interpolated == expected.interpolated);
      CHECK(own.edge_tapered == expected.edge_tapered);
    }
  }
}

void agrees_with_reference(const ProcessDesc& desc, double angle, unsigned seed) {
  agrees_with_reference(desc, random_frame(desc, seed), angle);
}

}  // namespace slicecast::recon::test
