#include "common/io/partial_files.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

namespace slicecast::io {
namespace {

constexpr std::size_t kMostPartialFiles = 16, kLongestPath = 4096;

// A signal handler may neither lock nor allocate: names lie here, and `ready` says which count.
struct Place {
  std::atomic<bool> taken{false}, ready{false};
  std::array<char, kLongestPath> path{};
};
static_assert(std::atomic<bool>::is_always_lock_free);
std::array<Place, kMostPartialFiles> places;

extern "C" void remove_and_end(int number) {
  for (const Place& place : places)
    if (place.ready) ::unlink(place.path.data());
  // Its default action, which the parent then sees as the reason of the end.
  std::signal(number, SIG_DFL);
  std::raise(number);
}

}  // namespace

void remove_partial_files_on_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
    struct sigaction action = {};
    action.sa_handler = remove_and_end;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
  }
}

int remember_partial_file(const std::filesystem::path& file) {
  // The program may change its folder.
  std::error_code failure;
  const std::string path = std::filesystem::absolute(file, failure).string();
  if (failure || path.size() >= kLongestPath) return -1;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].taken.exchange(true)) continue;
    std::memcpy(places[i].path.data(), path.c_str(), path.size() + 1);
    places[i].ready = true;
    return static_cast<int>(i);
  }
  return -1;
}

void forget_partial_file(int place) {
  if (place < 0) return;
  Place& it = places[static_cast<std::size_t>(place)];
  it.ready = false;
  it.taken = false;
}

}  // namespace slicecast::io
