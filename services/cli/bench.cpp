// slicecast bench: every promised figure, measured on this machine.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/bench_row.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kBenchCommand = "slicecast bench";

std::vector<config::Option> bench_options() {
  using config::Type;
  return {
      {.name = "only",
       .default_value = "",
       .doc = "Rows whose names begin with one of these, separated by commas; empty: all"},
      {.name = "scale",
       .type = Type::real,
       .default_value = 1.0,
       .doc = "Size and duration: 1 is what the promises are about, CI uses less",
       .minimum = 0.001,
       .maximum = 10},
      {.name = "threads",
       .type = Type::integer,
       .default_value = 2,
       .doc = "Threads of computing rows, and cores that the services share",
       .minimum = 1,
       .maximum = 1024},
      {.name = "list",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Only print the rows and what is promised"},
      {.name = "json",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Print JSON instead of a table"},
      {.name = "markdown",
       .default_value = "",
       .doc = "Also write the rows to this file, as docs/benchmarks.md"},
      {.name = "peers",
       .default_value = "/usr/bin/python3",
       .doc = "Python whose ONNX Runtime, OpenCV and scikit-image are timed beside the rows nn and "
              "segment, where it has them; empty: none"},
      {.name = "check",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Exit with 1 when a row is missing or wrong in value, or an accuracy row misses its "
              "promise"},
  };
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

void print_list() {
  for (const BenchGroup& group : bench_groups())
    for (const BenchPromise& promise : group.promises) {
      BenchRow row;
      row.promise = promise;
      std::printf("%-36s %-20s %s\n", promise.name, row.promise_text().c_str(), promise.what);
    }
}

Result<void> write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    return Error{Errc::io, path + " cannot be written; give --markdown a file that can be"};
  return {};
}

// While this lives, what children print to stdout goes to stderr: stdout is for the rows.
class StdoutToStderr {
 public:
  StdoutToStderr() : own_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~StdoutToStderr() {
    std::fflush(stdout);
    if (own_ >= 0) dup2(own_, STDOUT_FILENO), close(own_);
  }
  StdoutToStderr(const StdoutToStderr&) = delete;
  StdoutToStderr& operator=(const StdoutToStderr&) = delete;

 private:
  int own_;
};

std::vector<BenchRow> measured(const BenchContext& context, const std::string& only) {
  const StdoutToStderr redirected;
  return run_benches(bench_groups(), context, split(only), [](const std::string& group) {
    std::fprintf(stderr, "%s ...\n", group.c_str());
  });
}

Result<bool> run(const config::Settings& settings, const std::string& only) {
  BenchContext context{settings.real("scale"), static_cast<int>(settings.integer("threads"))};
  getloadavg(&context.load_before, 1);
  context.peers = settings.text("peers");
  const auto rows = measured(context, only);
  if (rows.empty())
    return Error{Errc::not_found,
                 "no row is named '" + only + "'; 'slicecast bench --list' names them all"};
  std::fputs((settings.boolean("json") ? bench_json(rows) : bench_table(rows)).c_str(), stdout);
  if (const std::string& path = settings.text("markdown"); !path.empty())
    if (auto ok = write(path, bench_markdown(rows, context)); !ok) return ok.error();
  const auto faults = bench_faults(rows);
  for (const auto& fault : faults) std::fprintf(stderr, "%s: %s\n", kBenchCommand, fault.c_str());
  return faults.empty() || !settings.boolean("check");
}

}  // namespace

int run_bench(int argc, const char* const* argv) {
  const auto options = bench_options();
  const auto parsed = config::parse_command(
      {kBenchCommand,
       "Measures every promised figure of accuracy, speed, latency, throughput and memory, each "
       "beside its limit.",
       {{"NAMES", "Rows to measure, as --only", false, false}}},
      options, argc, argv);
  if (!parsed) return usage_error(kBenchCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (parsed->settings.boolean("list")) return print_list(), 0;
  const auto& words = parsed->arguments;
  const auto good = run(parsed->settings, words.empty() ? parsed->settings.text("only") : words[0]);
  if (!good) return service::fail(kBenchCommand, good.error());
  return *good ? 0 : 1;
}

}  // namespace slicecast::cli
