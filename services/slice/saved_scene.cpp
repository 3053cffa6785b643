#include "services/slice/saved_scene.h"

#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <span>
#include <system_error>

#include "common/io/atomic_file.h"

namespace slicecast::slice {
namespace {

constexpr std::uintmax_t kLargestSceneFile = 1 << 20;

}  // namespace

std::filesystem::path scene_path(const std::filesystem::path& directory, const std::string& name) {
  return directory / ("slice-" + name + ".json");
}

v1::Scene kept_slices(const v1::Scene& scene, const std::string& server) {
  v1::Scene kept;
  for (const v1::SceneSlice& slice : scene.slices())
    if (slice.pinned() && slice.owner() != server) *kept.add_slices() = slice;
  return kept;
}

Result<void> write_scene(const std::filesystem::path& path, const v1::Scene& scene) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  if (const auto told = google::protobuf::util::MessageToJsonString(scene, &text, options);
      !told.ok())
    return Error{Errc::io, "cannot write the pinned slices: " + told.ToString()};
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return Error{Errc::io, "cannot make " + path.parent_path().string() + ": " + error.message() +
                               "; choose another state_directory"};
  if (auto written = io::write_whole_file(path, std::as_bytes(std::span(text))); !written)
    return Error{written.error().code,
                 written.error().message + "; or choose another state_directory"};
  return {};
}

Result<v1::Scene> read_scene(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Error{Errc::not_found, "no pinned slices at " + path.string()};
  std::string text(size <= kLargestSceneFile ? size : 0, '\0');
  std::ifstream file(path, std::ios::binary);
  v1::Scene scene;
  if (text.empty() || !file.read(text.data(), static_cast<std::streamsize>(size)) ||
      !google::protobuf::util::JsonStringToMessage(text, &scene).ok())
    return Error{Errc::malformed, path.string() +
                                      " is damaged or holds no pinned slices; it is ignored, and "
                                      "replaced when slices change"};
  return scene;
}

}  // namespace slicecast::slice
