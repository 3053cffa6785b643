// Options in one line each, for tables of them. Not live unless said so.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/config/option.h"

namespace slicecast::config {

Option text(std::string name, std::string value, std::string doc);
Option flag(std::string name, bool value, std::string doc);
Option choice(std::string name, std::string value, std::vector<std::string> choices,
              std::string doc);
Option whole(std::string name, std::int64_t value, std::string unit, double minimum, double maximum,
             std::string doc);
Option real(std::string name, double value, std::string unit, double minimum, double maximum,
            std::string doc);
// Empty at first; `minimum` holds for each number.
Option reals(std::string name, std::string unit, double minimum, std::string doc);

// The same, to be set while running.
inline Option live(Option option) {
  option.live = true;
  return option;
}

}  // namespace slicecast::config
