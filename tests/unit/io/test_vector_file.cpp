#include <fstream>

#include "common/io/npy.h"
#include "common/io/vector_file.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

namespace {

std::string text_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  return path.string();
}

std::string array_file(const std::filesystem::path& path, std::vector<std::uint64_t> shape,
                       const std::vector<double>& numbers) {
  std::ofstream file(path, std::ios::binary);
  file << npy_header(PixelType::f64, shape);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(8 * numbers.size()));
  return path.string();
}

}  // namespace

TEST_CASE("lists of measured vectors that are none are refused with the place") {
  ScratchFolder folder;
  const auto refused = [&](const std::string& file) { return read_vectors(file).error().message; };
  CHECK(read_vectors(folder / "none.txt").error().code == Errc::not_found);
  CHECK_THAT(refused(text_file(folder / "a.txt", "# nothing\n\n")), Contains("no measured vector"));
  CHECK_THAT(refused(text_file(folder / "b.txt", "1 2 3 4 5 6 7 8 9 10 11 12\n1 2 3\n")),
             Contains("line 2") && Contains("12 numbers"));
  CHECK_THAT(refused(text_file(folder / "c.txt", "1 2 3 4 5 6 7 8 9 10 11 12 13\n")),
             Contains("line 1"));
  CHECK_THAT(refused(text_file(folder / "d.txt", "1 2 3 4 five 6 7 8 9 10 11 12\n")),
             Contains("'five' is not a number"));
  CHECK_THAT(refused(text_file(folder / "e.txt", "1 2 3 4 5 6 7 8 9 10 11 nan\n")),
             Contains("vector 0 is not finite"));
  CHECK_THAT(refused(array_file(folder / "f.npy", {4, 3}, std::vector<double>(12))),
             Contains("x 12 numbers"));
  CHECK_THAT(refused(text_file(folder / "g.h5", "no HDF5")), Contains("is not an HDF5 file"));
}

TEST_CASE("measured vectors are read alike from text and from an array of doubles") {
  ScratchFolder folder;
  std::vector<double> numbers(24);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 0.1 * static_cast<double>(i) - 1;
  std::string text = "# source, detector, u, v\n";
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text += std::to_string(numbers[i]) + (i % 12 == 11 ? "  # end\r\n" : i % 2 == 0 ? ", " : "\t");
  const auto from_text = read_vectors(text_file(folder / "a.txt", text));
  const auto from_array = read_vectors(array_file(folder / "a.npy", {2, 12}, numbers));
  REQUIRE(from_text);
  REQUIRE(from_array);
  REQUIRE(from_text->size() == 2);
  REQUIRE(from_array->size() == 2);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CHECK((*from_array)[i / 12].v[i % 12] == numbers[i]);
    CHECK((*from_text)[i / 12].v[i % 12] == Approx(numbers[i]));
  }
}
