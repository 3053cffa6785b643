// `slicecast reconstruct` as a program: what it refuses, and geometry that the file does not know.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>

#include "common/io/data_exchange_writer.h"
#include "common/io/image_file.h"
#include "common/io/npy.h"
#include "tests/unit/cli/run_program.h"

using namespace slicecast;

namespace {

constexpr int kSide = 16, kProjections = 12;

geometry::ScanGeometry small_detector() {
  geometry::ScanGeometry g;
  g.rows = g.columns = kSide;
  return g;
}

double evenly(int i) {
  return std::numbers::pi * i / kProjections;
}

// Line integrals of a dot off the axis and off mid-height.
std::filesystem::path write_scan(const std::filesystem::path& path, const geometry::ScanGeometry& g,
                                 double (*angle_of)(int), int projections = kProjections) {
  io::DataExchangeOptions options;
  options.geometry = g;
  options.pixel_type = PixelType::f32;
  options.already_linear = true;
  auto writer = io::DataExchangeWriter::create(path, options);
  REQUIRE(writer);
  for (int i = 0; i < projections; ++i) {
    std::vector<float> frame(kSide * kSide, 0.0f);
    const auto column = static_cast<std::size_t>(std::lround(7.5 + 4 * std::cos(angle_of(i))));
    frame[4 * kSide + column] = 1;
    REQUIRE(writer->write_projection(static_cast<std::uint64_t>(i), angle_of(i),
                                     std::as_bytes(std::span(frame))));
  }
  REQUIRE(writer->finish());
  return path;
}

struct Refused {
  std::vector<std::string> arguments;
  std::string says;
};

void check_refused(const Refused& refused) {
  auto words = refused.arguments;
  words.insert(words.begin(), "reconstruct");
  const Outcome outcome = run_slicecast_program(words);
  CAPTURE(words, outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find(refused.says) != std::string::npos);
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
}

std::vector<float> slice(const Folder& folder, const std::string& file,
                         std::vector<std::string> more) {
  const std::string out = (folder.path() / "slice.npy").string();
  for (const auto* word : {"reconstruct", "--size", "16", "--pixel", "1", "--axis", "7.5"})
    more.push_back(word);
  std::rotate(more.begin(), more.end() - 7, more.end());
  more.insert(more.end(), {file, "--out", out});
  const Outcome outcome = run_slicecast_program(more);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto array = io::read_npy(out);
  REQUIRE(array);
  return array->as_float();
}

float largest(const std::vector<float>& pixels) {
  return *std::ranges::max_element(pixels);
}

}  // namespace

TEST_CASE("a scan without different angles is refused in the words of a file, not of a stream") {
  const Folder folder;
  const std::string out = (folder.path() / "a.npy").string();
  const auto g = small_detector();
  const auto same = write_scan(folder.path() / "same.h5", g, [](int) { return 0.5; }).string();
  const auto one = write_scan(folder.path() / "one.h5", g, evenly, 1).string();
  for (const std::string axis : {"auto", "7.5"}) {
    check_refused({{same, "--out", out, "--axis", axis}, "12 projections have the same angle"});
    check_refused({{one, "--out", out, "--axis", axis}, "at least 2 projections"});
  }
}

