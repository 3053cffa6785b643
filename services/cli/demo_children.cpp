#include "services/cli/demo_children.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "services/cli/deployment.h"

namespace slicecast::cli {
namespace {

using config::Type;

void append(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

constexpr const char* kShippedModel = "gel";
// 1/mm, as the source has it in parallel beam: the shipped network knows this gel.
constexpr const char* kGelAttenuation = "0.0196";
constexpr int kPluginNiceInDemo = 5;  // as `slicecast up` does
constexpr const char* kFolder = "slicecast-demo-";
// A folder this young may belong to a demo that is about to lock it.
constexpr std::chrono::minutes kYoung{1};

// The directory opened and locked until it is closed or we die; -1 when another process has it.
int locked(const std::filesystem::path& directory) {
  const int opened = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0 || flock(opened, LOCK_EX | LOCK_NB) == 0) return opened;
  close(opened);
  return -1;
}

void remove_abandoned() {
  std::error_code ignored;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (std::filesystem::directory_iterator it(std::filesystem::temp_directory_path(), ignored), end;
       it != end; it.increment(ignored)) {
    if (!it->path().filename().string().starts_with(kFolder)) continue;
    if (now - std::filesystem::last_write_time(it->path(), ignored) < kYoung) continue;
    const int lock = locked(it->path());
    if (lock < 0) continue;
    std::filesystem::remove_all(it->path(), ignored);
    close(lock);
  }
}

}  // namespace

std::vector<config::Option> demo_options() {
  return {
      {.name = "file",
       .default_value = "",
       .doc = "Stream this scan (Data Exchange HDF5 or NXtomo) instead of a simulated one"},
      {.name = "cone",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Simulate a cone beam instead of a parallel one"},
      {.name = "rate",
       .type = Type::real,
       .default_value = 30.0,
       .unit = "frames/s",
       .doc = "Projections per second; 0: as fast as they are taken",
       .minimum = 0,
       .maximum = 1e6},
      {.name = "segment",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Segment every slice with the network that ships for the simulated scan"},
      {.name = "axis",
       .type = Type::real,
       .default_value = -1.0,
       .unit = "px",
       .doc = "Column of the rotation axis; -1: simulated scans know it, files follow the estimate",
       .minimum = -1,
       .maximum = 65535},
      {.name = "seconds",
       .type = Type::real,
       .default_value = 0.0,
       .unit = "s",
       .doc = "Stop by itself after so long, counted from the first slice; 0: run until Ctrl-C",
       .minimum = 0},
      {.name = "snapshot",
       .default_value = "",
       .doc = "Write PNGs of the slices and of the preview into this directory at the end"},
      {.name = "slice_size",
       .type = Type::integer,
       .default_value = 512,
       .unit = "pixels",
       .doc = "Rows and columns of the four slices",
       .minimum = 16,
       .maximum = 8192},
      {.name = "headless",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Open no viewer, and print a line per second instead of one that renews itself"},
      {.name = "threads",
       .type = Type::integer,
       .default_value = 0,
       .doc = "Cores to use; 0: all",
       .minimum = 0,
       .maximum = 1024},
  };
}

Result<int> free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      fd >= 0 && bind(fd, generic, length) == 0 && getsockname(fd, generic, &length) == 0;
  const int failure = errno;
  if (fd >= 0) close(fd);
  if (!bound)
    return Error{Errc::io, std::string("no free loopback port: ") + std::strerror(failure)};
  return ntohs(address.sin_port);
}

std::vector<ChildSpec> demo_children(const config::Settings& settings, int hub_port,
                                     const std::filesystem::path& programs,
                                     const std::filesystem::path& state_directory) {
  int cores = static_cast<int>(settings.integer("threads"));
  if (cores == 0) cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const auto threads = divide_cores(cores, {1, 2, 3});
  const std::string hub = "tcp://127.0.0.1:" + std::to_string(hub_port);
  const auto child = [&](const char* name, int thread_count) {
    ChildSpec spec{name, {(programs / ("slicecast-" + std::string(name))).string()}, 0};
    append(spec.arguments, {"--metrics-port", "0", "--log-level", "warning"});
    if (thread_count > 0)
      append(spec.arguments,
             {"--hub", hub, "--control-port", "0", "--threads", std::to_string(thread_count)});
    return spec;
  };

  ChildSpec directory = child("hub", 0);
  append(directory.arguments, {"--control-port", std::to_string(hub_port)});

  ChildSpec source = child("source", threads[0]);
  append(source.arguments, {"--bulk-port", "0", "--rate", config::to_text(settings.value("rate"))});
  const bool from_file = !settings.text("file").empty();
  if (from_file) append(source.arguments, {"--file", settings.text("file"), "--loop"});
  if (settings.boolean("cone")) append(source.arguments, {"--beam", "cone"});
  if (settings.boolean("cone") && !from_file)
    append(source.arguments, {"--attenuation", kGelAttenuation});

  ChildSpec projection = child("projection", threads[1]);
  append(projection.arguments,
         {"--bulk-port", "0", "--feed-port", "0", "--state-directory", state_directory.string()});
  if (settings.real("axis") >= 0)
    append(projection.arguments, {"--axis-column", config::to_text(settings.value("axis"))});
  else if (from_file)
    append(projection.arguments, {"--axis-follow"});

  ChildSpec slice = child("slice", threads[2]);
  append(slice.arguments, {"--feed-port", "0", "--state-directory", state_directory.string()});
  std::vector<ChildSpec> children{directory, source, projection, slice};
  if (settings.boolean("segment")) {
    ChildSpec& segment = children.emplace_back(child("segment", 1));
    append(segment.arguments, {"--method", "network", "--model", kShippedModel, "--slice-threads",
                               std::to_string(threads[2])});
    segment.nice = kPluginNiceInDemo;
  }
  return children;
}

Result<TemporaryDirectory> TemporaryDirectory::create() {
  remove_abandoned();
  std::string pattern = (std::filesystem::temp_directory_path() / kFolder).string() + "XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr)
    return Error{Errc::io, "no temporary directory: " + std::string(std::strerror(errno)) +
                               "; set TMPDIR to a directory that can be written"};
  return TemporaryDirectory(pattern, locked(pattern));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

}  // namespace slicecast::cli
