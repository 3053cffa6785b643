#include "tests/support/test_data.h"

#include <cstdlib>
#include <string_view>

namespace slicecast::testing {

std::optional<std::filesystem::path> test_data(const std::filesystem::path& relative) {
  const char* folder = std::getenv("SLICECAST_TEST_DATA");
  const std::filesystem::path path =
      std::filesystem::path(folder != nullptr ? folder : SLICECAST_TEST_DATA_DEFAULT) / relative;
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  const char* ci = std::getenv("CI");
  if (ci != nullptr && std::string_view(ci) == "true")
    FAIL("test data " << path << " is missing; set SLICECAST_TEST_DATA");
  WARN("test data " << path << " is missing, nothing was checked; set SLICECAST_TEST_DATA");
  return std::nullopt;
}

}  // namespace slicecast::testing
