#include "common/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/io/partial_files.h"
#include "common/io/regular_file.h"

namespace slicecast::io {
namespace {

// Opens, flushes and closes; the contents must be on disk before the name is, or a power cut leaves
// an empty file under it.
int flush_to_disk(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some file systems cannot flush; that is no reason to refuse the file.
  return error == EINVAL || error == ENOTSUP ? 0 : error;
}

}  // namespace

Error write_error(const std::filesystem::path& file, int error_number) {
  const std::string what = "cannot write " + file.string() + ": ";
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return {Errc::resource_exhausted,
              what + "the disk is full; free space or choose another folder"};
    case EFBIG:
      return {Errc::resource_exhausted,
              what + "larger than the file size limit; raise it (ulimit -f) or write less"};
    case ENOENT: return {Errc::not_found, what + "its folder does not exist; create it first"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {Errc::permission_denied,
              what + "permission denied; choose a folder you may write to"};
    case EISDIR:
      return {Errc::invalid_argument, what + "it is a folder; give the name of a file in it"};
    default: return {Errc::io, what + std::strerror(error_number)};
  }
}

AtomicFile::AtomicFile(std::filesystem::path target, std::filesystem::path temporary)
    : target_(std::move(target)),
      temporary_(std::move(temporary)),
      partial_(remember_partial_file(temporary_)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      partial_(std::exchange(other.partial_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(target_, other.target_);
  std::swap(temporary_, other.temporary_);
  std::swap(partial_, other.partial_);
  return *this;
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  forget_partial_file(partial_);
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& name_given) {
  if (name_given.filename().empty()) return write_error(name_given, EISDIR);
  auto replaced = replaced_file(name_given);
  if (!replaced) return replaced.error();
  const std::filesystem::path target = *std::move(replaced);
  static std::atomic<unsigned> counter{0};
  std::string name(1, '.');
  name += target.filename().string() + "." + std::to_string(::getpid());
  name += "." + std::to_string(counter++) + ".part";
  const auto temporary = target.parent_path() / name;
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return write_error(target, errno);
  ::close(descriptor);
  return AtomicFile(target, temporary);
}

Result<void> AtomicFile::commit() {
  if (const int error = flush_to_disk(temporary_); error != 0) return write_error(target_, error);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return write_error(target_, errno);
  temporary_.clear();
  forget_partial_file(std::exchange(partial_, -1));
  return {};
}

Result<void> write_whole_file(const std::filesystem::path& target,
                              std::span<const std::byte> contents) {
  auto file = AtomicFile::create(target);
  if (!file) return file.error();
  const int descriptor = ::open(file->temporary().c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return write_error(target, errno);
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      ::close(descriptor);
      return write_error(target, error);
    }
    contents = contents.subspan(static_cast<std::size_t>(written));
  }
  if (::close(descriptor) != 0) return write_error(target, errno);
  return file->commit();
}

}  // namespace slicecast::io
