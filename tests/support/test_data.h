// Where the real data for tests lie: environment SLICECAST_TEST_DATA, default ../shared/data beside
// the source tree.
#pragma once

#include <filesystem>
#include <optional>

namespace slicecast::testing {

// The file or folder `relative` ("tooth/tooth.h5"). If it is missing: fails the running test where
// the environment says CI=true, else warns and returns nothing, upon which the test should return.
std::optional<std::filesystem::path> test_data(const std::filesystem::path& relative);

}  // namespace slicecast::testing
