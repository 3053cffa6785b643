// What `slicecast doctor` looks at. Each check returns findings and changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/config/option.h"

namespace slicecast::cli {

enum class Health : std::uint8_t { good, note, bad };

struct Finding {
  Health health = Health::good;
  std::string subject;  // "port 47600"
  std::string text;     // what was found
  std::string remedy;   // what to do; empty when good
};
using Findings = std::vector<Finding>;

Findings check_versions();
Findings check_processor();
// What computes, and why no card does. A card that the configuration asks for by name must be
// there.
Findings check_card(const std::string& backend, const std::string& device);
Findings check_limits();
Findings check_memory(std::int64_t budget_mib);  // 0: no configuration was given
Findings check_huge_pages(const std::filesystem::path& setting);
Findings check_clock();
Findings check_directories(const std::filesystem::path& state_directory);

struct PortUse {
  std::string what;  // "control link of hub"
  std::string key;   // "control_port in [hub]"
  int port = 0;
};
std::vector<PortUse> fixed_port_uses();
// Free, in use by one of ours (a note), or by somebody else (bad).
Findings check_ports(const std::vector<PortUse>& uses);

// "name (process 123)" of whoever listens on a loopback or any-address TCP port; empty: nobody that
// we are allowed to see.
std::string listener_of(int port);

}  // namespace slicecast::cli
