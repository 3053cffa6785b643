#include "common/metrics/ledger.h"

#include <atomic>
#include <thread>

using namespace slicecast::metrics;

TEST_CASE("a ledger that settled more than it received does not close") {
  Ledger ledger("frames");
  ledger.receive();
  ledger.finish();
  CHECK(ledger.snapshot().closes());
  ledger.drop(Drop::late);
  CHECK_FALSE(ledger.snapshot().closes());
}

TEST_CASE("a ledger counts what came, what was done and what was dropped and why") {
  Ledger ledger("frames");
  ledger.receive(10);
  ledger.finish(4);
  ledger.drop(Drop::queue_full, 3);
  ledger.receive_and_drop(Drop::bad_header, 2);
  ledger.set_missing(20, 8);
  const auto now = ledger.snapshot();
  CHECK(now.flow == "frames");
  CHECK(now.received == 12);
  CHECK(now.done == 4);
  CHECK(now.in_flight == 3);
  CHECK(now.dropped[static_cast<int>(Drop::queue_full)] == 3);
  CHECK(now.dropped[static_cast<int>(Drop::bad_header)] == 2);
  CHECK(now.dropped_in_all() == 5);
  CHECK(now.expected == 20);
  CHECK(now.missing == 8);
  CHECK(now.closes());
}

TEST_CASE("a ledger closes at every snapshot while many threads settle items") {
  Ledger ledger("frames");
  constexpr int kThreads = 4, kItems = 20000;
  std::atomic<int> running{kThreads};
  std::vector<std::jthread> workers;
  for (int t = 0; t < kThreads; ++t)
    workers.emplace_back([&, t] {
      for (int i = 0; i < kItems; ++i) {
        if (i % 7 == t) {
          ledger.receive_and_drop(Drop::duplicate);
          continue;
        }
        ledger.receive();
        if (i % 3 == 0)
          ledger.drop(Drop::late);
        else
          ledger.finish();
      }
      --running;
    });
  std::uint64_t open = 0, snapshots = 0;
  do {
    open += !ledger.snapshot().closes();
    ++snapshots;
  } while (running > 0);
  workers.clear();
  CHECK(open == 0);
  CHECK(snapshots > 0);
  const auto end = ledger.snapshot();
  CHECK(end.received == std::uint64_t{kThreads} * kItems);
  CHECK(end.in_flight == 0);
  CHECK(end.closes());
}

TEST_CASE("every reason has a name of its own") {
  std::vector<std::string> names;
  for (int i = 0; i < kDropReasons; ++i) {
    names.emplace_back(to_string(static_cast<Drop>(i)));
    CHECK(names.back() != "unknown");
    CHECK(std::count(names.begin(), names.end(), names.back()) == 1);
  }
  CHECK(std::string(to_string(static_cast<Drop>(kDropReasons))) == "unknown");
}
