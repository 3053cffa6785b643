#include "common/base/last_words.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

namespace slicecast {
namespace {

// No memory is taken from here on: there may be none.
std::array<char, 64> program_name{};

void say(std::initializer_list<std::string_view> words) {
  std::array<char, 512> line{};
  std::size_t length = 0;
  for (const std::string_view word : words)
    length += word.copy(line.data() + length, line.size() - 1 - length);
  line[length++] = '\n';
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), length);
}

[[noreturn]] void ran_out(std::string_view of_what) {
  say({program_name.data(), ": ", of_what});
  std::_Exit(1);
}

void end_with_reason() {
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
    say({program_name.data(), ": ended without a reason; this is a defect, please report it"});
  } catch (const std::bad_alloc&) {
    ran_out("out of memory; lower `memory`, or raise the limit of this process (ulimit -v)");
  } catch (const std::system_error& failure) {
    if (failure.code() == std::errc::resource_unavailable_try_again)
      ran_out(
          "no thread can be started; lower `threads`, or raise the limits of processes and memory "
          "(ulimit -u, ulimit -v)");
    if (failure.code() == std::errc::too_many_files_open)
      ran_out("out of open files; raise their limit (ulimit -n)");
    say({program_name.data(), ": ", failure.what(), "; this is a defect, please report it"});
  } catch (const std::exception& failure) {
    say({program_name.data(), ": ", failure.what(), "; this is a defect, please report it"});
  } catch (...) {
    say({program_name.data(), ": ended by what is no error; this is a defect, please report it"});
  }
  std::abort();
}

}  // namespace

void end_in_plain_words(const std::string& program) {
  const std::size_t length = program.copy(program_name.data(), program_name.size() - 1);
  program_name[length] = '\0';
  std::set_terminate(end_with_reason);
}

}  // namespace slicecast
