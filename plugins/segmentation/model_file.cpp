#include "plugins/segmentation/model_file.h"

#include <algorithm>
#include <system_error>
#include <vector>

namespace slicecast::segment {
namespace {

constexpr const char* kExtension = ".onnx";

std::string names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (std::filesystem::directory_iterator it(folder, ignored), end; it != end;
       it.increment(ignored))
    if (it->path().extension() == kExtension) names.push_back(it->path().stem().string());
  std::ranges::sort(names);
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::filesystem::path shipped_models() {
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share" / "slicecast" / "models";
}

Result<std::string> model_file(const std::string& given, const std::filesystem::path& shipped) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(given, ignored)) return given;
  const bool is_name = given.find('/') == std::string::npos;
  if (is_name)
    for (const std::string& name : {given, given + kExtension})
      if (std::filesystem::is_regular_file(shipped / name, ignored))
        return (shipped / name).string();
  const std::string names = names_in(shipped);
  return Error{Errc::not_found,
               "there is no model " + given + "; " +
                   (names.empty() ? "give the path of an ONNX file (" + shipped.string() +
                                        " has none, './dev build' copies them there)"
                                  : "give the path of an ONNX file or one of: " + names)};
}

}  // namespace slicecast::segment
