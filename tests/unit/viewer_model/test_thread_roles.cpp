#include <thread>

#include "viewer/model/thread_roles.h"

using namespace slicecast::viewer;

namespace {

std::uint64_t wrong(Job job) {
  return count_of(job).wrong;
}

void elsewhere(Job job) {
  std::jthread([job] { note_job(job); });
}

}  // namespace

TEST_CASE("a job on the thread that is not for it is counted as wrong") {
  become_ui_thread();
  for (const Job job : kJobs) {
    const auto before = count_of(job);
    job == Job::drawing ? elsewhere(job) : note_job(job);
    CHECK(count_of(job).done == before.done + 1);
    CHECK(count_of(job).wrong == before.wrong + 1);
  }
}

TEST_CASE("a job on its own thread is counted and not wrong") {
  become_ui_thread();
  for (const Job job : kJobs) {
    const auto before = count_of(job);
    job == Job::drawing ? note_job(job) : elsewhere(job);
    CHECK(count_of(job).done == before.done + 1);
    CHECK(wrong(job) == before.wrong);
  }
}

TEST_CASE("only the thread that said so is the UI thread") {
  become_ui_thread();
  bool other = true;
  std::jthread([&] { other = on_ui_thread(); }).join();
  CHECK(on_ui_thread());
  CHECK_FALSE(other);
}
