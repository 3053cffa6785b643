// slicecast params list | get NAME | set NAME=VALUE... --service S
#include <algorithm>
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/client.h"
#include "services/cli/status_text.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kParamsCommand = "slicecast params";

config::Option option_from(const v1::Parameter& parameter) {
  config::Option option;
  option.name = parameter.name();
  option.type = static_cast<config::Type>(parameter.type());
  option.default_value = service::value_from(parameter.default_value());
  option.unit = parameter.unit();
  if (parameter.has_minimum()) option.minimum = parameter.minimum();
  if (parameter.has_maximum()) option.maximum = parameter.maximum();
  option.choices.assign(parameter.choices().begin(), parameter.choices().end());
  return option;
}

Error unknown_parameter(const std::string& name, const v1::Parameters& all) {
  std::vector<std::string> names;
  for (const auto& parameter : all.parameters()) names.push_back(parameter.name());
  const std::string near = config::suggestion(name, names);
  return {Errc::not_found, "unknown parameter '" + name + "'" +
                               (near.empty() ? "; 'slicecast params list' shows all"
                                             : "; did you mean '" + near + "'?")};
}

const v1::Parameter* find(const v1::Parameters& all, const std::string& name) {
  const auto found =
      std::ranges::find(all.parameters(), name, [](const auto& it) { return it.name(); });
  return found == all.parameters().end() ? nullptr : &*found;
}

std::string value_text(const v1::Parameter& parameter) {
  return config::to_text(service::value_from(parameter.value()));
}

void print_list(const v1::Parameters& all) {
  std::vector<std::vector<std::string>> rows = {{"NAME", "VALUE", "UNIT", "LIVE", "MEANING"}};
  for (const auto& parameter : all.parameters())
    rows.push_back({parameter.name(), value_text(parameter), parameter.unit(),
                    parameter.live() ? "yes" : "", parameter.doc()});
  std::fputs(aligned(rows).c_str(), stdout);
}

// NAME=VALUE read by the types that the service declares.
Result<v1::Request> set_request(const v1::Parameters& all,
                                std::span<const std::string> assignments) {
  v1::Request request;
  auto& values = *request.mutable_set_parameters()->mutable_values();
  for (const auto& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos)
      return Error{Errc::invalid_argument, "'" + assignment + "' sets nothing; write NAME=VALUE"};
    const std::string name = assignment.substr(0, equals);
    const v1::Parameter* parameter = find(all, name);
    if (parameter == nullptr) return unknown_parameter(name, all);
    const config::Option option = option_from(*parameter);
    const auto value = config::parse_value(option, assignment.substr(equals + 1));
    if (!value) return value.error();
    values[name] = service::to_proto(*value, option.type);
  }
  return request;
}

Result<void> run(Client& client, const std::string& service_name,
                 const std::vector<std::string>& words) {
  const auto service = client.find_answering(service_name, client.timeout());
  if (!service) return service.error();
  v1::Request ask;
  ask.mutable_list_parameters();
  const auto listed = client.ask(*service, ask);
  if (!listed) return listed.error();
  const v1::Parameters& all = listed->parameters();
  if (words[0] == "list") {
    print_list(all);
    return {};
  }
  if (words[0] == "get") {
    const v1::Parameter* parameter = find(all, words[1]);
    if (parameter == nullptr) return unknown_parameter(words[1], all);
    std::puts(value_text(*parameter).c_str());
    return {};
  }
  const auto names = std::span(words).subspan(1);
  auto request = set_request(all, names);
  if (!request) return request.error();
  const auto reply = client.ask(*service, *std::move(request));
  if (!reply) return reply.error();
  for (const auto& assignment : names) {
    const std::string name = assignment.substr(0, assignment.find('='));
    if (const auto* parameter = find(reply->parameters(), name))
      std::printf("%s = %s\n", name.c_str(), value_text(*parameter).c_str());
  }
  return {};
}

Result<void> check_words(const std::vector<std::string>& words) {
  const std::string usage = "; write list, get NAME, or set NAME=VALUE ...";
  if (words[0] != "list" && words[0] != "get" && words[0] != "set")
    return Error{Errc::invalid_argument, "unknown action '" + words[0] + "'" + usage};
  const bool fits = words[0] == "list"  ? words.size() == 1
                    : words[0] == "get" ? words.size() == 2
                                        : words.size() >= 2;
  if (!fits) return Error{Errc::invalid_argument, words[0] + " has the wrong arguments" + usage};
  return {};
}

}  // namespace

int run_params(int argc, const char* const* argv) {
  const auto options = with_client({{.name = "service",
                                     .default_value = "projection",
                                     .doc = "Name or kind of the service that is asked"}});
  const auto parsed =
      config::parse_command({kParamsCommand,
                             "Lists, reads and changes the live parameters of a service.",
                             {{"ACTION", "list, get NAME, or set NAME=VALUE ...", true, true}}},
                            options, argc, argv);
  if (!parsed) return usage_error(kParamsCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = check_words(parsed->arguments); !ok) return usage_error(kParamsCommand, ok.error());
  auto client = Client::create(parsed->settings);
  if (!client) return service::fail(kParamsCommand, client.error());
  if (auto ok = run(**client, parsed->settings.text("service"), parsed->arguments); !ok)
    return service::fail(kParamsCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
