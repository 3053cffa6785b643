#include <algorithm>
#include <vector>

#include "cuda/backproject/card_image.h"
#include "cuda/backproject/instances.h"
#include "cuda/backproject/tables.h"
#include "cuda/bench/bench.h"
#include "cuda/bench/kernels.h"

namespace slicecast::cuda::bench {

Result<double> median_ms(Device& device, const Stream& stream, int repeats,
                         const std::function<Result<void>()>& enqueue) {
  auto begin = device.make_event(), end = device.make_event();
  if (!begin) return begin.error();
  if (!end) return end.error();
  constexpr int kWarmUp = 3;
  std::vector<double> times;
  for (int i = -kWarmUp; i < std::max(repeats, 1); ++i) {
    if (auto done = device.record(*begin, stream); !done) return done.error();
    if (auto done = enqueue(); !done) return done.error();
    if (auto done = device.record(*end, stream); !done) return done.error();
    if (auto done = device.synchronize(*end); !done) return done.error();
    const auto elapsed = device.milliseconds(*begin, *end);
    if (!elapsed) return elapsed.error();
    if (i >= 0) times.push_back(*elapsed);
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return std::max(*middle, 1e-6);
}

namespace {

Result<double> copy_rate(Device& device, const Options& options) {
  const auto count = static_cast<std::size_t>(
      std::max(1e3, options.scale * options.scale * (256 << 20) / sizeof(Float4)));
  auto stream = device.make_stream(StreamPriority::normal);
  auto from = device.allocate(count * sizeof(Float4)), to = device.allocate(count * sizeof(Float4));
  if (!stream) return stream.error();
  if (!from) return from.error();
  if (!to) return to.error();
  if (auto done = device.fill_zero(*stream, from->get(), from->bytes()); !done) return done.error();
  const auto ms = median_ms(device, *stream, options.repeats, [&] {
    return device.launch(*stream, shape_for(count),
                         CopyBytes{to->as<Float4>(), from->as<const Float4>(), count});
  });
  if (!ms) return ms.error();
  return 2.0 * static_cast<double>(count * sizeof(Float4)) / *ms * 1e-6;
}

template <class Sampler>
Result<double> fetch_rate(const std::shared_ptr<Device>& device, const Options& options,
                          recon::Sampling sampling, recon::StoreType type) {
  const auto store = ImageStore::create(device, sampling, 0);
  if (!store) return store.error();
  constexpr int kRows = 64, kColumns = 128;  // at most 128 KiB, in the first cache
  const std::vector<float> pixels(static_cast<std::size_t>(kRows) * kColumns, 1.0F);
  const auto image = (*store)->store({pixels.data(), kRows, kColumns}, type, 1, nullptr);
  if (!image) return image.error();
  constexpr unsigned kThreads = 256;
  const auto blocks = static_cast<unsigned>(
      std::max(1.0, 64.0 * options.scale * options.scale * device->facts().multiprocessors));
  auto stream = device->make_stream(StreamPriority::normal);
  auto sums = device->allocate(std::size_t{blocks} * kThreads * sizeof(float));
  if (!stream) return stream.error();
  if (!sums) return sums.error();
  const FetchRate<Sampler> kernel{(*image)->place(), sums->template as<float>()};
  const auto ms = median_ms(*device, *stream, options.repeats, [&] {
    return device->launch(*stream, {.blocks_x = blocks, .threads = kThreads}, kernel);
  });
  if (!ms) return ms.error();
  return static_cast<double>(blocks) * kThreads * FetchRate<Sampler>::kFetches / *ms * 1e3;
}

}  // namespace

Result<Limits> measure_limits(const std::shared_ptr<Device>& device, const Options& options,
                              std::vector<Row>& rows) {
  using recon::Sampling, recon::StoreType;
  Limits limits;
  const auto copied = copy_rate(*device, options);
  if (!copied) return copied.error();
  limits.copy_gb_per_s = *copied;
  rows.push_back({.name = "cuda.copy",
                  .what = "a kernel that copies, bytes read and written",
                  .value = *copied,
                  .unit = "GB/s"});
  constexpr auto kHalf = StoreType::half_precision, kSingle = StoreType::single_precision;
  struct Fetch {
    Reading reading;
    const char* name;
    Result<double> rate;
  };
  const Fetch fetches[] = {
      {Reading::half_rows, "rows_half",
       fetch_rate<HalfRows>(device, options, Sampling::rows, kHalf)},
      {Reading::single_rows, "rows_single",
       fetch_rate<SingleRows>(device, options, Sampling::rows, kSingle)},
      {Reading::half_quads, "quads_half",
       fetch_rate<HalfQuads>(device, options, Sampling::quads, kHalf)},
      {Reading::single_quads, "quads_single",
       fetch_rate<SingleQuads>(device, options, Sampling::quads, kSingle)},
      {Reading::gather, "gather_half",
       fetch_rate<GatherSampler>(device, options, Sampling::gather, kHalf)},
      {Reading::filtered, "filtered_half",
       fetch_rate<FilteredSampler>(device, options, Sampling::filtered, kHalf)},
  };
  for (const Fetch& fetch : fetches) {
    if (!fetch.rate) return fetch.rate.error();
    limits.fetch_per_s[static_cast<int>(fetch.reading)] = *fetch.rate;
    rows.push_back({.name = std::string("cuda.fetch_") + fetch.name,
                    .what = "interpolated fetches from the first cache",
                    .value = *fetch.rate * 1e-9,
                    .unit = "G/s"});
  }
  return limits;
}

}  // namespace slicecast::cuda::bench
