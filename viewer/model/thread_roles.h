// Who does what: drawing belongs to the UI thread, everything that may take long to others. Each
// job says so where it is done; the counts go into the report, and tests look at them. Any thread.
#pragma once

#include <array>
#include <cstdint>

namespace slicecast::viewer {

enum class Job : std::uint8_t { drawing, decoding, histogram, file, network, upload, iso_surface };
inline constexpr std::array kJobs{Job::drawing, Job::decoding, Job::histogram,  Job::file,
                                  Job::network, Job::upload,   Job::iso_surface};
const char* to_string(Job job);

// The calling thread is the UI thread from here on; all others are not.
void become_ui_thread();
bool on_ui_thread();

// This thread does such a job now. Counts it, as wrong when it is not the thread for it.
void note_job(Job job);

struct JobCount {
  std::uint64_t done = 0, wrong = 0;
};
JobCount count_of(Job job);

}  // namespace slicecast::viewer
