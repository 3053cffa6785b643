#include "services/cli/deployment.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <thread>

#include "common/config/program.h"

namespace slicecast::cli {
namespace {

struct Section {
  const char* name;
  int weight;  // share of the cores
};
constexpr Section kServices[] = {{"hub", 0}, {"source", 1}, {"projection", 2}, {"slice", 3}};
constexpr const char* kOwnProgram = "slicecast-";
constexpr std::string_view kPluginSection = "plugin.";

config::Option threads_option() {
  return {.name = "threads",
          .type = config::Type::integer,
          .default_value = 0,
          .doc = "Cores to divide among the services that do not set their own; 0: all",
          .minimum = 0,
          .maximum = 1024};
}

// A program of ours is found beside this one.
std::string program_of(const std::string& word, const std::filesystem::path& programs) {
  std::error_code failure;
  const bool here =
      word.find('/') == std::string::npos && std::filesystem::exists(programs / word, failure);
  return here ? (programs / word).string() : word;
}

Result<ChildSpec> plugin(const config::ConfigFile& file, const std::string& section,
                         const std::filesystem::path& programs) {
  config::Settings settings(plugin_options());
  if (auto ok = file.apply_known(section, settings); !ok) return ok.error();
  auto words = split_command(settings.text("command"));
  if (!words) return words.error();
  if (words->empty())
    return Error{Errc::invalid_argument, file.path.string() + ": [" + section +
                                             "] has no command; add command = \"PROGRAM ...\""};
  words->front() = program_of(words->front(), programs);
  for (const auto& extra : {std::string("--config"), file.path.string(), std::string("--name"),
                            section.substr(kPluginSection.size())})
    words->push_back(extra);
  return ChildSpec{section, *std::move(words), static_cast<int>(settings.integer("nice"))};
}

}  // namespace

std::vector<config::Option> deployment_options() {
  return {threads_option()};
}

std::vector<config::Option> plugin_options() {
  return {{.name = "command",
           .default_value = "",
           .doc = "Program and arguments; --config FILE --name NAME are added"},
          {.name = "nice",
           .type = config::Type::integer,
           .default_value = 5,
           .doc = "How much lower its priority is",
           .minimum = 0,
           .maximum = 19}};
}

Result<std::vector<std::string>> split_command(const std::string& command) {
  std::vector<std::string> words;
  char quote = 0;
  bool inside = false;
  for (const char c : command) {
    if (quote == 0 && (c == ' ' || c == '\t')) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (c == quote)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    else
      words.back() += c;
  }
  if (quote != 0)
    return Error{Errc::invalid_argument, "command " + command + " has a quote that is not closed"};
  return words;
}

std::vector<int> divide_cores(int cores, const std::vector<int>& weights) {
  const int all = std::accumulate(weights.begin(), weights.end(), 0);
  std::vector<int> shares;
  for (const int weight : weights)
    shares.push_back(weight == 0 ? 0 : std::max(1, cores * weight / std::max(all, 1)));
  // What rounding left over goes to the heaviest.
  const int used = std::accumulate(shares.begin(), shares.end(), 0);
  if (const auto most = std::ranges::max_element(weights); most != weights.end() && used < cores)
    shares[static_cast<std::size_t>(most - weights.begin())] += cores - used;
  return shares;
}

Result<std::vector<ChildSpec>> deployment(const std::filesystem::path& config_path,
                                          const std::filesystem::path& programs) {
  const auto file = config::read_config(config_path, config::service_sections());
  if (!file) return file.error();
  config::Settings settings(deployment_options());
  if (auto ok = file->apply("", settings); !ok) return ok.error();
  const auto sections = file->sections();

  int cores = static_cast<int>(settings.integer("threads"));
  if (cores == 0) cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<ChildSpec> children;
  std::vector<int> weights;
  for (const Section& section : kServices) {
    const bool configured = std::ranges::find(sections, section.name) != sections.end();
    if (std::string_view(section.name) == "source" && !configured) continue;
    config::Settings own(std::vector{threads_option()});
    if (auto ok = file->apply_known(section.name, own); !ok) return ok.error();
    const bool sets_threads = !own.is_default("threads");
    if (sets_threads) cores -= static_cast<int>(own.integer("threads"));
    weights.push_back(sets_threads ? 0 : section.weight);
    children.push_back({section.name,
                        {(programs / (kOwnProgram + std::string(section.name))).string(),
                         "--config", file->path.string()},
                        0});
  }
  const auto shares = divide_cores(std::max(cores, 1), weights);
  for (std::size_t i = 0; i < children.size(); ++i)
    if (shares[i] > 0)
      for (auto& word : {std::string("--threads"), std::to_string(shares[i])})
        children[i].arguments.push_back(word);
  for (const auto& section : sections) {
    if (!section.starts_with(kPluginSection)) continue;
    auto child = plugin(*file, section, programs);
    if (!child) return child.error();
    children.push_back(*std::move(child));
  }
  return children;
}

Result<std::string> own_hub_address(const std::filesystem::path& config_path) {
  const auto file = config::read_config(config_path, config::service_sections());
  if (!file) return file.error();
  config::Settings hub(config::common_options("hub"));
  if (auto ok = file->apply_known("hub", hub); !ok) return ok.error();
  const auto port = hub.integer("control_port");
  if (port == 0) return std::string();
  std::string host = hub.text("bind");
  // What listens to everybody is reached by the loopback.
  if (host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "::" || host == "[::]") host = "[::1]";
  if (std::ranges::count(host, ':') > 1 && !host.starts_with('[')) host = "[" + host + "]";
  return "tcp://" + host + ":" + std::to_string(port);
}

Result<std::vector<WatchedPlugin>> watched_plugins(const std::filesystem::path& config_path) {
  const auto file = config::read_config(config_path, config::service_sections());
  if (!file) return file.error();
  std::vector<WatchedPlugin> plugins;
  for (const auto& section : file->sections()) {
    if (!section.starts_with(kPluginSection)) continue;
    config::Settings links(std::vector<config::Option>{{.name = "hub", .default_value = ""},
                                                       {.name = "curve", .default_value = ""}});
    if (auto ok = file->apply_known(section, links); !ok) return ok.error();
    plugins.push_back(
        {section, section.substr(kPluginSection.size()), links.text("hub"), links.text("curve")});
  }
  return plugins;
}

Result<void> check_deployment(const std::vector<ChildSpec>& children) {
  for (ChildSpec child : children) {
    const auto program = std::filesystem::path(child.arguments.front()).filename().string();
    if (!program.starts_with(kOwnProgram)) continue;
    child.arguments.emplace_back("--check");
    auto process = ChildProcess::start(child);
    if (!process) return process.error();
    const auto ending = process->wait();
    if (ending.exit_code != 0 || ending.signal != 0)
      return Error{Errc::invalid_argument,
                   "[" + child.name + "] is refused by " + program + ", see its line above"};
  }
  return {};
}

}  // namespace slicecast::cli
