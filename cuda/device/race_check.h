// Finds threads of one phase that touch what another of them wrote in shared memory, which only a
// barrier would order. Each thread sees shared memory as the phase began, except for words that
// others have written since: these hold bits that are no number, so that who reads one gets a
// result that is none. Who writes one is counted. (A word that is overwritten by what it held
// counts as not written.)
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace slicecast::cuda::simulated {

class RaceCheck {
 public:
  using Shared = std::span<unsigned char>;  // whole chunks of 16 bytes
  void begin_phase(Shared shared);
  void end_thread(Shared shared);               // after each thread of the phase
  void end_phase(Shared shared);                // all writes are there again
  std::size_t found() const { return found_; }  // words that two threads of a phase wrote

 private:
  std::vector<unsigned char> seen_;     // by the thread that runs, at its start
  std::vector<unsigned char> outcome_;  // of the phase so far
  std::vector<bool> written_;           // per word
  std::size_t found_ = 0;
};

}  // namespace slicecast::cuda::simulated
