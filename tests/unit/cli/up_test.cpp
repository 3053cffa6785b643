// `slicecast up` with the real hub, and shell scripts in the place of the other services.
#include <signal.h>

#include <set>

#include "tests/unit/cli/run_program.h"

namespace {

// The programs beside a copy of slicecast, and a configuration for them.
class Installation {
 public:
  // `rest`: what the scripts do once they have told their process.
  Installation(int witness, const std::string& rest) {
    for (const char* program : {"slicecast", "slicecast-hub"})
      std::filesystem::copy_file(program_binaries() / program, folder_.path() / program);
    for (const std::string name : {"projection", "slice"})
      folder_.write("slicecast-" + name,
                    "#!/bin/sh\ncase \"$*\" in *--check*) exit 0;; esac\necho " + name + " $$ >&" +
                        std::to_string(witness) + "\n" + rest + "\n",
                    true);
    config_ = folder_.write("up.toml",
                            "[hub]\ncontrol_port = 0\nmetrics_port = -1\nlog_level = "
                            "\"error\"\n");
  }
  void write(const std::string& name, const std::string& text) const {
    folder_.write(name, text, name.starts_with("slicecast-"));
  }
  std::vector<std::string> up() const {
    return {(folder_.path() / "slicecast").string(), "up", config_.string()};
  }

 private:
  Folder folder_;
  std::filesystem::path config_;
};

// "projection 123" -> name and process.
std::pair<std::string, pid_t> report(Witness& witness) {
  const std::string line = witness.line();
  const auto blank = line.find(' ');
  return {line.substr(0, blank), blank == std::string::npos ? -1 : std::stoi(line.substr(blank))};
}

}  // namespace

TEST_CASE("up restarts a killed child and leaves no process behind when it is told to stop") {
  Witness witness;
  const Installation installation(witness.writer(), "sleep 1000 & wait");
  const pid_t up = spawn(installation.up());
  witness.close_our_writer();
  const auto first = report(witness), second = report(witness);
  CHECK(std::set<std::string>{first.first, second.first} ==
        std::set<std::string>{"projection", "slice"});
  REQUIRE(first.second > 0);
  kill(first.second, SIGKILL);
  const auto again = report(witness);
  CHECK(again.first == first.first);
  CHECK(again.second != first.second);
  kill(up, SIGTERM);
  CHECK(wait_for_exit(up) == 0);
  CHECK(witness.all_gone());
}

TEST_CASE("up that is killed takes its children with it") {
  Witness witness;
  const Installation installation(witness.writer(), "exec sleep 1000");
  const pid_t up = spawn(installation.up());
  witness.close_our_writer();
  report(witness);
  report(witness);
  kill(up, SIGKILL);
  CHECK(wait_for_exit(up) == 128 + SIGKILL);
  CHECK(witness.all_gone());
}

TEST_CASE("up ends with code 2 and leaves nothing when a service is refused") {
  Witness witness;
  const Installation installation(witness.writer(),
                                  "case $0 in *slice) exit 2;; esac\nsleep 1000 & wait");
  const pid_t up = spawn(installation.up());
  witness.close_our_writer();
  CHECK(wait_for_exit(up) == 2);
  CHECK(witness.all_gone());
}

TEST_CASE("up tells all that it starts where its own hub is") {
  Witness witness;
  const Installation installation(witness.writer(), "exit 0");
  installation.write("slicecast-slice", "#!/bin/sh\necho \"$SLICECAST_HUB\" >&" +
                                            std::to_string(witness.writer()) + "\nexit 2\n");
  installation.write("up.toml", "[hub]\ncontrol_port = 57600\n");
  const pid_t up = spawn(installation.up());
  witness.close_our_writer();
  CHECK(witness.line() == "tcp://127.0.0.1:57600");
  CHECK(wait_for_exit(up) == 2);  // refused by --check: nothing was started
  CHECK(witness.all_gone());
}
