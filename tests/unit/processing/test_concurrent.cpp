// One processor, many threads.
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <thread>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {

TEST_CASE("threads that share a processor get what one thread gets") {
  ProcessDesc desc = counting_desc(cone_scan(37, 80));
  desc.coverage = Coverage::short_scan;
  desc.parameters.zinger_threshold = 0.4;
  desc.parameters.paganin = {25, 200, 300};
  desc.geometry.roll_rad = 0.05;
  const auto processor = cpu_of(desc);
  constexpr int kFrames = 12;
  std::vector<std::vector<std::byte>> raw;
  std::vector<Output> expected, found(kFrames);
  for (int i = 0; i < kFrames; ++i) {
    raw.push_back(random_frame(desc, i));
    expected.push_back(filtered(*processor, raw[i].data(), 0.3 * i));
  }
  {
    std::vector<std::jthread> threads;
    for (int first = 0; first < 4; ++first)
      threads.emplace_back([&, first] {
        for (int i = first; i < kFrames; i += 4)
          found[i] = filtered(*processor, raw[i].data(), 0.3 * i);
      });
  }
  for (int i = 0; i < kFrames; ++i) CHECK(found[i].pixels == expected[i].pixels);

  // Frames nested in an arena whose threads also share the rows of each frame.
  tbb::task_arena arena(2);
  arena.execute([&] {
    tbb::parallel_for(0, kFrames,
                      [&](int i) { found[i] = filtered(*processor, raw[i].data(), 0.3 * i); });
  });
  for (int i = 0; i < kFrames; ++i) {
    CHECK(found[i].pixels == expected[i].pixels);
    CHECK(found[i].counts.clamped == expected[i].counts.clamped);
    CHECK(found[i].counts.zingers == expected[i].counts.zingers);
  }
}

TEST_CASE("processors can be made while others plan and run") {
  std::vector<std::jthread> threads;
  std::vector<double> errors(4, 1.0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      ProcessDesc desc = counting_desc(parallel_scan(5, 30 + 40 * t));
      const auto raw = random_frame(desc, t);
      const auto cpu = make_cpu_processor(desc);
      const auto reference = make_reference_processor(desc);
      Output a = filtered(**cpu, raw.data()), b = filtered(**reference, raw.data());
      double difference = 0, size = 0;
      for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        difference += std::abs(a.pixels[i] - b.pixels[i]);
        size += std::abs(b.pixels[i]);
      }
      errors[t] = difference / size;
    });
  threads.clear();
  for (double error : errors) CHECK(error < 1e-5);
}

}  // namespace slicecast::recon::test
