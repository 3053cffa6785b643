#include "services/cli/fetch_command.h"

#include "common/service/service.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {

std::vector<config::Option> with_fetch(std::vector<config::Option> own, double wait_s,
                                       const char* wait_doc) {
  own.push_back(
      {.name = "service", .default_value = "slice", .doc = "Name or kind of the slice server"});
  own.push_back({.name = "wait",
                 .type = config::Type::real,
                 .default_value = wait_s,
                 .unit = "s",
                 .doc = wait_doc,
                 .minimum = 0.1,
                 .maximum = 86400});
  return with_client(std::move(own));
}

Result<Fetching> connect_fetcher(const config::Settings& settings) {
  Fetching fetching;
  auto client = Client::create(settings);
  if (!client) return client.error();
  fetching.client = *std::move(client);
  fetching.wait =
      std::chrono::milliseconds(static_cast<std::int64_t>(1000 * settings.real("wait")));
  const auto service =
      fetching.client->find_of_kind("slice", settings.text("service"), fetching.wait);
  if (!service) return service.error();
  auto fetcher = SliceFetcher::create(*fetching.client, *service);
  if (!fetcher) return fetcher.error();
  fetching.fetcher = *std::move(fetcher);
  return fetching;
}

int run_fetch(const config::CommandSpec& spec, const std::vector<config::Option>& options,
              const std::function<Result<void>(const config::Settings&)>& check,
              const std::function<Result<void>(const config::Settings&)>& run, int argc,
              const char* const* argv) {
  const auto parsed = config::parse_command(spec, options, argc, argv);
  if (!parsed) return usage_error(spec.program, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = check(parsed->settings); !ok) return usage_error(spec.program, ok.error());
  if (auto ok = run(parsed->settings); !ok) return service::fail(spec.program, ok.error());
  return 0;
}

}  // namespace slicecast::cli
