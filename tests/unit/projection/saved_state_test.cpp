#include <filesystem>
#include <fstream>

#include "services/projection/saved_state.h"

using namespace slicecast;
using namespace slicecast::projection;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "projection-state-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

SavedState example() {
  SavedState state;
  state.scan.set_scan_id("scan-7");
  state.scan.mutable_geometry()->set_columns(3);
  state.parameters = {{"axis_column", {-1.0, 1.25}},
                      {"filter", {std::string("ram_lak"), std::string("hann")}},
                      {"rings", {false, true}},
                      {"binning", {std::int64_t{1}, std::int64_t{2}}},
                      {"roi", {std::vector<double>{}, std::vector<double>{0, 1, 2, 3}}}};
  state.calibration = {.dark = std::make_shared<recon::FloatImage>(recon::FloatImage{1, 2, 3}),
                       .flat = std::make_shared<recon::FloatImage>(recon::FloatImage{4, 5, 6}),
                       .dark_count = 2,
                       .flat_count = 9,
                       .rows = 1,
                       .columns = 3};
  return state;
}

void spoil(const std::filesystem::path& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char was = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(was ^ 1));
}

}  // namespace

TEST_CASE("a state that is not there is not found, and a foreign file is malformed") {
  const Folder folder;
  const auto path = state_path(folder.path, "p");
  CHECK(read_state(path).error().code == Errc::not_found);
  std::ofstream(path) << "this file belongs to somebody else altogether\n";
  CHECK(read_state(path).error().code == Errc::malformed);
}

TEST_CASE("a state with any byte changed or cut off is refused") {
  const Folder folder;
  const auto path = state_path(folder.path, "p");
  REQUIRE(write_state(path, example()));
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  for (std::streamoff at = 0; at < size; ++at) {
    spoil(path, at);
    const auto read = read_state(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::malformed);
    spoil(path, at);
  }
  REQUIRE(read_state(path));
  for (std::streamoff left : {size - 1, size / 2, std::streamoff{30}, std::streamoff{0}}) {
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(left));
    CHECK_FALSE(read_state(path));
    REQUIRE(write_state(path, example()));
  }
}

TEST_CASE("a folder that cannot be written is an error with a remedy") {
  const auto written = write_state("/proc/no/such/folder/p.state", example());
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("state_directory") != std::string::npos);
}

TEST_CASE("the state survives a round trip") {
  const Folder folder;
  const auto path = state_path(folder.path / "made" / "on the way", "p");
  REQUIRE(write_state(path, example()));
  const auto read = read_state(path);
  REQUIRE(read);
  CHECK(read->scan.scan_id() == "scan-7");
  REQUIRE(read->parameters.size() == 5);
  for (const auto& [name, parameter] : example().parameters) {
    CAPTURE(name);
    CHECK(read->parameters.at(name).live == parameter.live);
    CHECK(read->parameters.at(name).configured == parameter.configured);
  }
  REQUIRE(read->calibration.dark);
  CHECK(*read->calibration.dark == recon::FloatImage{1, 2, 3});
  CHECK(*read->calibration.flat == recon::FloatImage{4, 5, 6});
  CHECK(read->calibration.dark_count == 2);
  CHECK(read->calibration.flat_count == 9);
}

TEST_CASE("a state without darks and flats survives too") {
  const Folder folder;
  const auto path = state_path(folder.path, "p");
  SavedState state = example();
  state.calibration = {};
  REQUIRE(write_state(path, state));
  const auto read = read_state(path);
  REQUIRE(read);
  CHECK(read->calibration.empty());
}
