#include "plugins/sdk/work_board.h"

#include <thread>

#include "plugins/sdk/publisher.h"
#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {
namespace {

using metrics::Drop;

std::uint64_t dropped(const metrics::Ledger& ledger, Drop reason) {
  return ledger.snapshot().dropped[static_cast<std::size_t>(reason)];
}

Output::Ready ready(const std::string& input, std::uint64_t version, std::uint64_t instance = 7) {
  return {.key = "values/p/" + input,
          .header = {},
          .pixels = nullptr,
          .input_key = "slice/" + input,
          .input_version = version,
          .input_instance = instance};
}

}  // namespace

TEST_CASE("more keys than there may be are refused and counted") {
  const auto ledger = std::make_shared<metrics::Ledger>("inputs");
  WorkBoard board(ledger, 2);
  for (const char* id : {"a", "b", "c"}) board.put(slice_view(id, 1));
  CHECK(board.waiting() == 2);
  CHECK(dropped(*ledger, Drop::queue_full) == 1);
  CHECK(ledger->snapshot().closes());
}

TEST_CASE("only the newest of a key waits, those first that wait longest") {
  const auto ledger = std::make_shared<metrics::Ledger>("inputs");
  WorkBoard board(ledger, 10);
  board.put(slice_view("b", 1));
  board.put(slice_view("a", 1));
  for (std::uint64_t version = 2; version <= 9; ++version) board.put(slice_view("b", version));
  CHECK(dropped(*ledger, Drop::superseded) == 8);
  const std::stop_source stop;
  const auto one = board.next(1, false, stop.get_token());
  REQUIRE(one);
  CHECK(one->views.at(0).key() == "slice/b");
  CHECK(one->views.at(0).header->version() == 9);
  board.put(slice_view("c", 1));
  const auto rest = board.next(5, false, stop.get_token());
  REQUIRE(rest);
  REQUIRE(rest->views.size() == 2);
  CHECK(rest->views[0].key() == "slice/a");
  CHECK(rest->views[1].key() == "slice/c");
  CHECK(ledger->snapshot().in_flight == 3);
  CHECK(ledger->snapshot().closes());
}

TEST_CASE("a node that changed gets the newest of each key again, but not of those that are gone") {
  const auto ledger = std::make_shared<metrics::Ledger>("inputs");
  WorkBoard board(ledger, 10);
  const std::stop_source stop;
  for (const char* id : {"a", "b"}) board.put(slice_view(id, 4));
  REQUIRE(board.next(2, false, stop.get_token()));
  board.forget("slice/b");
  board.repeat();
  const auto again = board.next(2, false, stop.get_token());
  REQUIRE(again);
  REQUIRE(again->views.size() == 1);
  CHECK(again->views[0].key() == "slice/a");
}

TEST_CASE("who waits for work hears of a stop") {
  WorkBoard board(std::make_shared<metrics::Ledger>("inputs"), 10);
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  CHECK_FALSE(board.next(1, true, stop.get_token()));
}

TEST_CASE("results older than what is shown, of a gone input or of a dead instance are late") {
  const auto context = wire::Context::create({});
  const auto feed = wire::FeedProducer::create(**context, {"p", {"tcp://127.0.0.1:*"}, 3});
  REQUIRE(feed);
  Publisher publisher(**feed);
  CHECK_FALSE(publisher.publish(ready("a", 1)));  // its input never came
  publisher.input_came("slice/a", 7);
  CHECK(publisher.publish(ready("a", 5)));
  CHECK(publisher.publish(ready("a", 5)));  // the same image with other parameters
  CHECK_FALSE(publisher.publish(ready("a", 4)));
  publisher.input_came("slice/a", 8);  // the slice server was restarted
  CHECK_FALSE(publisher.publish(ready("a", 6, 7)));
  CHECK(publisher.publish(ready("a", 1, 8)));
  publisher.input_gone("slice/a");
  CHECK_FALSE(publisher.publish(ready("a", 2, 8)));
  publisher.input_came("slice/b", 8);
  CHECK(publisher.publish(ready("b", 1, 8)));
  publisher.keep_slices({});
  CHECK_FALSE(publisher.publish(ready("b", 2, 8)));
}

}  // namespace slicecast::plugin::test
