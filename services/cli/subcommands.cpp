#include "services/cli/subcommands.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/option.h"
#include "common/config/version.h"
#include "common/io/partial_files.h"

namespace slicecast::cli {
namespace {

constexpr Subcommand kSubcommands[] = {
    {"up", "Start the services of a configuration file and keep them running", run_up},
    {"demo", "Stream a simulated or recorded scan through all services and watch", run_demo},
    {"status", "Who is there, how fast, and what was lost and why", run_status},
    {"params", "List, read and change the live parameters of a service", run_params},
    {"slices", "List, add, move and remove the live slices that everybody sees", run_slices},
    {"axis", "Find the rotation axis of the running scan, and follow it", run_axis},
    {"source", "Start and stop the source", run_source},
    {"slice", "Fetch one reconstructed slice of any pose", run_slice},
    {"volume", "Fetch a whole reconstructed volume", run_volume},
    {"reconstruct", "Reconstruct a recorded scan in this process, without services",
     run_reconstruct},
    {"bench", "Measure every promised figure on this machine, beside its limit", run_bench},
    {"doctor", "Check this machine and say what to change", run_doctor},
    {"keys", "Make the keys of encrypted links", run_keys},
    {"reference", "Print the configuration reference as Markdown", run_reference},
};

// A result that did not reach its file must not look like success.
int written_out(int exit_code, const std::string& program) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  std::fprintf(stderr,
               "%s: what it prints cannot be written to its output; look for a full disk "
               "or a closed pipe\n",
               program.c_str());
  return exit_code == 0 ? 1 : exit_code;
}

void print_help() {
  std::puts(
      "slicecast: live tomography, from projections to slices\n\nUsage: slicecast COMMAND "
      "[OPTIONS]\n");
  for (const auto& command : kSubcommands) std::printf("  %-12s %s\n", command.name, command.doc);
  std::puts(
      "\n  --version    Show the version\n\n'slicecast COMMAND --help' explains one command.");
}

}  // namespace

std::span<const Subcommand> subcommands() {
  return kSubcommands;
}

int usage_error(const std::string& program, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), error.message.c_str());
  return 2;
}

int run_slicecast(int argc, const char* const* argv) {
  if (argc < 2) {
    print_help();
    return 2;
  }
  const std::string_view name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") {
    print_help();
    return written_out(0, "slicecast");
  }
  if (name == "--version") {
    std::printf("slicecast %s\n", config::version());
    return written_out(0, "slicecast");
  }
  const auto found = std::ranges::find(kSubcommands, name,
                                       [](const auto& it) { return std::string_view(it.name); });
  if (found != std::end(kSubcommands)) {
    // Those with a stop signal of their own block these signals, and so never come to it.
    io::remove_partial_files_on_signals();
    std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is an error that write() tells
    return written_out(found->run(argc - 1, argv + 1), std::string("slicecast ") + found->name);
  }
  std::vector<std::string> names;
  for (const auto& command : kSubcommands) names.emplace_back(command.name);
  const std::string near = config::suggestion(name, names);
  return usage_error(
      "slicecast", {Errc::invalid_argument, "unknown command '" + std::string(name) + "'" +
                                                (near.empty() ? "; 'slicecast --help' lists them"
                                                              : "; did you mean '" + near + "'?")});
}

}  // namespace slicecast::cli
