// Rows of every length, frames in batches, by several threads, and into images on the card.
#include <thread>

#include "common/base/pixel_type.h"
#include "cuda/tests/card.h"
#include "cuda/tests/process_cases.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using recon::Padding;
using recon::ProcessDesc;

namespace {

struct Frames {
  std::vector<std::vector<std::byte>> pixels;
  std::vector<RawFrame> raw;
};

Frames frames_of(const ProcessDesc& desc, int count) {
  Frames frames;
  for (int i = 0; i < count; ++i)
    frames.pixels.push_back(random_frame(desc, static_cast<unsigned>(i) + 1));
  for (int i = 0; i < count; ++i) frames.raw.push_back({frames.pixels[i].data(), 0.21 + 0.1 * i});
  return frames;
}

}  // namespace

TEST_CASE("rows of every transform length are filtered as the reference does") {
  for (const int columns : {500, 513, 769, 1025, 1537, 2049}) {
    INFO(columns << " columns");
    ProcessDesc desc = counting_desc(parallel_scan(3, columns));
    desc.parameters.padding = Padding::zero;
    agrees_with_reference(desc);
  }
}

TEST_CASE("values beyond half precision are clipped and counted") {
  const ProcessDesc desc = linear_desc(parallel_scan(4, 30));
  const auto processor = processor_on_card(desc);
  const Frames frames = frames_of(desc, 1);
  const Stream stream = taken(card().make_stream(StreamPriority::normal));
  const DeviceMemory image = taken(card().allocate(4 * 30 * 2));
  void* const first = image.get();
  BatchCounts counts;
  check_done(processor->filter_onto(frames.raw, {&first, 1}, 30, true, 0x1p-30F, {&counts, 1}));
  CHECK(counts.clipped == 4 * 30);
  for (const std::uint16_t bits : downloaded<std::uint16_t>(card(), stream, first, 4 * 30))
    CHECK(std::abs(float_from_half(bits)) == 65504);
}

TEST_CASE("a batch of frames comes out as the frames do one by one") {
  ProcessDesc desc = counting_desc(cone_scan(11, 37));
  desc.coverage = recon::Coverage::short_scan;
  for (const bool binned : {false, true}) {
    desc.parameters.binning = binned ? 2 : 1;
    const auto reference = reference_of(desc);
    const auto processor = processor_on_card(desc);
    for (const int count : {1, 2, 5, 70}) {
      const Frames frames = frames_of(desc, count);
      const int rows = processor->layout().rows, columns = processor->layout().columns;
      const std::size_t pixels = static_cast<std::size_t>(rows) * columns;
      std::vector<std::vector<float>> out(count, std::vector<float>(pixels));
      std::vector<ImageView<float>> views;
      for (auto& image : out) views.emplace_back(image.data(), rows, columns);
      std::vector<recon::ProcessCounts> counts(count);
      check_done(processor->filter_batch(frames.raw, views, counts));
      for (int i = 0; i<count; i += count> 5 ? 13 : 1) {
        const Image expected = filtered(*reference, frames.raw[i].pixels, frames.raw[i].angle_rad);
        CHECK(relative_error(out[i], expected.pixels) < 1e-5);
        check_same_counts(counts[i], expected.counts);
      }
    }
  }
}

TEST_CASE("each frame of a batch is continued beyond its edges or not, by itself") {
  ProcessDesc desc = linear_desc(parallel_scan(6, 64));
  desc.parameters.padding = Padding::automatic;
  Frames frames = frames_of(desc, 5);
  for (const int narrow : {1, 4})
    for (int r = 0; r < 6; ++r)
      for (int c = 0; c < 64; ++c)
        if (c < 10 || c > 53)
          reinterpret_cast<float*>(frames.pixels[narrow].data())[r * 64 + c] = 0;
  const auto reference = reference_of(desc);
  const auto processor = processor_on_card(desc);
  std::vector<std::vector<float>> out(5, std::vector<float>(6 * 64));
  std::vector<ImageView<float>> views;
  for (auto& image : out) views.emplace_back(image.data(), 6, 64);
  std::vector<recon::ProcessCounts> counts(5);
  check_done(processor->filter_batch(frames.raw, views, counts));
  for (int i = 0; i < 5; ++i) {
    CHECK(counts[i].edge_tapered == (i != 1 && i != 4));
    const Image expected = filtered(*reference, frames.raw[i].pixels, 0);
    CHECK(counts[i].edge_tapered == expected.counts.edge_tapered);
    CHECK(relative_error(out[i], expected.pixels) < 1e-5);
  }
}

TEST_CASE("filtered rows go straight into half-precision images on the card") {
  const ProcessDesc desc = counting_desc(cone_scan(13, 45));
  const auto reference = reference_of(desc);
  const auto processor = processor_on_card(desc);
  const Frames frames = frames_of(desc, 3);
  constexpr int kStride = 64, kRows = 13, kColumns = 45;
  const Stream stream = taken(card().make_stream(StreamPriority::normal));
  const std::size_t bytes = kRows * kStride * sizeof(std::uint16_t);
  const DeviceMemory images = taken(card().allocate(3 * bytes));
  check_done(card().fill_zero(stream, images.get(), 3 * bytes));
  check_done(card().synchronize(stream));
  std::vector<void*> first;
  for (int i = 0; i < 3; ++i) first.push_back(images.as<unsigned char>() + i * bytes);
  std::vector<BatchCounts> counts(3);
  const float scale = 0x1p-3F;
  check_done(processor->filter_onto(frames.raw, first, kStride, true, scale, counts));
  for (int i = 0; i < 3; ++i) {
    const auto bits = downloaded<std::uint16_t>(card(), stream, first[i], kRows * kStride);
    std::vector<float> values;
    for (int r = 0; r < kRows; ++r)
      for (int c = 0; c < kStride; ++c) {
        if (c < kColumns)
          values.push_back(float_from_half(bits[r * kStride + c]) * scale);
        else
          CHECK(bits[r * kStride + c] == 0);  // beside the image nothing is written
      }
    const Image expected = filtered(*reference, frames.raw[i].pixels, frames.raw[i].angle_rad);
    CHECK(relative_error(values, expected.pixels) < 5e-4);
    CHECK(counts[i].clipped == 0);
    check_same_counts(counts[i].counts, expected.counts);
  }
}

TEST_CASE("several threads process different frames with one processor") {
  const ProcessDesc desc = counting_desc(parallel_scan(9, 40));
  const auto processor = processor_on_card(desc);
  const auto reference = reference_of(desc);
  constexpr int kThreads = 8;
  const Frames frames = frames_of(desc, kThreads);
  std::vector<Image> found(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        for (int k = 0; k < 3; ++k) found[i] = filtered(*processor, frames.raw[i].pixels, 0);
      });
  }
  for (int i = 0; i < kThreads; ++i) {
    const Image expected = filtered(*reference, frames.raw[i].pixels, 0);
    CHECK(relative_error(found[i].pixels, expected.pixels) < 1e-5);
    check_same_counts(found[i].counts, expected.counts);
  }
}

TEST_CASE("rows that no kernel holds go through the library's transform", "[long]") {
  ProcessDesc desc = linear_desc(parallel_scan(3, 8300));
  const Frames frames = frames_of(desc, 2);
  const auto reference = reference_of(desc);
  const auto processor = processor_on_card(desc);
  for (const RawFrame& frame : frames.raw)
    CHECK(relative_error(filtered(*processor, frame.pixels, 0).pixels,
                         filtered(*reference, frame.pixels, 0).pixels) < 1e-5);
}
