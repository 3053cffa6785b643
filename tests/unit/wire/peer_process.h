// Runs wire_peer, talks to it by lines, and stops, continues and kills it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace slicecast::wire::test {

class PeerProcess {
 public:
  explicit PeerProcess(const std::vector<std::string>& arguments);
  ~PeerProcess();  // kills and reaps
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  void signal(int number);  // SIGSTOP: returns once all of it stands still
  void write_line();
  std::string read_line();  // empty at the hang guard
  std::string ask() {
    write_line();
    return read_line();
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
};

// The number after `name=` in a peer's answer.
std::uint64_t field(const std::string& line, const std::string& name);

}  // namespace slicecast::wire::test
