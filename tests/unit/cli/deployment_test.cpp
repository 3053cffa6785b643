#include "services/cli/deployment.h"

#include <algorithm>

#include "tests/unit/cli/run_program.h"

using namespace slicecast;
using namespace slicecast::cli;

namespace {

std::string after(const ChildSpec& child, const std::string& flag) {
  const auto found = std::ranges::find(child.arguments, flag);
  return found == child.arguments.end() || found + 1 == child.arguments.end() ? "" : *(found + 1);
}

}  // namespace

TEST_CASE("a file that names unknown keys or a plugin without a command is refused") {
  const Folder folder;
  CHECK_FALSE(deployment(folder.path() / "absent.toml", "/bin"));
  const auto unknown = deployment(folder.write("a.toml", "thread = 2\n"), "/bin");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("did you mean 'threads'?") != std::string::npos);
  CHECK_FALSE(deployment(folder.write("b.toml", "[plugin.x]\n"), "/bin"));
  CHECK_FALSE(deployment(folder.write("c.toml", "[plugin.x]\ncommand = \"a 'b\"\n"), "/bin"));
  CHECK_FALSE(
      deployment(folder.write("d.toml", "[plugin.x]\ncommand = \"a\"\nnice = 40\n"), "/bin"));
}

TEST_CASE("a program that refuses its section stops everything before it starts") {
  const Folder folder;
  folder.write("slicecast-hub", "#!/bin/sh\nexit 0\n", true);
  folder.write("slicecast-projection", "#!/bin/sh\nexit 2\n", true);
  folder.write("slicecast-slice", "#!/bin/sh\nexit 0\n", true);
  const auto children = deployment(folder.write("a.toml", ""), folder.path());
  REQUIRE(children);
  const auto checked = check_deployment(*children);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message.find("[projection] is refused") != std::string::npos);
}

TEST_CASE("hub, projection and slice always run, the source and plugins when configured") {
  const Folder folder;
  const auto file = folder.write(
      "a.toml",
      "threads = 8\n[source]\nrate = 30\n[slice]\nthreads = 3\n[hub]\n"
      "[plugin.bubbles]\ncommand = \"/opt/find bubbles 'two words'\"\nthreshold = 0.5\n");
  const auto children = deployment(file, "/programs");
  REQUIRE(children);
  std::vector<std::string> names;
  for (const auto& child : *children) names.push_back(child.name);
  CHECK(names ==
        std::vector<std::string>{"hub", "source", "projection", "slice", "plugin.bubbles"});
  const auto& all = *children;
  CHECK(all[1].arguments.front() == "/programs/slicecast-source");
  CHECK(after(all[1], "--config") == file.string());
  CHECK(after(all[0], "--threads").empty());
  CHECK(after(all[1], "--threads") == "1");  // a third of the five that are left
  CHECK(after(all[2], "--threads") == "4");
  CHECK(after(all[3], "--threads").empty());  // says so itself
  CHECK(all[4].arguments == std::vector<std::string>{"/opt/find", "bubbles", "two words",
                                                     "--config", file.string(), "--name",
                                                     "bubbles"});
  CHECK(all[4].nice == 5);
  CHECK(all[3].nice == 0);
}

TEST_CASE("the hub of a file is where its section says, as this machine reaches it") {
  const Folder folder;
  const auto address = [&](const std::string& text) {
    const auto found = own_hub_address(folder.write("a.toml", text));
    return found ? *found : found.error().message;
  };
  CHECK_FALSE(own_hub_address(folder.write("b.toml", "[hub]\ncontrol_port = -1\n")));
  CHECK(address("") == "tcp://127.0.0.1:47600");
  CHECK(address("[hub]\ncontrol_port = 57600\n") == "tcp://127.0.0.1:57600");
  CHECK(address("[hub]\nbind = \"0.0.0.0\"\n") == "tcp://127.0.0.1:47600");
  CHECK(address("[hub]\nbind = \"192.0.2.1\"\n") == "tcp://192.0.2.1:47600");
  CHECK(address("[hub]\nbind = \"::1\"\n") == "tcp://[::1]:47600");
  CHECK(address("[hub]\ncontrol_port = 0\n").empty());
}

TEST_CASE("cores are divided by weight, at least one each, none left over") {
  CHECK(divide_cores(12, {0, 1, 2, 3}) == std::vector<int>{0, 2, 4, 6});
  CHECK(divide_cores(2, {0, 1, 2, 3}) == std::vector<int>{0, 1, 1, 1});
  CHECK(divide_cores(7, {0, 1, 2, 3}) == std::vector<int>{0, 1, 2, 4});
  CHECK(divide_cores(4, {0, 0}) == std::vector<int>{4, 0});
  CHECK(divide_cores(4, {}).empty());
}

TEST_CASE("commands are split at blanks outside quotes") {
  CHECK(split_command("")->empty());
  CHECK(*split_command("  a   b ") == std::vector<std::string>{"a", "b"});
  CHECK(*split_command("a 'b c' d\"e f\"") == std::vector<std::string>{"a", "b c", "de f"});
  CHECK(*split_command("a ''") == std::vector<std::string>{"a", ""});
}
