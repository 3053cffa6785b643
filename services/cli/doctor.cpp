// slicecast doctor: what on this machine will stand in the way.
#include <algorithm>
#include <cstdio>
#include <iterator>

#include "common/config/program.h"
#include "services/cli/deployment.h"
#include "services/cli/doctor_checks.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kDoctorCommand = "slicecast doctor";
constexpr const char* kHugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

// What a configuration file changes about what is looked at.
struct Plans {
  std::vector<PortUse> ports = fixed_port_uses();
  std::int64_t budget_mib = 0;
  std::string backend = "auto", device;
  std::filesystem::path state_directory =
      config::state_directory(config::Settings(config::common_options()));
};

Result<Plans> plans_of(const std::string& config_path) {
  Plans plans;
  if (config_path.empty()) return plans;
  const auto file = config::read_config(config_path, config::service_sections());
  if (!file) return file.error();
  for (auto& use : plans.ports) {
    const auto in = use.key.find(" in [");
    const std::string key = use.key.substr(0, in);
    const std::string section = use.key.substr(in + 5, use.key.size() - in - 6);
    if (key == "push_address") continue;
    config::Settings settings(std::vector<config::Option>{
        {.name = key, .type = config::Type::integer, .default_value = use.port}});
    if (auto ok = file->apply_known(section, settings); !ok) return ok.error();
    use.port = static_cast<int>(settings.integer(key));
  }
  std::erase_if(plans.ports, [](const PortUse& use) { return use.port <= 0; });
  for (const char* section : {"projection", "slice"}) {
    config::Settings settings(std::vector<config::Option>{
        {.name = "memory", .type = config::Type::integer, .default_value = 0},
        {.name = "backend", .default_value = plans.backend},
        {.name = "device", .default_value = plans.device},
        {.name = "state_directory", .default_value = plans.state_directory.string()}});
    if (auto ok = file->apply_known(section, settings); !ok) return ok.error();
    plans.budget_mib += settings.integer("memory");
    plans.backend = settings.text("backend");
    plans.device = settings.text("device");
    plans.state_directory = settings.text("state_directory");
  }
  return plans;
}

// Everything that would keep `slicecast up` from starting it.
Findings check_configuration(const std::string& config_path) {
  const auto bad = [](const Error& error) {
    return Findings{{Health::bad, "configuration", error.message, "put the file right"}};
  };
  const auto children = deployment(config_path, program_folder());
  if (!children) return bad(children.error());
  if (auto ok = check_deployment(*children); !ok) return bad(ok.error());
  return {{Health::good, "configuration", config_path + ": every service takes its section", ""}};
}

void print(const Finding& finding) {
  const char* mark = finding.health == Health::good   ? "ok"
                     : finding.health == Health::note ? "note"
                                                      : "FAIL";
  std::printf("%-5s %-15s %s\n", mark, finding.subject.c_str(), finding.text.c_str());
  if (!finding.remedy.empty()) std::printf("%-5s %-15s -> %s\n", "", "", finding.remedy.c_str());
}

}  // namespace

int run_doctor(int argc, const char* const* argv) {
  const std::vector<config::Option> options = {
      {.name = "config", .default_value = "", .doc = "Check for this configuration file"}};
  const auto parsed = config::parse_command(
      {kDoctorCommand,
       "Checks this machine and says what to change. Exit code 1 when something fails.",
       {}},
      options, argc, argv);
  if (!parsed) return usage_error(kDoctorCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const std::string& config_path = parsed->settings.text("config");
  auto plans = plans_of(config_path);
  Findings all;
  if (!config_path.empty()) all = check_configuration(config_path);
  if (!plans) plans = Plans{};  // the configuration is a finding already
  for (auto findings :
       {check_versions(), check_processor(), check_card(plans->backend, plans->device),
        check_memory(plans->budget_mib), check_huge_pages(kHugePages), check_limits(),
        check_clock(), check_directories(plans->state_directory), check_ports(plans->ports)})
    std::ranges::move(findings, std::back_inserter(all));
  for (const auto& finding : all) print(finding);
  const auto failures = std::ranges::count(all, Health::bad, &Finding::health);
  if (failures == 0)
    std::puts("nothing stands in the way");
  else
    std::printf("%d to put right\n", static_cast<int>(failures));
  return failures == 0 ? 0 : 1;
}

}  // namespace slicecast::cli
