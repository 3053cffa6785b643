// One line for each way in which a card may be unusable, the same for the real and the simulated.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast::cuda {

inline constexpr int kNeededDriver = 13000;  // CUDA version that the driver must support
inline constexpr int kLeastCompute = 80;     // capability that the kernels are compiled for, 8.0

Error no_driver();
Error old_driver(int driver_version);
Error no_card();
Error old_card(std::string_view card, int compute);  // 75: capability 7.5
Error cannot_start(std::string_view card, std::string_view why);
Error no_such_card(std::string_view wanted, int cards);
// `what`: "card" or "pinned".
Error out_of_memory(std::string_view what, std::size_t asked, std::size_t free, std::size_t total);
Error card_lost(std::string_view card, std::string_view during, std::string_view why);

// 13020 -> "13.2"
std::string version_text(int version);

}  // namespace slicecast::cuda
