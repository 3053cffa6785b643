// Parameters of a plugin in one line each, and the options that every plugin has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/option.h"

namespace slicecast::plugin {

// Live: the viewer shows them and `slicecast params set` changes them while the plugin runs.
config::Option real(std::string name, double value, double minimum, double maximum,
                    std::string unit, std::string doc);
config::Option integer(std::string name, std::int64_t value, double minimum, double maximum,
                       std::string unit, std::string doc);
config::Option boolean(std::string name, bool value, std::string doc);
config::Option choice(std::string name, std::string value, std::vector<std::string> choices,
                      std::string doc);
config::Option text(std::string name, std::string value, std::string doc);
config::Option reals(std::string name, std::vector<double> values, std::string unit,
                     std::string doc);

struct Plugin;
// input, source, threads, batch, max_rate, max_side, pixel_size, encoding, deadline_ms, ... with
// the defaults that the plugin gives them, and its own parameters.
std::vector<config::Option> options_of(const Plugin& plugin);

}  // namespace slicecast::plugin
