// What `slicecast slice` and `slicecast volume` share: the options that say whom to ask and how
// long to wait, the connection, and the order of parsing, checking and running.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "common/config/program.h"
#include "services/cli/client.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {

// `own`, then service, wait (its default as given) and those of every client.
std::vector<config::Option> with_fetch(std::vector<config::Option> own, double wait_s,
                                       const char* wait_doc);

// A slice server that answers. The client must outlive the fetcher.
struct Fetching {
  std::unique_ptr<Client> client;
  std::unique_ptr<SliceFetcher> fetcher;
  std::chrono::milliseconds wait;
};
Result<Fetching> connect_fetcher(const config::Settings& settings);

// Exit code: 2 when `check` refuses the settings, else what the error of `run` means.
int run_fetch(const config::CommandSpec& spec, const std::vector<config::Option>& options,
              const std::function<Result<void>(const config::Settings&)>& check,
              const std::function<Result<void>(const config::Settings&)>& run, int argc,
              const char* const* argv);

}  // namespace slicecast::cli
