#include "tests/unit/nn_msd/images.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

namespace slicecast::nn::msd {

Images<float> noise(int count, int rows, int columns) {
  Images<float> images(count, rows, columns);
  std::minstd_rand random(1);
  for (float& value : images.pixels) value = static_cast<float>(random()) * 0x1p-30f - 1.0f;
  return images;
}

std::vector<ImageView<const float>> read_only(const Images<float>& images) {
  return {images.views.begin(), images.views.end()};
}

Images<float> run_engine(const Network& network, const Images<float>& input, int threads) {
  const auto engine = Engine::create(network);
  REQUIRE(engine);
  const auto& first = input.views.front();
  Images<float> output(network.outputs, first.rows, first.columns);
  Workspace workspace;
  tbb::task_arena arena(threads);
  arena.execute([&] { REQUIRE(engine->run(read_only(input), workspace, output.views)); });
  return output;
}

Images<std::uint8_t> run_engine_labels(const Network& network, const Images<float>& input,
                                       int threads) {
  const auto engine = Engine::create(network);
  REQUIRE(engine);
  const auto& first = input.views.front();
  Images<std::uint8_t> labels(1, first.rows, first.columns);
  Workspace workspace;
  tbb::task_arena arena(threads);
  arena.execute([&] { REQUIRE(engine->run_labels(read_only(input), workspace, labels.views)); });
  return labels;
}

double difference(const std::vector<float>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}

}  // namespace slicecast::nn::msd
