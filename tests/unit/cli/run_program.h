// Real processes for the tests of the command line tool.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

// Folder of the built programs.
std::filesystem::path program_binaries();

struct Outcome {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out, err;
};
// Runs `slicecast ARGUMENTS` to its end. `output`: a device that takes its stdout; empty: kept.
Outcome run_slicecast_program(std::vector<std::string> arguments,
                              const std::filesystem::path& output = {});

// A folder that is removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text,
                              bool executable = false) const;

 private:
  std::filesystem::path path_;
};

// A pipe whose writing end all processes started from now on inherit, also those that they start:
// the reading end reports their lines, and its end of file that none of them is left.
class Witness {
 public:
  Witness();
  ~Witness();
  int writer() const { return writer_; }  // number of the descriptor in the children
  void close_our_writer();
  std::string line();  // the next line; blocks; empty at end of file
  bool all_gone();     // reads to the end of file; blocks

 private:
  int reader_ = -1, writer_ = -1;
};

// Starts a program that the test ends and waits for.
pid_t spawn(const std::vector<std::string>& arguments);
int wait_for_exit(pid_t pid);  // exit code, or 128 + signal
