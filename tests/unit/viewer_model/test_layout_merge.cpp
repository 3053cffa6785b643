// Two viewers that keep their layouts in one file.
#include "tests/unit/viewer_model/images.h"
#include "viewer/model/layout.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Names = std::vector<std::string>;

TEST_CASE("a file that cannot be read keeps nobody from saving") {
  TemporaryFolder folder;
  write_text(folder / "layouts.toml", "panels = [");
  LayoutBook book(1280, 800);
  REQUIRE(book.save_as("mine"));
  REQUIRE(book.save(folder / "layouts.toml"));
  LayoutBook again(1280, 800);
  CHECK(again.restore(folder / "layouts.toml").empty());
  CHECK(again.names() == Names{"default", "mine"});
}

TEST_CASE("names that another viewer saved or deleted meanwhile are taken over, one's own win") {
  TemporaryFolder folder;
  const auto path = folder / "layouts.toml";
  LayoutBook first(1280, 800), second(1280, 800);
  REQUIRE(first.save_as("old"));
  REQUIRE(first.save_as("both"));
  REQUIRE(first.save(path));
  REQUIRE(second.restore(path).empty());

  second.current().theme = Theme::light;
  REQUIRE(second.save_as("second"));
  REQUIRE(second.save_as("both"));
  REQUIRE(second.forget("old"));
  REQUIRE(second.save(path));
  REQUIRE(first.save_as("first"));
  REQUIRE(first.save(path));
  CHECK(first.names() == Names{"default", "both", "first", "second"});
  REQUIRE(first.use("both"));
  CHECK(first.current().theme == Theme::light);  // saved later, over there

  LayoutBook third(1280, 800);
  REQUIRE(third.restore(path).empty());
  CHECK(third.names() == first.names());
}

TEST_CASE("what is edited while another thread writes is still to be written") {
  TemporaryFolder folder;
  const auto path = folder / "layouts.toml";
  LayoutBook book(1280, 800);
  REQUIRE(book.save_as("one"));
  LayoutBook written = book;
  REQUIRE(book.save_as("two"));  // meanwhile
  REQUIRE(written.save(path));
  book.adopt(written);
  CHECK(book.names() == Names{"default", "one", "two"});
  REQUIRE(book.save(path));
  LayoutBook again(1280, 800);
  REQUIRE(again.restore(path).empty());
  CHECK(again.names() == Names{"default", "one", "two"});
}