TEST_CASE("options that measured vectors overrule are refused") {
  const Folder folder;
  auto g = small_detector();
  for (int i = 0; i < kProjections; ++i)
    g.vectors.push_back(geometry::to_astra(geometry::projection_at(g, evenly(i))));
  const auto file = write_scan(folder.path() / "vectors.h5", g, evenly).string();
  const std::string out = (folder.path() / "a.npy").string();
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--axis", "7"},
                                                        {"--axis", "auto"},
                                                        {"--tilt", "3"},
                                                        {"--rotation-sense", "-1"},
                                                        {"--principal-row", "3"}})
    check_refused({{file, "--out", out, option, value}, option + " changes nothing"});
  CHECK(run_slicecast_program({"reconstruct", file, "--out", out, "--size", "16"}).exit_code == 0);
  // The same vectors from a list, for a file that tells another geometry.
  auto other = small_detector();
  other.axis_column = 3;
  const auto plain = write_scan(folder.path() / "plain.h5", other, evenly).string();
  const std::string list = (folder.path() / "vectors.txt").string();
  std::ofstream written(list);
  written.precision(17);
  for (const auto& vector : g.vectors) {
    for (const double number : vector.v) written << number << ' ';
    written << '\n';
  }
  written.close();
  const std::string by_list = (folder.path() / "b.npy").string();
  CHECK(run_slicecast_program(
            {"reconstruct", plain, "--vectors", list, "--out", by_list, "--size", "16"})
            .exit_code == 0);
  CHECK(io::read_npy(by_list)->as_float() == io::read_npy(out)->as_float());
  check_refused({{plain, "--vectors", list, "--out", out, "--axis", "7"}, "changes nothing"});
  check_refused({{plain, "--vectors", "none.txt", "--out", out}, "none.txt"});
}

TEST_CASE("a pipe as scan or as image, and a pixel beyond all reason, are refused at once") {
  const Folder folder;
  const std::string pipe = (folder.path() / "f.npy").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto file = write_scan(folder.path() / "a.h5", small_detector(), evenly).string();
  check_refused({{pipe, "--out", (folder.path() / "a.npy").string()}, "pipe or a device"});
  check_refused({{file, "--out", pipe}, "pipe or a device"});
  const std::string out = (folder.path() / "a.npy").string();
  check_refused({{file, "--out", out, "--pixel", "1e-300"}, "--pixel is below a picometre"});
  check_refused({{file, "--out", out, "--volume", "--axis", "7.5", "--pixel", "1e-8"}, "planes"});
}

TEST_CASE("a mask of bad pixels must fit the detector, and its pixels are interpolated") {
  const Folder folder;
  const auto file = write_scan(folder.path() / "a.h5", small_detector(), evenly).string();
  const auto mask_of = [&](const std::string& name, int rows) {
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(rows) * kSide, 0);
    for (int column = 0; column < 3; ++column)
      mask[4 * kSide + static_cast<std::size_t>(column)] = 1;
    const auto path = folder.path() / name;
    REQUIRE(io::write_image(path, ImageView<const std::uint8_t>(mask.data(), rows, kSide)));
    return path.string();
  };
  const std::string out = (folder.path() / "slice.npy").string();
  check_refused({{file, "--out", out, "--axis", "7.5", "--bad-pixels", mask_of("small.npy", 15)},
                 "bad_pixels has 15 x 16 pixels and the upright detector 16 x 16"});
  check_refused({{file, "--out", out, "--bad-pixels", "/no/such.png"}, "no such file"});
  const Outcome outcome = run_slicecast_program({"reconstruct", file, "--out", out, "--axis", "7.5",
                                                 "--bad-pixels", mask_of("mask.tif", 16)});
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("36 bad pixels interpolated") != std::string::npos);
}

TEST_CASE("the orientation of the frames can be told when the file does not know it") {
  const Folder folder;
  const auto file = write_scan(folder.path() / "a.h5", small_detector(), evenly).string();
  // The dot is in row 4: at height 7.5 - 4.
  const float seen = largest(slice(folder, file, {"--slice", "xy@3.5"}));
  CHECK(largest(slice(folder, file, {"--slice", "xy@-3.5"})) < 0.1f * seen);
  CHECK(largest(slice(folder, file, {"--slice", "xy@-3.5", "--flip-v", "on"})) ==
        Approx(seen).epsilon(1e-3));
  // Mirrored columns turn the dot by half a turn about the axis.
  auto plain = slice(folder, file, {"--slice", "xy@3.5"});
  const auto mirrored =
      slice(folder, file, {"--slice", "xy@3.5", "--flip-u", "on", "--rotation-sense", "1"});
  std::ranges::reverse(plain);
  CHECK(std::ranges::equal(plain, mirrored,
                           [&](float a, float b) { return std::abs(a - b) < 0.02f * seen; }));
  CHECK(slice(folder, file, {"--slice", "xy@3.5", "--transpose", "on"}) != mirrored);
}
