#include "common/io/vector_file.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>

#include "common/io/hdf5.h"
#include "common/io/npy.h"
#include "common/io/regular_file.h"

namespace slicecast::io {
namespace {

using geometry::ProjectionVector;
using Vectors = std::vector<ProjectionVector>;

constexpr std::uint64_t kNumbers = 12;
constexpr std::uint64_t kMostVectors = std::uint64_t{1} << 20;

Error vectors_error(const std::string& file, const std::string& why) {
  return {Errc::malformed, file + ": " + why};
}

Result<Vectors> gathered(const std::string& file, const std::vector<std::uint64_t>& shape,
                         const std::vector<double>& numbers) {
  if (shape.size() != 2 || shape[1] != kNumbers || shape[0] == 0 || shape[0] > kMostVectors ||
      numbers.size() != shape[0] * kNumbers)
    return vectors_error(file,
                         "measured vectors are an array of 1 to 1048576 projections x 12 numbers");
  Vectors vectors(shape[0]);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    vectors[i / kNumbers].v[i % kNumbers] = numbers[i];
  return vectors;
}

Result<Vectors> vectors_from_npy(const std::string& file) {
  const auto array = read_npy(file);
  if (!array) return array.error();
  return gathered(file, array->shape, array->as_double());
}

Result<Vectors> vectors_from_hdf5(const std::string& file, const std::string& path) {
  const Hdf5Lock lock;
  const Hdf5Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!opened) return vectors_error(file, "is not an HDF5 file, or damaged");
  const Hdf5Handle dataset = path.empty() ? Hdf5Handle() : open_dataset(opened.get(), path);
  if (!dataset) return vectors_error(file, "has no dataset '" + path + "'; write FILE.h5:/PATH");
  const auto numbers = read_numbers(dataset.get(), file, path, kNumbers * kMostVectors);
  if (!numbers) return numbers.error();
  return gathered(file, shape_of(dataset.get()), *numbers);
}

// The numbers of one line; as many as are there, 13 at most.
Result<std::vector<double>> numbers_of(std::string_view line) {
  std::vector<double> numbers;
  while (numbers.size() <= kNumbers) {
    const auto first = line.find_first_not_of(" \t\r,");
    if (first == std::string_view::npos || line[first] == '#') break;
    line.remove_prefix(first + (line[first] == '+' ? 1 : 0));
    double number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{})
      return Error{
          Errc::malformed,
          "'" + std::string(line.substr(0, line.find_first_of(" \t\r,"))) + "' is not a number"};
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    numbers.push_back(number);
  }
  return numbers;
}

Result<Vectors> vectors_from_text(const std::string& file) {
  std::ifstream opened(file);
  if (!opened) return Error{Errc::io, file + ": cannot be read; check its permissions"};
  Vectors vectors;
  std::string line;
  for (std::size_t at = 1; std::getline(opened, line); ++at) {
    const auto numbers = numbers_of(line);
    const std::string place = "line " + std::to_string(at) + ": ";
    if (!numbers) return vectors_error(file, place + numbers.error().message);
    if (numbers->empty()) continue;
    if (numbers->size() != kNumbers)
      return vectors_error(file, place +
                                     "a measured vector is 12 numbers in mm: source or ray, "
                                     "detector centre, u, v");
    if (vectors.size() == kMostVectors)
      return vectors_error(file, place + "more than 1048576 measured vectors");
    std::copy(numbers->begin(), numbers->end(), vectors.emplace_back().v.begin());
  }
  if (vectors.empty())
    return vectors_error(file, "has no measured vector; write 12 numbers a line");
  return vectors;
}

}  // namespace

Result<Vectors> read_vectors(const std::string& file) {
  const auto colon = file.rfind(":/");
  const std::string name = file.substr(0, colon);
  if (auto regular = check_readable_file(name); !regular) return regular.error();
  auto vectors = colon != std::string::npos ? vectors_from_hdf5(name, file.substr(colon + 1))
                 : name.ends_with(".npy")   ? vectors_from_npy(name)
                 : name.ends_with(".h5") || name.ends_with(".hdf5") || name.ends_with(".nxs")
                     ? vectors_from_hdf5(name, "")
                     : vectors_from_text(name);
  if (!vectors) return vectors;
  for (std::size_t i = 0; i < vectors->size(); ++i)
    for (const double number : (*vectors)[i].v)
      if (!std::isfinite(number))
        return vectors_error(
            file, "measured vector " + std::to_string(i) + " is not finite; measure it again");
  return vectors;
}

}  // namespace slicecast::io
