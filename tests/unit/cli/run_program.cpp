#include "tests/unit/cli/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

[[noreturn]] void execute(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(pointers[0], pointers.data());
  _exit(127);
}

}  // namespace

std::filesystem::path program_binaries() {
  if (const char* folder = std::getenv("SLICECAST_BIN")) return folder;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

Outcome run_slicecast_program(std::vector<std::string> arguments,
                              const std::filesystem::path& output) {
  arguments.insert(arguments.begin(), (program_binaries() / "slicecast").string());
  const Folder folder;
  const auto out = output.empty() ? folder.path() / "out" : output, err = folder.path() / "err";
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    execute(arguments);
  }
  Outcome outcome;
  outcome.exit_code = wait_for_exit(pid);
  if (output.empty()) outcome.out = content_of(out);
  outcome.err = content_of(err);
  return outcome;
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "slicecast-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::write(const std::string& name, const std::string& text,
                                    bool executable) const {
  const auto file = path_ / name;
  std::ofstream(file) << text;
  if (executable) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

Witness::Witness() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  reader_ = ends[0];
  writer_ = ends[1];
}

Witness::~Witness() {
  close(reader_);
  if (writer_ >= 0) close(writer_);
}

void Witness::close_our_writer() {
  close(writer_);
  writer_ = -1;
}

std::string Witness::line() {
  std::string text;
  for (char c = 0; read(reader_, &c, 1) == 1 && c != '\n';) text += c;
  return text;
}

bool Witness::all_gone() {
  char c = 0;
  ssize_t got = 0;
  while ((got = read(reader_, &c, 1)) == 1) {
  }
  return got == 0;
}

pid_t spawn(const std::vector<std::string>& arguments) {
  const pid_t pid = fork();
  if (pid == 0) execute(arguments);
  return pid;
}

int wait_for_exit(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
