#include "common/base/error.h"
#include "common/base/image_view.h"

using namespace slicecast;

TEST_CASE("an empty view has no pixels") {
  const ImageView<float> none;
  CHECK(none.pixels == nullptr);
  CHECK(none.rows == 0);
  CHECK(none.columns == 0);
}

TEST_CASE("rows of a strided view skip what lies between them") {
  std::vector<int> pixels{0, 1, 2, -1, 10, 11, 12, -1};
  const ImageView<int> view(pixels.data(), 2, 3, 4);
  CHECK(view.row(1).size() == 3);
  CHECK(view.row(1)[0] == 10);
  CHECK(view(1, 2) == 12);
  view(0, 1) = 7;
  const ImageView<const int> readable = view;
  CHECK(readable(0, 1) == 7);
  CHECK(readable.stride == 4);
}

TEST_CASE("a result is a value or an error that names its code") {
  const Result<int> refused = Error{Errc::deadline_exceeded, "late; ask again"};
  CHECK_FALSE(refused);
  CHECK(std::string(to_string(refused.error().code)) == "deadline_exceeded");
  const Result<int> value = 3;
  REQUIRE(value);
  CHECK(*value == 3);
  CHECK(Result<void>());
  CHECK_FALSE(Result<void>(Error{Errc::io, "x"}));
  auto movable = Result<std::unique_ptr<int>>(std::make_unique<int>(4));
  CHECK(*std::move(movable).operator*() == 4);
}
