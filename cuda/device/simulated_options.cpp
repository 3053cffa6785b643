// Options of a simulated card as text.
#include <algorithm>
#include <string>

#include "cuda/device/simulated_device.h"

namespace slicecast::cuda {

Result<SimulatedOptions> SimulatedOptions::parse(const std::string& text) {
  SimulatedOptions options;
  const auto refused = [&](const std::string& word) {
    return Error{Errc::invalid_argument,
                 "simulated card: '" + word +
                     "' is not understood; write memory=MIB taken=MIB lost_after=LAUNCHES "
                     "lost_when=PATH full_when=PATH "
                     "driver=none|VERSION order=rising|falling races=checked mapping=none "
                     "compute=90 index=N cards=N"};
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return refused(word);
    const std::string key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "order" && (value == "rising" || value == "falling")) {
      options.order = value == "rising" ? ThreadOrder::rising : ThreadOrder::falling;
      continue;
    }
    if (key == "races" && value == "checked") {
      options.check_races = true;
      continue;
    }
    if ((key == "lost_when" || key == "full_when") && !value.empty()) {
      (key == "lost_when" ? options.lost_when : options.full_when) = value;
      continue;
    }
    if (key == "mapping" && value == "none") {
      options.mapping = false;
      continue;
    }
    if (key == "driver" && value == "none") {
      options.driver = false;
      continue;
    }
    if (value.empty() || value.size() > 9 ||
        value.find_first_not_of("0123456789") != std::string::npos)
      return refused(word);
    const long number = std::stol(value);
    if (key == "memory")
      options.memory_bytes = static_cast<std::size_t>(number) << 20;
    else if (key == "taken")
      options.taken_bytes = static_cast<std::size_t>(number) << 20;
    else if (key == "lost_after")
      options.lost_after_launches = number;
    else if (key == "driver")
      options.driver_version = static_cast<int>(number);
    else if (key == "compute")
      options.compute = static_cast<int>(number);
    else if (key == "index")
      options.index = static_cast<int>(number);
    else if (key == "cards")
      options.cards = static_cast<int>(number);
    else
      return refused(word);
  }
  return options;
}

}  // namespace slicecast::cuda
