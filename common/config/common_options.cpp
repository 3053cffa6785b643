#include <algorithm>
#include <cstdlib>

#include "common/config/program.h"

namespace slicecast::config {

FixedPorts fixed_ports(std::string_view section) {
  if (section == "hub") return {.control = 47600, .metrics = 47609};
  if (section == "source")
    return {.control = 47610, .raw = 47611, .raw_recastx = 9667, .metrics = 47619};
  if (section == "projection")
    return {.control = 47620, .bulk = 47621, .feed = 47622, .metrics = 47629};
  if (section == "slice") return {.control = 47630, .feed = 47632, .metrics = 47639};
  return {0, 0, 0, 0, 0, 0};
}

std::vector<Option> common_options(std::string_view section) {
  const FixedPorts ports = fixed_ports(section);
  return {
      {.name = "name",
       .default_value = std::string(section),
       .doc = "Name of this service at the hub; two live services may not share one"},
      {.name = "hub",
       .default_value = "",
       .doc = "Address of the hub; empty: SLICECAST_HUB, else tcp://127.0.0.1:47600"},
      {.name = "bind",
       .default_value = "127.0.0.1",
       .doc = "Address this service listens on; other than loopback wants `curve`"},
      {.name = "control_port",
       .type = Type::integer,
       .default_value = ports.control,
       .doc = "Port of the control link; 0: the system chooses and the hub tells",
       .minimum = 0,
       .maximum = 65535},
      {.name = "metrics_port",
       .type = Type::integer,
       .default_value = ports.metrics,
       .doc = "Loopback port of /metrics and /healthz; 0: the system chooses, -1: off",
       .minimum = -1,
       .maximum = 65535},
      {.name = "advertise",
       .default_value = "",
       .doc = "Host name or address that others use to reach this service; empty: `bind`"},
      {.name = "threads",
       .type = Type::integer,
       .default_value = 0,
       .doc = "Threads for computing; 0: one per core",
       .minimum = 0,
       .maximum = 1024},
      {.name = "log_level",
       .type = Type::choice,
       .default_value = "info",
       .doc = "Least severity that is logged",
       .choices = {"trace", "debug", "info", "warning", "error", "critical"}},
      {.name = "log_file",
       .default_value = "",
       .doc = "Also log to this file, rotated at 10 MiB; empty: to stderr only"},
      {.name = "curve",
       .default_value = "",
       .doc = "Directory with secret.key, public.key and allowed/*.key; empty: no encryption"},
      {.name = "allow_plain_public",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Listen on a public address without keys"},
      {.name = "socks",
       .default_value = "",
       .doc = "host:port of a SOCKS proxy (ssh -D) for everything this service connects to"},
      {.name = "state_directory",
       .default_value = "",
       .doc = "Where darks, flats and geometry survive a restart; empty: "
              "$XDG_STATE_HOME/slicecast, else ~/.local/state/slicecast"},
      {.name = "client_role",
       .type = Type::choice,
       .default_value = "operate",
       .doc = "The most that clients of this service may do",
       .choices = {"operate", "observe"}},
  };
}

std::vector<Option> with_common(std::span<const Option> own, std::string_view section) {
  std::vector<Option> all = common_options(section);
  for (const Option& option : own) {
    const auto same = std::ranges::find(all, option.name, &Option::name);
    if (same == all.end())
      all.push_back(option);
    else
      *same = option;
  }
  return all;
}

std::filesystem::path state_directory(const Settings& settings) {
  if (const auto& chosen = settings.text("state_directory"); !chosen.empty()) return chosen;
  const auto from = [](const char* variable) {
    const char* text = std::getenv(variable);
    return std::filesystem::path(text == nullptr ? "" : text);
  };
  if (const auto state = from("XDG_STATE_HOME"); state.is_absolute()) return state / "slicecast";
  if (const auto home = from("HOME"); home.is_absolute()) return home / ".local/state/slicecast";
  return std::filesystem::temp_directory_path() / "slicecast";
}

}  // namespace slicecast::config
