// The subcommands of `slicecast-model`. Each returns the exit code: 0; 1: what was asked does not
// hold; 2: it could not be tried.
#pragma once

#include <string>

#include "common/base/error.h"

namespace slicecast::model {

int run_convert(int argc, const char* const* argv);
int run_inspect(int argc, const char* const* argv);
int run_check(int argc, const char* const* argv);
int run_time(int argc, const char* const* argv);

int fail(const std::string& command, const Error& error);  // one line on stderr; 2

}  // namespace slicecast::model
