// From a configuration file to the processes that `slicecast up` runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "services/cli/child_process.h"

namespace slicecast::cli {

// Keys at the top of the file.
std::vector<config::Option> deployment_options();
// Keys of [plugin.NAME] that are read here; the others are the plugin's own.
std::vector<config::Option> plugin_options();

// Splits a command at blanks; quotes ' and " keep blanks together.
Result<std::vector<std::string>> split_command(const std::string& command);

// Threads for the sections that do not set their own: `cores` minus what is set, by weight (slice
// 3, projection 2, source 1), at least one each. In the order of `weights`.
std::vector<int> divide_cores(int cores, const std::vector<int>& weights);

// hub, source (when the file has [source]), projection, slice and plugins, in this order.
Result<std::vector<ChildSpec>> deployment(const std::filesystem::path& config_path,
                                          const std::filesystem::path& programs);

// Where the hub of that file is reached from this machine, by its [hub] section. Empty when its
// port is left to the system.
Result<std::string> own_hub_address(const std::filesystem::path& config_path);

// A plugin among the children, and where it is found when it runs.
struct WatchedPlugin {
  std::string child;    // "plugin.NAME"
  std::string service;  // its name at the hub
  std::string hub;      // as its section says; empty: that of the file
  std::string curve;    // folder of keys; empty: none
};
Result<std::vector<WatchedPlugin>> watched_plugins(const std::filesystem::path& config_path);

// Lets each Slicecast program check its section (--check), so that a mistake in the file shows
// before anything runs. Each says on stderr what is wrong; plugins are not asked.
Result<void> check_deployment(const std::vector<ChildSpec>& children);

}  // namespace slicecast::cli
