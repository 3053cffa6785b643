// What takes over when a backend fails, and that it is told once.
#include <cstdlib>
#include <random>
#include <thread>

#include "common/recon/fallback_backend.h"
#include "tests/unit/backend/failing_backend.h"

using namespace slicecast;
using namespace slicecast::recon;
using recon::testing::Card;
using recon::testing::FailingBackend;

namespace {

const Backend& cpu() {
  return **find_backend("cpu");
}

struct Lines {
  std::vector<std::string> told;
  int fallbacks = 0;
  FallbackBackend::Tell tell() {
    return [this](const FallbackBackend::Notice& notice) {
      told.push_back(notice.line);
      fallbacks += notice.fallback;
    };
  }
};

void use_module(const std::string& path) {
  REQUIRE(setenv("SLICECAST_CUDA_MODULE", path.c_str(), 1) == 0);
}

// A parallel beam scan whose frames are line integrals.
ProcessDesc description() {
  ProcessDesc desc;
  desc.geometry.rows = 12;
  desc.geometry.columns = 40;
  desc.parameters.already_linear = true;
  desc.pixel_type = PixelType::f32;
  return desc;
}

std::vector<float> frame() {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> pixels(12 * 40);
  for (float& pixel : pixels) pixel = uniform(random);
  return pixels;
}

std::vector<float> filtered(const Processor& processor) {
  const auto raw = frame();
  std::vector<float> out(12 * 40);
  processor.filter(raw.data(), 0.3, {out.data(), 12, 40});
  return out;
}

}  // namespace

TEST_CASE("An unknown backend is refused, not replaced") {
  Lines lines;
  CHECK(FallbackBackend::create({.name = "vulkan"}, lines.tell()).error().code == Errc::not_found);
  CHECK(lines.told.empty());
}

TEST_CASE("A descriptor that no backend accepts is refused as ever") {
  Card card;
  const FailingBackend device(card);
  const FallbackBackend backend(device, cpu(), nullptr);
  auto desc = description();
  desc.geometry.rows = -1;
  const auto made = backend.make_processor(desc);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == validate(desc).error().message);
  CHECK(backend.fallbacks() == 0);
}

TEST_CASE("Where nobody built a module, auto computes on cpu and nothing is counted") {
  use_module("/nonexistent/libslicecast_cuda.so");
  Lines lines;
  const auto backend = FallbackBackend::create({.name = "auto"}, lines.tell());
  REQUIRE(backend);
  CHECK((*backend)->name() == "cpu");
  CHECK((*backend)->fallbacks() == 0);
  CHECK(lines.fallbacks == 0);
  REQUIRE(lines.told.size() == 1);
  CHECK(lines.told[0].find("computing on cpu") == 0);
}

TEST_CASE("A card that is asked for and not there is told in one line, counted, and replaced") {
  use_module("/nonexistent/libslicecast_cuda.so");
  Lines lines;
  const auto backend = FallbackBackend::create({.name = "cuda"}, lines.tell());
  REQUIRE(backend);
  CHECK((*backend)->name() == "cpu");
  CHECK((*backend)->fallbacks() == 1);
  CHECK(lines.fallbacks == 1);
  REQUIRE(lines.told.size() == 1);
  CHECK(lines.told[0].find("instead of cuda: libslicecast_cuda.so is not there") !=
        std::string::npos);
  CHECK((*backend)->description().find("; not cuda: ") != std::string::npos);
}

TEST_CASE("cpu and reference are what they are called, and nothing is told") {
  for (const char* name : {"cpu", "reference"}) {
    Lines lines;
    const auto backend = FallbackBackend::create({.name = name}, lines.tell());
    REQUIRE(backend);
    CHECK((*backend)->name() == name);
    CHECK((*backend)->intact((*backend)->current()));
    CHECK(lines.told.empty());
  }
}

TEST_CASE("A lost card is replaced by cpu once, whoever notices and however often") {
  Card card;
  const FailingBackend device(card);
  Lines lines;
  const FallbackBackend backend(device, cpu(), lines.tell());
  CHECK(backend.intact(device));
  CHECK(backend.name() == "cuda");
  card.lost = true;
  std::atomic<int> replaced{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(
        [&] { replaced += !backend.intact(device) && &backend.current() == &cpu(); });
  threads.clear();
  CHECK(replaced == 4);
  CHECK(backend.fallbacks() == 1);
  CHECK(lines.told == std::vector<std::string>{"computing on " + cpu().description() +
                                               " instead of cuda: the card was lost; restart this "
                                               "program when it is back"});
  CHECK(backend.intact(backend.current()));
}

TEST_CASE("A frame that the card did not finish is the one that cpu makes, to the bit") {
  Card card;
  const FailingBackend device(card);
  const FallbackBackend backend(device, cpu(), nullptr);
  const auto desc = description();
  const auto processor = backend.make_processor(desc);
  REQUIRE(processor);
  const auto of_cpu = filtered(**cpu().make_processor(desc));
  CHECK(filtered(**processor) == of_cpu);
  card.calls_left = 0;  // lost in the middle of the next frame
  CHECK(filtered(**processor) == of_cpu);
  CHECK(backend.fallbacks() == 1);
  CHECK(backend.name() == "cpu");
  CHECK(filtered(**processor) == of_cpu);
}

TEST_CASE("Frames on several threads all survive the loss of the card") {
  Card card;
  const FailingBackend device(card);
  const FallbackBackend backend(device, cpu(), nullptr);
  const auto desc = description();
  const auto processor = backend.make_processor(desc);
  REQUIRE(processor);
  const auto of_cpu = filtered(**cpu().make_processor(desc));
  card.calls_left = 5;
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 6; ++k) wrong += filtered(**processor) != of_cpu;
    });
  threads.clear();
  CHECK(wrong == 0);
  CHECK(backend.fallbacks() == 1);
}
