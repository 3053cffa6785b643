#include "common/log/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace slicecast;

TEST_CASE("an unknown level or a file that cannot be written is refused with the remedy") {
  const auto level = log::start("slice", "loud");
  REQUIRE_FALSE(level);
  CHECK(level.error().message.find("trace, debug, info") != std::string::npos);
  const auto file = log::start("slice", "info", "/proc/no/such/place.log");
  REQUIRE_FALSE(file);
  CHECK(file.error().code == Errc::io);
  // One would be renamed at 10 MiB, the other waited for.
  const std::filesystem::path pipe = std::filesystem::temp_directory_path() /
                                     ("slicecast_log_" + std::to_string(getpid()) + ".pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::filesystem::path& special : {std::filesystem::path("/dev/null"), pipe}) {
    const auto refused = log::start("slice", "info", special);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_argument);
  }
  std::filesystem::remove(pipe);
}

TEST_CASE("lines at or above the level reach the file") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("slicecast_log_" + std::to_string(getpid()) + ".log");
  REQUIRE(log::start("slice", "warning", path));
  spdlog::info("not this one");
  spdlog::warn("this one");
  spdlog::default_logger()->flush();
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(text.find("slice: this one") != std::string::npos);
  CHECK(text.find("not this one") == std::string::npos);
  std::filesystem::remove(path);
  REQUIRE(log::start("test", "error"));
}

TEST_CASE("a message that repeats passes once per interval and call site") {
  CHECK(log::every("first site", 3600));
  CHECK_FALSE(log::every("first site", 3600));
  CHECK(log::every("second site", 0));
  CHECK(log::every("second site", 0));
}
