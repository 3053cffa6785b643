#include "tests/unit/viewer_model/images.h"
#include "viewer/model/connection.h"
#include "viewer/model/recent_addresses.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;
using State = ConnectionState;
using Event = ConnectionEvent;

TEST_CASE("a damaged list of addresses is refused and changes nothing") {
  TemporaryFolder folder;
  RecentAddresses recent;
  recent.use("tcp://127.0.0.1:1");
  write_text(folder / "recent.toml", "recent = [\"a\"");
  const auto loaded = recent.load(folder / "recent.toml");
  REQUIRE_FALSE(loaded);
  CHECK_THAT(loaded.error().message, Contains("line 1"));
  write_text(folder / "recent.toml", "addresses = 3\n");
  CHECK_FALSE(recent.load(folder / "recent.toml"));
  recent.use("");
  recent.use(std::string(1000, 'x'));
  CHECK(recent.list() == std::vector<std::string>{"tcp://127.0.0.1:1"});
}

TEST_CASE("recent addresses are newest first, each once, and survive a restart") {
  TemporaryFolder folder;
  RecentAddresses recent;
  for (int i = 0; i < 20; ++i) recent.use("host" + std::to_string(i));
  recent.use("host15");
  REQUIRE(recent.list().size() == RecentAddresses::kMost);
  CHECK(recent.list()[0] == "host15");
  CHECK(recent.list()[1] == "host19");
  REQUIRE(recent.save(folder / "recent.toml"));
  RecentAddresses again;
  REQUIRE(again.load(folder / "nothing.toml"));
  REQUIRE(again.load(folder / "recent.toml"));
  CHECK(again.list() == recent.list());
}

TEST_CASE("a link that nobody asked for does nothing") {
  Connection link({.service = "slice"});
  link.advance(1000 * kSecond);
  CHECK(link.state() == State::connecting);
  CHECK(link.take_events().empty());
}

TEST_CASE("a link goes from connecting over live and stale to lost and recovers by being heard") {
  Connection link({.service = "slice"});
  link.connect("tcp://a:1", 0);
  CHECK_THAT(link.view(0).text, Contains("tcp://a:1"));
  link.heard(7, kSecond);
  CHECK(link.state() == State::live);
  CHECK(link.take_events() == std::vector{Event::became_live});
  CHECK_FALSE(link.view(kSecond).dimmed);

  link.advance(3 * kSecond - 1);
  CHECK(link.state() == State::live);
  link.advance(4 * kSecond);
  CHECK(link.view(4 * kSecond).text == "stale 3 s");
  CHECK(link.view(4 * kSecond).dimmed);
  link.advance(11 * kSecond);
  CHECK(link.state() == State::lost);
  CHECK(link.view(11 * kSecond).text == "lost 10 s, next try in 1 s");
  CHECK_FALSE(link.view(11 * kSecond).remedy.empty());
  CHECK(link.take_events() == std::vector{Event::became_stale, Event::became_lost});

  link.heard(7, 12 * kSecond);
  CHECK(link.take_events() == std::vector{Event::became_live});
  CHECK(link.view(12 * kSecond).text == "live");
}

TEST_CASE("attempts become due after waits that double up to a limit") {
  Connection link({.service = "slice"});
  link.connect("a", 0);
  std::vector<std::int64_t> due;
  for (std::int64_t t = 0; t < 60 * kSecond; t += 100 * kMs) {
    link.advance(t);
    for (const Event event : link.take_events())
      if (event == Event::attempt_due) due.push_back(t / kMs);
  }
  REQUIRE(due.size() >= 6);
  CHECK(due[0] == 10500);
  CHECK(due[1] - due[0] == 1000);
  CHECK(due[2] - due[1] == 2000);
  CHECK(due[3] - due[2] == 4000);
  CHECK(due[4] - due[3] == 8000);
  CHECK(due[5] - due[4] == 8000);
}

TEST_CASE("another instance is told as new, the first one is not") {
  Connection link({.service = "slice"});
  link.connect("a", 0);
  link.heard(7, 1);
  link.heard(7, 2);
  (void)link.take_events();
  link.heard(8, 3);
  CHECK(link.take_events() == std::vector{Event::new_instance});
  CHECK(link.instance() == 8);
}

TEST_CASE("a failure is told with its reason but never harms a live link") {
  Connection link({.service = "slice"});
  link.connect("a", 0);
  link.heard(7, 0);
  link.failed("late news", 1);
  CHECK(link.state() == State::live);
  link.gone("the service stopped", 2);
  CHECK(link.state() == State::lost);
  CHECK(link.view(2).problem == "the service stopped");
  link.connect("b", 3);  // moved: still lost until heard
  CHECK(link.state() == State::lost);
}

TEST_CASE("every state has a text and a shape of its own") {
  std::vector<std::string> glyphs;
  for (const State s : {State::connecting, State::live, State::stale, State::lost})
    glyphs.emplace_back(glyph_of(shape_of(s)));
  std::ranges::sort(glyphs);
  CHECK(std::ranges::adjacent_find(glyphs) == glyphs.end());
}

TEST_CASE("unread events stay bounded") {
  Connection link({.service = "slice"});
  link.connect("a", 0);
  for (std::uint64_t i = 1; i < 1000; ++i) link.heard(i, static_cast<std::int64_t>(i));
  CHECK(link.take_events().size() == 32);
}
