#include <algorithm>

#include "tests/unit/cli/run_program.h"

namespace {

struct Refusal {
  std::vector<std::string> arguments;
  std::string says;  // part of the one line
};

}  // namespace

TEST_CASE("every wrong use gets one line on stderr that says what to do, and exit code 2") {
  const Folder folder;
  const std::string wrong_key = folder.write("key.toml", "[slice]\n[projektion]\n").string();
  const std::string wrong_toml = folder.write("toml.toml", "threads = \n").string();
  const std::string wrong_value = folder.write("value.toml", "threads = \"two\"\n").string();
  const std::string no_command = folder.write("plugin.toml", "[plugin.x]\nnice = 3\n").string();
  for (const Refusal& refusal : std::vector<Refusal>{
           {{"dmeo"}, "did you mean 'demo'?"},
           {{"frobnicate"}, "--help"},
           {{"up"}, "CONFIG is missing"},
           {{"up", "/no/such.toml"}, "no such file"},
           {{"up", wrong_key},
            "key.toml:2: unknown section [projektion]; did you mean 'projection'?"},
           {{"up", wrong_toml}, "toml.toml:1: not TOML"},
           {{"up", wrong_value}, "value.toml:1: threads must be a whole number"},
           {{"up", no_command}, "[plugin.x] has no command"},
           {{"status", "--jsno"}, "did you mean '--json'?"},
           {{"status", "--timeout", "soon"}, "--timeout must be a number"},
           {{"params"}, "ACTION is missing"},
           {{"params", "gte", "filter"}, "unknown action 'gte'"},
           {{"params", "get"}, "wrong arguments"},
           {{"slice", "--out", "a.png"}, "--pose is missing"},
           {{"slice", "--pose", "xy@0"}, "--out is missing"},
           {{"slice", "--pose", "xq@0", "--out", "a.png"}, "pose 'xq@0'"},
           {{"slice", "--pose", "xy@0", "--out", "a.bmp"}, ".npy, .tif or .png"},
           {{"slice", "--pose", "xy@0", "--out", "a.png", "--size", "0"}, "--size must be between"},
           {{"slice", "--pose", "0,0,0,1,0,0,0,1,0", "--pixel", "0.5", "--out", "a.png"},
            "leave --pixel out"},
           {{"volume"}, "--out is missing"},
           {{"volume", "--out", "a.png"}, ".npy"},
           {{"demo", "--cone", "--file", "x.h5"}, "--cone belongs to a simulated scan"},
           {{"demo", "--file", "/no/such.h5"}, "cannot be read"},
           {{"doctor", "--confg", "x.toml"}, "did you mean '--config'?"},
       }) {
    const Outcome outcome = run_slicecast_program(refusal.arguments);
    CAPTURE(refusal.arguments, outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find(refusal.says) != std::string::npos);
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a hub that is not there is one line with the remedy") {
  // Nobody listens on the discard port of loopback.
  const Outcome outcome =
      run_slicecast_program({"status", "--hub", "tcp://127.0.0.1:9", "--timeout", "0.1"});
  CHECK(outcome.exit_code != 0);
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
  CHECK(outcome.err.find("slicecast up") != std::string::npos);
  CHECK(outcome.err.find("slicecast status`") == std::string::npos);  // it is what was asked
}

TEST_CASE("a result that cannot be written to its output is no success") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"reference"}, {"bench", "--list"}, {"--help"}, {"--version"}}) {
    const Outcome outcome = run_slicecast_program(arguments, "/dev/full");
    CAPTURE(arguments, outcome.err);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.err.find("cannot be written to its output") != std::string::npos);
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
  }
}

TEST_CASE("help and version are printed and succeed") {
  CHECK(run_slicecast_program({"--version"}).out.starts_with("slicecast "));
  for (const char* command : {"up", "demo", "status", "params", "slice", "volume", "doctor"}) {
    const Outcome outcome = run_slicecast_program({command, "--help"});
    CAPTURE(command, outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out.find("Usage: slicecast " + std::string(command)) != std::string::npos);
    CHECK(run_slicecast_program({"--help"}).out.find(command) != std::string::npos);
  }
  CHECK(run_slicecast_program({}).exit_code == 2);
}
