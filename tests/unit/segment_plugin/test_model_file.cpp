#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plugins/segmentation/model_file.h"

using namespace slicecast;
using slicecast::segment::model_file;

namespace {

struct Models {
  std::filesystem::path folder;
  Models() {
    std::string pattern = (std::filesystem::temp_directory_path() / "models-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    for (const char* name : {"gel.onnx", "foam.onnx", "notes.txt"})
      std::ofstream(folder / name) << "any";
  }
  ~Models() { std::filesystem::remove_all(folder); }
};

}  // namespace

TEST_CASE("a model that is not there is refused with the names of those that are") {
  const Models models;
  const auto wrong = model_file("gell", models.folder);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message ==
        "there is no model gell; give the path of an ONNX file or one of: foam, gel");
  CHECK_FALSE(model_file("", models.folder));
  CHECK_FALSE(model_file("no/gel.onnx", models.folder));  // a path is a path
  const auto none = model_file("gel", models.folder / "absent");
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().message, Catch::Contains("./dev build"));
}

TEST_CASE("a shipped model is found by its name, a file by its path") {
  const Models models;
  const std::string gel = (models.folder / "gel.onnx").string();
  for (const std::string& given : {std::string("gel"), std::string("gel.onnx"), gel}) {
    const auto found = model_file(given, models.folder);
    REQUIRE(found);
    CHECK(*found == gel);
  }
}
