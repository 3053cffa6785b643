#include "common/wire/feed_board.h"

#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

constexpr std::uint64_t kBoardInstance = 5;
const std::string kPeer = "peer";

struct Board {
  FeedBoard board{kBoardInstance};
  FeedBoard::Time now = FeedBoard::Clock::now();
  FeedBoard::Time retry = FeedBoard::Time::max();

  explicit Board(std::vector<v1::Subscription> wanted = {subscription("")}) {
    board.heard(kPeer, demand(wanted), now);
  }
  static v1::FeedDemand demand(const std::vector<v1::Subscription>& wanted,
                               std::uint64_t last_taken = 0) {
    v1::FeedDemand said;
    said.set_instance(kBoardInstance);
    said.set_last_taken(last_taken);
    for (const auto& one : wanted) *said.add_subscriptions() = one;
    return said;
  }
  FeedBoard::Viewer& viewer() { return board.viewers().at(kPeer); }
  std::optional<v1::FeedHeader> next() {
    auto delivery = board.next(viewer(), now, retry);
    if (!delivery) return std::nullopt;
    return std::move(delivery->header);
  }
  void take() {
    auto said = demand(viewer().subscriptions, viewer().delivery);
    board.heard(kPeer, said, now);
  }
  // "" when nothing is due.
  std::string next_key_taken() {
    const auto header = next();
    if (!header) return "";
    take();
    return header->key();
  }
  std::uint64_t publish(const std::string& key, std::uint64_t version = 0) {
    auto shown = image(1);
    shown.header.set_version(version);
    return board.publish(key, shown.header, shown.pixels);
  }
};

v1::Subscription limited(const std::string& prefix, double rate_hz) {
  auto wanted = subscription(prefix);
  wanted.set_max_rate_hz(rate_hz);
  return wanted;
}

}  // namespace

TEST_CASE("a version that does not rise and an empty key are refused") {
  Board b;
  CHECK(b.publish("") == 0);
  CHECK(b.publish("slice/1", 7) == 7);
  CHECK(b.publish("slice/1", 7) == 0);
  CHECK(b.publish("slice/1", 6) == 0);
  CHECK(b.publish("slice/1") == 8);
}

TEST_CASE("one message per consumer is in flight until exactly that one is taken") {
  Board b;
  b.publish("a");
  b.publish("b");
  REQUIRE(b.next());
  CHECK_FALSE(b.next());
  b.board.heard(kPeer, Board::demand({subscription("")}, b.viewer().delivery - 1), b.now);
  CHECK_FALSE(b.next());
  b.take();
  CHECK(b.next());
}

TEST_CASE("keys take turns, however often one of them changes") {
  Board b;
  for (const auto* key : {"a", "b", "c"}) b.publish(key);
  std::vector<std::string> order;
  for (int i = 0; i < 6; ++i) {
    order.push_back(b.next_key_taken());
    for (const auto* key : {"a", "b", "c"}) b.publish(key);
  }
  CHECK(order == std::vector<std::string>{"a", "b", "c", "a", "b", "c"});
}

TEST_CASE("a key that somebody asked for goes before all others") {
  Board b;
  for (const auto* key : {"a", "z", "request/me/1", "request/me/2"}) b.publish(key);
  CHECK(b.next_key_taken() == "request/me/1");
  CHECK(b.next_key_taken() == "request/me/2");
  CHECK(b.next_key_taken() == "z");
  CHECK(b.next_key_taken() == "a");
  CHECK(b.next_key_taken() == "");
}

TEST_CASE("skipped versions are counted per key and per consumer") {
  Board b;
  b.publish("a", 10);
  REQUIRE(b.next());
  b.publish("a", 20);
  b.publish("a", 30);
  b.publish("a", 40);
  b.take();
  const auto header = b.next();
  REQUIRE(header);
  CHECK(header->version() == 40);
  CHECK(header->superseded() == 2);
  CHECK(b.viewer().superseded == 2);
  CHECK(b.viewer().delivered == 2);
}

TEST_CASE("a rate limit holds per key and says when to look again") {
  Board b({limited("a", 10.0)});
  b.publish("a1");
  b.publish("a2");
  b.publish("other");
  CHECK(b.next_key_taken() == "a1");
  CHECK(b.next_key_taken() == "a2");
  b.publish("a1");
  CHECK(b.next_key_taken() == "");
  CHECK(b.retry == b.now + std::chrono::milliseconds(100));
  b.now += std::chrono::milliseconds(100);
  CHECK(b.next_key_taken() == "a1");
}

