#include "common/wire/keys.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iomanip>

#include <zmq.hpp>

namespace slicecast::wire {
namespace {

constexpr std::size_t kKeyCharacters = 40;
constexpr int kLongestWord = 64;  // of a file that holds no key

Result<void> write_key(const std::filesystem::path& file, const std::string& key, int mode) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    if (errno == EEXIST)
      return Error{Errc::already_exists, file.string() +
                                             " is there already; remove it first if new "
                                             "keys are wanted"};
    return Error{Errc::io, "cannot write " + file.string() + "; check the folder's permissions"};
  }
  const std::string line = key + "\n";
  const bool whole = write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (close(fd) != 0 || !whole) {
    unlink(file.c_str());  // else the next attempt would find a key there
    return Error{Errc::io, "cannot write " + file.string() + "; is the disk full?"};
  }
  return {};
}

}  // namespace

Result<std::string> generate_keys(const std::filesystem::path& directory) {
  if (directory.empty())
    return Error{Errc::invalid_argument, "no folder is named for the keys; e.g. keys"};
  std::error_code failed;
  std::filesystem::create_directories(directory / "allowed", failed);
  if (failed)
    return Error{Errc::io, "cannot make " + (directory / "allowed").string() + ": " +
                               failed.message() + "; choose a folder that can be written"};
  char public_key[kKeyCharacters + 1], secret_key[kKeyCharacters + 1];
  if (zmq_curve_keypair(public_key, secret_key) != 0)
    return Error{Errc::unsupported, "libzmq was built without CURVE; install one with libsodium"};
  if (auto wrote = write_key(directory / "secret.key", secret_key, 0600); !wrote)
    return wrote.error();
  if (auto wrote = write_key(directory / "public.key", public_key, 0644); !wrote)
    return wrote.error();
  return std::string(public_key);
}

Result<std::string> read_key(const std::filesystem::path& file) {
  std::error_code failed;
  // Opening a pipe would wait for whoever writes into it.
  const bool regular = std::filesystem::is_regular_file(file, failed);
  std::ifstream in;
  if (regular) in.open(file);
  std::string key;
  if (!(in >> std::setw(kLongestWord) >> key))
    return Error{Errc::not_found, "cannot read the key " + file.string() +
                                      "; make keys with `slicecast keys DIRECTORY`"};
  std::uint8_t raw[32];
  if (key.size() != kKeyCharacters || zmq_z85_decode(raw, key.c_str()) == nullptr)
    return Error{Errc::malformed, file.string() +
                                      " holds no CURVE key; it must be one line of 40 "
                                      "Z85 characters"};
  return key;
}

std::vector<std::string> allowed_keys(const std::filesystem::path& directory) {
  std::vector<std::string> keys;
  std::error_code failed;
  std::filesystem::directory_iterator entry(directory / "allowed", failed), end;
  for (; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().extension() != ".key") continue;
    if (auto key = read_key(entry->path())) keys.push_back(*key);
  }
  return keys;
}

}  // namespace slicecast::wire
