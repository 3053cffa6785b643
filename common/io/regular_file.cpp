#include "common/io/regular_file.h"

#include <cstdio>
#include <string>
#include <system_error>

namespace slicecast::io {
namespace {

namespace fs = std::filesystem;

std::string size_text(double bytes) {
  char text[32];
  if (bytes < 0x1p30)
    std::snprintf(text, sizeof text, "%.1f MiB", bytes / 0x1p20);
  else
    std::snprintf(text, sizeof text, "%.1f GiB", bytes / 0x1p30);
  return text;
}

}  // namespace

Result<void> check_readable_file(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  switch (status.type()) {
    case fs::file_type::regular: return {};
    case fs::file_type::not_found:
      return Error{Errc::not_found, path.string() + ": no such file; check the path"};
    case fs::file_type::directory:
      return Error{Errc::invalid_argument, path.string() + ": is a folder; name a file inside it"};
    case fs::file_type::none:
      return Error{Errc::permission_denied, path.string() + ": " + failure.message() +
                                                "; check the permissions of its folders"};
    default:
      return Error{
          Errc::invalid_argument,
          path.string() + ": is a pipe or a device, not a file; copy it into a file first"};
  }
}

Result<fs::path> replaced_file(const fs::path& target) {
  std::error_code failure;
  const fs::file_status status = fs::status(target, failure);
  if (status.type() == fs::file_type::directory)
    return Error{Errc::invalid_argument, "cannot write " + target.string() +
                                             ": it is a folder; give the name of a file in it"};
  if (fs::exists(status) && status.type() != fs::file_type::regular)
    return Error{Errc::invalid_argument,
                 "cannot write " + target.string() +
                     ": it is a pipe or a device, not a file; give the name of a file"};
  if (!fs::is_symlink(fs::symlink_status(target, failure)) || !fs::exists(status)) return target;
  const fs::path file = fs::canonical(target, failure);
  return failure ? target : file;
}

Result<void> check_free_space(const fs::path& target, double bytes) {
  std::error_code failure;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const fs::space_info space = fs::space(folder, failure);
  if (failure || bytes <= static_cast<double>(space.available)) return {};
  return Error{Errc::resource_exhausted,
               "cannot write " + target.string() + ": it needs " + size_text(bytes) +
                   ", its folder has " + size_text(static_cast<double>(space.available)) +
                   " left; free space, choose another folder or write less"};
}

}  // namespace slicecast::io
