// In processes of their own: these end.
#include "common/base/last_words.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "common/base/open_files.h"

using namespace slicecast;

namespace {

struct End {
  int exit_code = -1, signal = 0;
  std::string said;
};

End end_of(const std::function<void()>& program) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // Catch's own would speak too
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    end_in_plain_words("slicecast-test");
    program();
    std::_Exit(0);
  }
  close(ends[1]);
  End end;
  char text[256];
  for (ssize_t n = 0; (n = read(ends[0], text, sizeof text)) > 0;)
    end.said.append(text, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

template <class Failure>
void fail(const Failure& failure) {
  std::jthread([&] { throw failure; }).join();
}

}  // namespace

TEST_CASE("what has run out is named with its remedy, on any thread, and the code is 1") {
  const auto code = [](std::errc reason) { return std::make_error_code(reason); };
  const std::pair<std::function<void()>, const char*> cases[] = {
      {[] { fail(std::bad_alloc()); }, "slicecast-test: out of memory; lower `memory`"},
      {[&] { fail(std::system_error(code(std::errc::resource_unavailable_try_again))); },
       "slicecast-test: no thread can be started"},
      {[&] { fail(std::system_error(code(std::errc::too_many_files_open))); },
       "slicecast-test: out of open files"},
  };
  for (const auto& [program, says] : cases) {
    const End end = end_of(program);
    CAPTURE(end.said);
    CHECK(end.exit_code == 1);
    CHECK(end.said.starts_with(says));
    CHECK(std::ranges::count(end.said, '\n') == 1);
  }
}

TEST_CASE("any other exception is a defect: one line, and the abort that debuggers see") {
  const End end = end_of([] { fail(std::logic_error("the moon is full")); });
  CAPTURE(end.said);
  CHECK(end.signal == SIGABRT);
  CHECK(end.said.starts_with("slicecast-test: the moon is full; this is a defect"));
}

TEST_CASE("a limit of too few open files is refused, and a soft one raised") {
  const End few = end_of([] {
    const rlimit limit{20, 64};
    setrlimit(RLIMIT_NOFILE, &limit);
    const auto raised = raise_limit_of_open_files();
    std::_Exit(!raised && raised.error().message.find("ulimit -n") != std::string::npos ? 7 : 8);
  });
  CHECK(few.exit_code == 7);
  const End soft = end_of([] {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 20;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (!raise_limit_of_open_files()) std::_Exit(8);
    getrlimit(RLIMIT_NOFILE, &limit);
    std::_Exit(limit.rlim_cur >= 128 ? 7 : 9);
  });
  CHECK(soft.exit_code == 7);
}
