#include "cuda/device/race_check.h"

#include <algorithm>
#include <cstring>

namespace slicecast::cuda::simulated {
namespace {

constexpr std::size_t kWord = 4, kChunk = 16;

}  // namespace

void RaceCheck::begin_phase(Shared shared) {
  seen_.assign(shared.begin(), shared.end());
  outcome_ = seen_;
  written_.assign(shared.size() / kWord, false);
}

void RaceCheck::end_thread(Shared shared) {
  for (std::size_t chunk = 0; chunk < shared.size(); chunk += kChunk) {
    if (std::memcmp(&shared[chunk], &seen_[chunk], kChunk) == 0) continue;
    for (std::size_t at = chunk; at < chunk + kChunk; at += kWord) {
      if (std::memcmp(&shared[at], &seen_[at], kWord) == 0) continue;
      if (written_[at / kWord]) ++found_;
      written_[at / kWord] = true;
      std::memcpy(&outcome_[at], &shared[at], kWord);
      std::memset(&shared[at], 0xFF, kWord);
      std::memset(&seen_[at], 0xFF, kWord);
    }
  }
}

void RaceCheck::end_phase(Shared shared) {
  std::ranges::copy(outcome_, shared.begin());
}

}  // namespace slicecast::cuda::simulated
