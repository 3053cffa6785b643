// Hidden: run with `test_source "[throughput]"`. Prints figures and asserts only that all arrived.
#include <sys/resource.h>

#include <cstdio>

#include "common/base/clock.h"
#include "common/ingest/native_source.h"
#include "tests/unit/source/fixture.h"

namespace slicecast::source {
namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

TEST_CASE("pre-rendered 512 x 512 frames are pushed as fast as a consumer takes", "[.throughput]") {
  const auto with = test::settings({{"rows", "512"},
                                    {"columns", "512"},
                                    {"pre_render", "120"},
                                    {"scans", "100"},
                                    {"darks", "0"},
                                    {"flats", "0"},
                                    {"rate", "0"},
                                    {"noise", "false"}});
  auto context = wire::Context::create({});
  REQUIRE(context);
  auto content = make_content(with);
  REQUIRE(content);
  const auto options = streamer_options(with, **content, 1);
  REQUIRE(options);
  NativeSenderOptions native;
  test::Scratch scratch;
  native.bind = {"ipc://" + (scratch.path() / "raw").string()};
  native.instance = 1;
  auto sender = make_native_sender(**context, native);
  REQUIRE(sender);
  ingest::NativeOptions link;
  link.name = "throughput";
  link.address = (*sender)->addresses().front();
  link.pool = BufferPool::create(std::size_t{64} << 20);
  auto source = ingest::make_native_source(**context, link);
  Streamer streamer(*std::move(content), *std::move(sender), *options,
                    std::make_shared<metrics::Ledger>("frames"));
  const double cpu = cpu_seconds();
  const auto began = steady_now_ns();
  streamer.start();
  for (;;) {
    const auto event = source->take(test::kHang);
    REQUIRE(event);
    if (std::holds_alternative<ingest::ScanEnded>(*event)) break;
  }
  const double seconds = 1e-9 * static_cast<double>(steady_now_ns() - began);
  const auto counts = source->counts();
  CHECK(counts.frames == 6000);
  const double gigabytes = 1e-9 * static_cast<double>(counts.bytes);
  std::printf("%.2f GB/s wall, %.2f GB per CPU-second of both ends\n", gigabytes / seconds,
              gigabytes / (cpu_seconds() - cpu));
}

}  // namespace slicecast::source
