#include "common/wire/address.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>

#include "common/base/names.h"
#include "common/wire/context.h"
#include "common/wire/socket.h"

namespace slicecast::wire {
namespace {

constexpr std::size_t kLongestIpcPath = 100;  // sun_path ends at 107, and libzmq adds to it

bool ours_alone(const std::filesystem::path& directory) {
  struct stat status = {};
  // lstat: somebody else's link in /tmp must not be followed.
  return lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & 077) == 0 &&
         access(directory.c_str(), W_OK) == 0;
}

bool make_ours(const std::filesystem::path& directory) {
  mkdir(directory.c_str(), 0700);
  return ours_alone(directory);
}

bool nobody_listens(const std::filesystem::path& path) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  // Between bind() and listen() a fresh socket refuses connections too.
  if (time(nullptr) - status.st_mtime < 10) return false;
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof name.sun_path) return false;
  std::copy(text.begin(), text.end(), name.sun_path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool refused =
      connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED;
  close(fd);
  return refused;
}

std::string file_name_part(const std::string& text) {
  std::string safe;
  for (const char c : text.substr(0, 24))
    safe += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  return safe;
}

}  // namespace

std::optional<TcpAddress> parse_tcp(std::string_view address) {
  constexpr std::string_view kScheme = "tcp://";
  if (!address.starts_with(kScheme)) return std::nullopt;
  address.remove_prefix(kScheme.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  TcpAddress parsed;
  parsed.host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (port == "*") return parsed;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (failed != std::errc() || end != port.data() + port.size() || parsed.port < 0 ||
      parsed.port > 65535)
    return std::nullopt;
  return parsed;
}

bool is_address(std::string_view text) {
  for (const std::string_view scheme : {"ipc://", "inproc://"})
    if (text.starts_with(scheme)) return text.size() > scheme.size();
  const auto tcp = parse_tcp(text);
  return tcp && tcp->port != 0;
}

Result<void> check_peer(const std::string& option, const std::string& text,
                        const std::string& example) {
  if (is_address(text) || check_service_name(text)) return {};
  return Error{Errc::invalid_argument,
               option + " '" + printable(text) +
                   "' is neither the name of a service nor an address; write e.g. " + example +
                   ", tcp://HOST:PORT or ipc://PATH"};
}

bool is_public(std::string_view address) {
  if (address.starts_with("ipc://") || address.starts_with("inproc://")) return false;
  const auto tcp = parse_tcp(address);
  if (!tcp) return true;  // unknown transports get no benefit of the doubt
  return !is_loopback(tcp->host);
}

std::filesystem::path runtime_directory() {
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/') {
    const auto directory = std::filesystem::path(runtime) / "slicecast";
    if (directory.string().size() < 50 && make_ours(directory)) return directory;
  }
  const std::filesystem::path fallback = "/tmp/slicecast-" + std::to_string(geteuid());
  return make_ours(fallback) ? fallback : std::filesystem::path();
}

void remove_stale_sockets(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::directory_iterator entry(directory, failed), end;
  for (; !failed && entry != end; entry.increment(failed)) {
    if (!nobody_listens(entry->path())) continue;
    std::error_code ignored;
    std::filesystem::remove(entry->path(), ignored);
  }
}

std::vector<std::string> default_addresses(const std::string& service, const std::string& link,
                                           int port) {
  std::vector<std::string> addresses = {"tcp://127.0.0.1:" + std::to_string(port)};
  const auto directory = runtime_directory();
  if (directory.empty()) return addresses;
  static std::once_flag swept;
  std::call_once(swept, remove_stale_sockets, directory);
  static std::atomic<unsigned> count{0};
  // Two runs of a service, or two services of one process, must never meet on a path: unlike a
  // port, a bound path is silently taken over.
  const std::string name = file_name_part(service) + "-" + file_name_part(link) + "-" +
                           std::to_string(getpid()) + "-" + std::to_string(count++) + "-" +
                           std::to_string(new_instance() % 10000);
  const auto path = directory / name;
  if (path.string().size() <= kLongestIpcPath)
    addresses.insert(addresses.begin(), "ipc://" + path.string());
  return addresses;
}

std::uint64_t new_instance() {
  std::random_device entropy;
  std::uint64_t instance = 0;
  while (instance == 0) instance = (std::uint64_t{entropy()} << 32) | entropy();
  return instance;
}

std::string host_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id;
}

std::string preferred_address(const std::vector<std::string>& addresses, const std::string& host) {
  std::string tcp, inproc;
  for (const auto& address : addresses) {
    if (address.starts_with("ipc://")) {
      // A container may share the kernel and its boot id, but not the folder.
      if (!host.empty() && host == host_id() && access(address.c_str() + 6, W_OK) == 0)
        return address;
    } else if (address.starts_with("inproc://")) {
      if (inproc.empty()) inproc = address;
    } else if (tcp.empty()) {
      tcp = address;
    }
  }
  return tcp.empty() ? inproc : tcp;
}

}  // namespace slicecast::wire
