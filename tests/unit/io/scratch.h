// A folder for one test case and the HDF5 pieces that test files are put together from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/pixel_type.h"
#include "common/io/hdf5.h"

namespace slicecast::io::testing {

// Made on construction, removed with everything in it at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  std::size_t files() const;  // entries, hidden ones included

 private:
  std::filesystem::path folder_;
};

// Writes datasets with their intermediate groups, then closes the file.
class Hdf5Builder {
 public:
  explicit Hdf5Builder(const std::filesystem::path& path);
  // Values count up from `first`; converted to `type` by HDF5. `unit` may be empty.
  Hdf5Builder& counting(const std::string& path, const std::vector<hsize_t>& shape,
                        PixelType type = PixelType::u16, double first = 0);
  Hdf5Builder& numbers(const std::string& path, const std::vector<double>& values,
                       const std::string& unit = {});
  // A dataset that claims this shape but holds no pixels.
  Hdf5Builder& claimed(const std::string& path, const std::vector<hsize_t>& shape);
  Hdf5Builder& complex_numbers(const std::string& path, const std::vector<hsize_t>& shape);
  Hdf5Builder& text(const std::string& path);
  Hdf5Builder& external(const std::string& path, const std::string& file,
                        const std::string& target);
  Hdf5Builder& group(const std::string& path);
  Hdf5Builder& hard_link(const std::string& target, const std::string& path);

 private:
  Hdf5Lock lock_;
  Hdf5Handle file_;
};

std::vector<char> contents(const std::filesystem::path& file);
void write_contents(const std::filesystem::path& file, const std::vector<char>& bytes);

}  // namespace slicecast::io::testing