TEST_CASE("of several matching subscriptions the longest prefix counts") {
  auto small = subscription("slice/big");
  small.set_max_side(64);
  Board b({subscription("slice/"), small});
  b.publish("slice/big");
  b.publish("slice/other");
  const auto big = b.board.next(b.viewer(), b.now, b.retry);
  REQUIRE(big);
  CHECK(big->max_side == 64);
  b.take();
  const auto other = b.board.next(b.viewer(), b.now, b.retry);
  REQUIRE(other);
  CHECK(other->max_side == 0);
}

TEST_CASE("a removal is told once, and only to those who saw the key") {
  Board b;
  b.publish("seen");
  CHECK(b.next_key_taken() == "seen");
  b.publish("unseen");
  b.board.remove("unseen");
  b.board.remove("seen");
  const auto notice = b.next();
  REQUIRE(notice);
  CHECK(notice->key() == "seen");
  CHECK(notice->removed());
  CHECK(notice->version() == 2);
  b.take();
  CHECK_FALSE(b.next());
  CHECK(b.publish("seen") > notice->version());
}

TEST_CASE("after a reconnect nothing already shown is sent again") {
  Board b;
  b.publish("a");
  b.publish("b");
  b.publish("b");
  auto said = Board::demand({subscription("")}, 17);
  for (const auto& [key, version] :
       {std::pair<std::string, std::uint64_t>{"a", 1}, {"b", 1}, {"gone", 3}}) {
    said.add_keys_held(key);
    said.add_versions_held(version);
  }
  b.board.heard("new", said, b.now);
  auto& viewer = b.board.viewers().at("new");
  const auto first = b.board.next(viewer, b.now, b.retry);
  REQUIRE(first);
  CHECK(first->header.key() == "gone");
  CHECK(first->header.removed());
  CHECK(first->header.delivery() > 18);  // 18 may still be on its way over the old connection
  said.set_last_taken(first->header.delivery());
  b.board.heard("new", said, b.now);
  const auto second = b.board.next(viewer, b.now, b.retry);
  REQUIRE(second);
  CHECK(second->header.key() == "b");
  CHECK(second->header.version() == 2);
  CHECK(second->header.superseded() == 0);
  said.set_last_taken(second->header.delivery());
  b.board.heard("new", said, b.now);
  CHECK_FALSE(b.board.next(viewer, b.now, b.retry));
}

TEST_CASE("what is held counts only for the instance that sent it") {
  Board b;
  b.publish("a");
  auto said = Board::demand({subscription("")});
  said.set_instance(kBoardInstance + 1);
  said.add_keys_held(std::string("a"));
  said.add_versions_held(1);
  b.board.heard("new", said, b.now);
  CHECK(b.board.next(b.board.viewers().at("new"), b.now, b.retry));
}

TEST_CASE("a key is sent again when it is wanted in another size or encoding") {
  Board b;
  b.publish("a");
  CHECK(b.next_key_taken() == "a");
  auto small = subscription("");
  small.set_encoding(v1::QUANTISED_8);
  b.board.heard(kPeer, Board::demand({small}, b.viewer().delivery), b.now);
  const auto again = b.next();
  REQUIRE(again);
  CHECK(again->version() == 1);
}

TEST_CASE("the board knows what is wanted and what has been taken") {
  Board b({subscription("slice/")});
  CHECK(b.board.wanted("slice/7"));
  CHECK_FALSE(b.board.wanted("preview"));
  b.publish("slice/7");
  CHECK_FALSE(b.board.taken("slice/7"));
  REQUIRE(b.next());
  CHECK_FALSE(b.board.taken("slice/7"));
  b.take();
  CHECK(b.board.taken("slice/7"));
  b.publish("slice/7");
  CHECK_FALSE(b.board.taken("slice/7"));
  CHECK(b.board.taken("never published"));
}

TEST_CASE("a consumer that could not read a message is sent the next version without taking it") {
  Board b;
  b.publish("a");
  REQUIRE(b.next());
  b.publish("a");
  auto said = Board::demand(b.viewer().subscriptions);
  b.board.heard(kPeer, said, b.now);
  CHECK_FALSE(b.next());
  said.set_unreadable(1);
  b.board.heard(kPeer, said, b.now);
  const auto header = b.next();
  REQUIRE(header);
  CHECK(header->version() == 2);
  b.publish("a");
  b.board.heard(kPeer, said, b.now);  // said before
  CHECK_FALSE(b.next());
}

}  // namespace slicecast::wire::test
