// Small images for the tests of the state models, and a folder that goes with its test.
#pragma once

#include <filesystem>
#include <string>

#include "viewer/model/overlay_match.h"
#include "viewer/model/slice_version.h"

namespace slicecast::viewer::testing {

inline constexpr std::int64_t kMs = 1'000'000, kSecond = 1'000'000'000;

// float32, values 0, 1, 2, ...; slice "s", scan "scan", instance 1.
SliceVersion plain_version(std::uint64_t version, std::int64_t arrived_ns, int rows = 2,
                           int columns = 3);
SliceVersionPtr version_of(std::uint64_t version, std::int64_t arrived_ns,
                           std::uint64_t pose_revision = 1);
// uint8 labels of 2 x 3 pixels computed from that version.
OverlayImagePtr labels_of(const SliceVersion& input, std::int64_t arrived_ns = 0);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string text_of(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace slicecast::viewer::testing
