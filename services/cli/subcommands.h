// The subcommands of `slicecast`. A new one is a file with `int run_NAME(argc, argv)`, a
// declaration here and a row in subcommands.cpp.
#pragma once

#include <span>
#include <string>

#include "common/base/error.h"

namespace slicecast::cli {

struct Subcommand {
  const char* name;
  const char* doc;  // one line
  int (*run)(int argc,
             const char* const* argv);  // argv[0] is the subcommand; returns the exit code
};
std::span<const Subcommand> subcommands();

int run_up(int argc, const char* const* argv);
int run_status(int argc, const char* const* argv);
int run_params(int argc, const char* const* argv);
int run_slices(int argc, const char* const* argv);
int run_axis(int argc, const char* const* argv);
int run_source(int argc, const char* const* argv);
int run_slice(int argc, const char* const* argv);
int run_volume(int argc, const char* const* argv);
int run_reconstruct(int argc, const char* const* argv);
int run_demo(int argc, const char* const* argv);
int run_bench(int argc, const char* const* argv);
int run_doctor(int argc, const char* const* argv);
int run_keys(int argc, const char* const* argv);
int run_reference(int argc, const char* const* argv);

// What `slicecast` itself does: help, --version, the subcommand or a suggestion.
int run_slicecast(int argc, const char* const* argv);

// One line on stderr; exit code 2.
int usage_error(const std::string& program, const Error& error);

}  // namespace slicecast::cli
