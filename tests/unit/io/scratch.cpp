#include "tests/unit/io/scratch.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <numeric>

namespace slicecast::io::testing {
namespace {

Hdf5Handle link_properties() {
  Hdf5Handle properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(properties.get(), 1);
  return properties;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  static std::atomic<int> counter{0};
  folder_ = std::filesystem::temp_directory_path() /
            ("slicecast-io-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
  std::filesystem::create_directories(folder_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::size_t ScratchFolder::files() const {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                std::filesystem::directory_iterator()));
}

Hdf5Builder::Hdf5Builder(const std::filesystem::path& path)
    : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
  REQUIRE(file_);
}

Hdf5Builder& Hdf5Builder::counting(const std::string& path, const std::vector<hsize_t>& shape,
                                   PixelType type, double first) {
  std::size_t count = 1;
  for (auto extent : shape) count *= extent;
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), first);
  const Hdf5Handle space(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  const Hdf5Handle file_type = memory_type(type), links = link_properties();
  const Hdf5Handle dataset(H5Dcreate2(file_.get(), path.c_str(), file_type.get(), space.get(),
                                      links.get(), H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(dataset);
  if (count > 0)
    REQUIRE(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     values.data()) >= 0);
  return *this;
}

Hdf5Builder& Hdf5Builder::numbers(const std::string& path, const std::vector<double>& values,
                                  const std::string& unit) {
  const hsize_t count = values.size();
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr)), links = link_properties();
  const Hdf5Handle dataset(H5Dcreate2(file_.get(), path.c_str(), H5T_IEEE_F64LE, space.get(),
                                      links.get(), H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(dataset);
  H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  if (!unit.empty()) write_attribute(dataset.get(), "units", unit);
  return *this;
}

Hdf5Builder& Hdf5Builder::claimed(const std::string& path, const std::vector<hsize_t>& shape) {
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr)),
      creation(H5Pcreate(H5P_DATASET_CREATE)), links = link_properties();
  const std::vector<hsize_t> chunk(shape.size(), 1);
  H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
  const Hdf5Handle dataset(H5Dcreate2(file_.get(), path.c_str(), H5T_STD_U16LE, space.get(),
                                      links.get(), creation.get(), H5P_DEFAULT));
  REQUIRE(dataset);
  return *this;
}

Hdf5Builder& Hdf5Builder::complex_numbers(const std::string& path,
                                          const std::vector<hsize_t>& shape) {
  const Hdf5Handle type(H5Tcreate(H5T_COMPOUND, 8)),
      links = link_properties(),
      space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  H5Tinsert(type.get(), "r", 0, H5T_IEEE_F32LE);
  H5Tinsert(type.get(), "i", 4, H5T_IEEE_F32LE);
  const Hdf5Handle dataset(H5Dcreate2(file_.get(), path.c_str(), type.get(), space.get(),
                                      links.get(), H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(dataset);
  return *this;
}

Hdf5Builder& Hdf5Builder::text(const std::string& path) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR)), type(H5Tcopy(H5T_C_S1)), links = link_properties();
  H5Tset_size(type.get(), 4);
  const Hdf5Handle dataset(H5Dcreate2(file_.get(), path.c_str(), type.get(), space.get(),
                                      links.get(), H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, "text") >= 0);
  return *this;
}

Hdf5Builder& Hdf5Builder::external(const std::string& path, const std::string& file,
                                   const std::string& target) {
  const Hdf5Handle links = link_properties();
  REQUIRE(H5Lcreate_external(file.c_str(), target.c_str(), file_.get(), path.c_str(), links.get(),
                             H5P_DEFAULT) >= 0);
  return *this;
}

Hdf5Builder& Hdf5Builder::group(const std::string& path) {
  const Hdf5Handle links = link_properties();
  REQUIRE(Hdf5Handle(H5Gcreate2(file_.get(), path.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT)));
  return *this;
}

Hdf5Builder& Hdf5Builder::hard_link(const std::string& target, const std::string& path) {
  const Hdf5Handle links = link_properties();
  REQUIRE(H5Lcreate_hard(file_.get(), target.c_str(), file_.get(), path.c_str(), links.get(),
                         H5P_DEFAULT) >= 0);
  return *this;
}

std::vector<char> contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_contents(const std::filesystem::path& file, const std::vector<char>& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace slicecast::io::testing
