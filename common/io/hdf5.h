// A thin layer over the HDF5 C API for this library's own use: handles that close themselves, one
// lock (the library is not thread-safe), a silenced error stack, and the few reads that scan files
// need. Every function here must be called with a `Hdf5Lock` alive.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/pixel_type.h"

namespace slicecast::io {

class Hdf5Lock {
 public:
  Hdf5Lock();  // takes the process-wide lock and silences HDF5's own error printing

 private:
  std::lock_guard<std::recursive_mutex> guard_;
};

// Owns any HDF5 identifier. An invalid one (negative) converts to false.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) : id_(id) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Hdf5Handle();
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_ = -1;
};

// "FILE: what" as the caller sees it, plus what HDF5 itself has to say (its innermost message).
Error hdf5_error(Errc code, const std::string& file, const std::string& what);

// Follows soft and external links; false also for links that lead nowhere.
bool dataset_exists(hid_t file, const std::string& path);
Hdf5Handle open_dataset(hid_t file, const std::string& path, hid_t access = H5P_DEFAULT);
std::vector<std::uint64_t> shape_of(hid_t dataset);  // empty for scalars and on failure
std::optional<PixelType> pixel_type_of(hid_t dataset);
// In-memory HDF5 type of a pixel type.
Hdf5Handle memory_type(PixelType type);

std::optional<std::string> string_attribute(hid_t object, const char* name);
std::optional<double> number_attribute(hid_t object, const char* name);
void write_attribute(hid_t object, const char* name, const std::string& value);
void write_attribute(hid_t object, const char* name, double value);

// A whole one-dimensional numeric dataset of at most `limit` numbers, as doubles; `path` names it
// in messages.
Result<std::vector<double>> read_numbers(hid_t dataset, const std::string& file,
                                         const std::string& path, std::uint64_t limit);

}  // namespace slicecast::io
