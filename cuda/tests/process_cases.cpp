#include "cuda/tests/process_cases.h"

#include <cmath>
#include <cstring>
#include <random>

#include "common/recon/reference/processor.h"
#include "cuda/tests/card.h"

namespace slicecast::cuda::tests {
namespace {

using recon::FloatImage;
using recon::ProcessDesc;

template <class T>
void put(std::vector<std::byte>& bytes, T value) {
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof(T));
  std::memcpy(bytes.data() + end, &value, sizeof(T));
}

void put_pixel(std::vector<std::byte>& bytes, PixelType type, double value) {
  switch (type) {
    case PixelType::u8: return put(bytes, static_cast<std::uint8_t>(value));
    case PixelType::u16: return put(bytes, static_cast<std::uint16_t>(value));
    case PixelType::u32: return put(bytes, static_cast<std::uint32_t>(value));
    case PixelType::u64: return put(bytes, static_cast<std::uint64_t>(value));
    case PixelType::i8: return put(bytes, static_cast<std::int8_t>(value));
    case PixelType::i16: return put(bytes, static_cast<std::int16_t>(value));
    case PixelType::i32: return put(bytes, static_cast<std::int32_t>(value));
    case PixelType::i64: return put(bytes, static_cast<std::int64_t>(value));
    case PixelType::f16: return put(bytes, half_from_float(static_cast<float>(value)));
    case PixelType::f32: return put(bytes, static_cast<float>(value));
    case PixelType::f64: return put(bytes, value);
  }
}

}  // namespace

geometry::ScanGeometry parallel_scan(int rows, int columns) {
  geometry::ScanGeometry g;
  g.rows = rows;
  g.columns = columns;
  g.pixel_mm = 0.5;
  return g;
}

geometry::ScanGeometry cone_scan(int rows, int columns) {
  geometry::ScanGeometry g = parallel_scan(rows, columns);
  g.pixel_mm = 2;
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 300;
  g.source_detector_mm = 500;
  return g;
}

ProcessDesc counting_desc(const geometry::ScanGeometry& g) {
  ProcessDesc desc;
  desc.geometry = g;
  if (g.beam == geometry::Beam::cone) desc.coverage = recon::Coverage::full_turn;
  std::mt19937 random(1);
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
  if (g.beam == geometry::Beam::cone) desc.coverage = recon::Coverage::full_turn;
  desc.parameters.already_linear = true;
  desc.parameters.padding = recon::Padding::zero;
  desc.pixel_type = PixelType::f32;
  return desc;
}

std::vector<std::byte> random_frame(const ProcessDesc& desc, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> transmission(0.05, 1.0);
  const bool byte = size_of(desc.pixel_type) == 1;
  const double dark = byte ? 4 : 200;
  const double range = byte ? 100 : desc.pixel_type == PixelType::i16 ? 30000 : 40000;
  std::vector<std::byte> bytes;
  const std::size_t pixels = static_cast<std::size_t>(desc.geometry.rows) * desc.geometry.columns;
  for (std::size_t i = 0; i < pixels; ++i) {
    const double value = transmission(random);
    put_pixel(bytes, desc.pixel_type,
              desc.parameters.already_linear ? value : dark + value * range);
  }
  return bytes;
}

Image filtered(const recon::Processor& processor, const void* raw, double angle) {
  Image out;
  out.rows = processor.layout().rows;
  out.columns = processor.layout().columns;
  out.pixels.assign(static_cast<std::size_t>(out.rows) * out.columns, -99.0F);
  out.counts = processor.filter(raw, angle, {out.pixels.data(), out.rows, out.columns});
  return out;
}

Image line_image(const recon::Processor& processor, const void* raw) {
  Image out;
  out.rows = processor.line_rows();
  out.columns = processor.line_columns();
  out.pixels.assign(static_cast<std::size_t>(out.rows) * out.columns, -99.0F);
  out.counts = processor.line_integrals(raw, {out.pixels.data(), out.rows, out.columns});
  return out;
}

std::unique_ptr<CardProcessor> processor_on_card(const ProcessDesc& desc) {
  // The program's card outlives every case.
  return taken(make_card_processor({std::shared_ptr<Device>(), &card()}, desc));
}

std::unique_ptr<recon::Processor> reference_of(const ProcessDesc& desc) {
  return taken(recon::make_reference_processor(desc));
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

void check_same_counts(const recon::ProcessCounts& found, const recon::ProcessCounts& expected) {
  CHECK(found.clamped == expected.clamped);
  CHECK(found.zingers == expected.zingers);
  CHECK(found.interpolated == expected.interpolated);
  CHECK(found.edge_tapered == expected.edge_tapered);
}

void agrees_with_reference(const ProcessDesc& desc, double angle, unsigned seed) {
  const std::vector<std::byte> raw = random_frame(desc, seed);
  const auto reference = reference_of(desc);
  const Image lines = line_image(*reference, raw.data());
  const Image rows = filtered(*reference, raw.data(), angle);
  const auto on_card = processor_on_card(desc);
  const Image own_lines = line_image(*on_card, raw.data());
  const Image own_rows = filtered(*on_card, raw.data(), angle);
  CHECK(relative_error(own_lines.pixels, lines.pixels) < 1e-5);
  CHECK(relative_error(own_rows.pixels, rows.pixels) < 1e-5);
  check_same_counts(own_lines.counts, lines.counts);
  check_same_counts(own_rows.counts, rows.counts);
}

}  // namespace slicecast::cuda::tests
