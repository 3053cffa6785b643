#include "viewer/model/thread_roles.h"

#include <atomic>

namespace slicecast::viewer {
namespace {

thread_local bool is_ui_thread = false;

struct Counter {
  std::atomic<std::uint64_t> done{0}, wrong{0};
};
std::array<Counter, kJobs.size()> counters;

}  // namespace

const char* to_string(Job job) {
  switch (job) {
    case Job::drawing: return "drawing";
    case Job::decoding: return "decoding";
    case Job::histogram: return "histogram";
    case Job::file: return "file";
    case Job::network: return "network";
    case Job::upload: return "upload";
    case Job::iso_surface: break;
  }
  return "iso_surface";
}

void become_ui_thread() {
  is_ui_thread = true;
}

bool on_ui_thread() {
  return is_ui_thread;
}

void note_job(Job job) {
  Counter& counter = counters[static_cast<std::size_t>(job)];
  counter.done.fetch_add(1, std::memory_order_relaxed);
  if ((job == Job::drawing) != is_ui_thread) counter.wrong.fetch_add(1, std::memory_order_relaxed);
}

JobCount count_of(Job job) {
  const Counter& counter = counters[static_cast<std::size_t>(job)];
  return {counter.done.load(std::memory_order_relaxed),
          counter.wrong.load(std::memory_order_relaxed)};
}

}  // namespace slicecast::viewer
