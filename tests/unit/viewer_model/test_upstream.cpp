// Source and projection server behind a slice server that is live.
#include <optional>
#include <string>

#include "tests/unit/viewer_model/images.h"
#include "viewer/model/upstream.h"

using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;

TEST_CASE("who was never there is not missed, nor is a plugin that left") {
  Upstream upstream;
  CHECK_FALSE(upstream.trouble(0, false));
  upstream.begin();
  upstream.answers("plugin", "threshold", kSecond);
  upstream.begin();
  CHECK_FALSE(upstream.trouble(100 * kSecond, false));
}

TEST_CASE(
    "a source or projection server that stops answering is told, and taken back when it is there") {
  for (const std::string kind : {"source", "projection"}) {
    INFO(kind);
    Upstream upstream;
    upstream.begin();
    upstream.answers(kind, "here", kSecond);
    CHECK_FALSE(upstream.trouble(60 * kSecond, false));  // no report since: nothing is known
    upstream.begin();                                    // a report without it
    CHECK_FALSE(upstream.trouble(2 * kSecond, false));
    const auto silent = upstream.trouble(5 * kSecond, false);
    REQUIRE(silent);
    CHECK(silent->text == "here silent 4 s");
    CHECK(silent->shape == StatusShape::triangle);
    CHECK_FALSE(silent->remedy.empty());
    CHECK(upstream.trouble(20 * kSecond, false)->shape == StatusShape::cross);
    CHECK(upstream.trouble(20 * kSecond, true).has_value() == (kind == "projection"));
    upstream.begin();
    upstream.answers(kind, "there", 21 * kSecond);
    CHECK_FALSE(upstream.trouble(21 * kSecond, false));
    upstream.begin();
    upstream.forget();
    CHECK_FALSE(upstream.trouble(90 * kSecond, false));
  }
}

TEST_CASE(
    "what is wrong behind a live server is part of its state, and gives way to its own trouble") {
  Connection link({.service = "slice"});
  link.connect("tcp://a:1", 0);
  link.heard(7, kSecond);
  const Upstream::Trouble trouble{StatusShape::triangle, "source silent 4 s", "Start the source."};
  CHECK(with_upstream(link.view(kSecond), std::nullopt).text == "live");
  const auto view = with_upstream(link.view(kSecond), trouble);
  CHECK(view.text == "live, source silent 4 s");
  CHECK(view.shape == StatusShape::triangle);
  CHECK(view.remedy == "Start the source.");
  link.gone("it stopped", 2 * kSecond);
  CHECK_THAT(with_upstream(link.view(2 * kSecond), trouble).text, !Contains("source"));
}
