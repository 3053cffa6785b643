// slicecast-model time MODEL --size N --threads T
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "common/config/program.h"
#include "common/nn/graph/model.h"
#include "plugins/segmentation/model/commands.h"
#include "plugins/segmentation/model/model_options.h"

namespace slicecast::model {
namespace {

Result<void> measure(const std::string& path, const config::Settings& settings) {
  const auto model = load_model(path, settings);
  if (!model) return model.error();
  const int size = static_cast<int>(settings.integer("size"));
  const int threads = static_cast<int>(settings.integer("threads"));
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<float> image(pixels * static_cast<std::size_t>(std::max(1, model->inputs())));
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<float>(std::sin(static_cast<double>(i) * 0.37));
  std::vector<double> milliseconds;
  // The first run compiles for this size and is not counted.
  for (std::int64_t i = 0; i <= settings.integer("repetitions"); ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = model->run(image, size, size, threads);
    const auto end = std::chrono::steady_clock::now();
    if (!answer) return answer.error();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(end - start).count());
  }
  const double first = milliseconds.front();
  milliseconds.erase(milliseconds.begin());
  std::ranges::sort(milliseconds);
  std::printf("%s: %dx%d, %d threads, %s: median %.2f ms, least %.2f ms of %zu; first %.2f ms\n",
              path.c_str(), size, size, threads, model->executor().c_str(),
              milliseconds[milliseconds.size() / 2], milliseconds.front(), milliseconds.size(),
              first);
  return {};
}

}  // namespace

int run_time(int argc, const char* const* argv) {
  const auto schema = with_executor({
      {.name = "size",
       .type = config::Type::integer,
       .default_value = 512,
       .unit = "pixels",
       .doc = "Rows and columns of the image",
       .minimum = 1,
       .maximum = 32768},
      {.name = "repetitions",
       .type = config::Type::integer,
       .default_value = 11,
       .doc = "Runs that are timed",
       .minimum = 1,
       .maximum = 100000},
  });
  const auto parsed = config::parse_command(
      {"slicecast-model time", "Times a network on one image.", {{"MODEL", kModelDoc}}}, schema,
      argc, argv);
  if (!parsed) return fail("time", parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (const auto ok = measure(parsed->arguments[0], parsed->settings); !ok)
    return fail("time", ok.error());
  return 0;
}

}  // namespace slicecast::model
