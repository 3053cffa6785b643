#include <fstream>
#include <sstream>

#include "tests/unit/cli/run_program.h"

namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("keys are not made without a folder or over old ones") {
  const Folder folder;
  CHECK(run_slicecast_program({"keys"}).exit_code == 2);
  folder.write("public.key", "somebody's\n");
  const Outcome outcome = run_slicecast_program({"keys", folder.path().string()});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("is there already") != std::string::npos);
  CHECK(content(folder.path() / "public.key") == "somebody's\n");
}

TEST_CASE("new keys are a pair that only their owner can read, beside an allow-list") {
  const Folder folder;
  const auto keys = folder.path() / "new" / "keys";
  const Outcome outcome = run_slicecast_program({"keys", keys.string()});
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const std::string public_key = content(keys / "public.key");
  CHECK(public_key.size() == 41);
  CHECK(outcome.out.starts_with("public key " + public_key));
  CHECK(std::filesystem::is_directory(keys / "allowed"));
  CHECK((std::filesystem::status(keys / "secret.key").permissions() &
         (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
}

TEST_CASE("the committed configuration reference is what the programs print") {
  const Outcome outcome = run_slicecast_program({"reference"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  for (const char* section : {"## Top level", "## `[hub]`", "## `[source]`", "## `[projection]`",
                              "## `[slice]`", "## `[viewer]`", "## `[plugin.NAME]`"})
    CHECK(outcome.out.find(section) != std::string::npos);
  INFO("run: slicecast reference > docs/reference/configuration.md");
  CHECK(outcome.out == content(CONFIGURATION_REFERENCE));
}
