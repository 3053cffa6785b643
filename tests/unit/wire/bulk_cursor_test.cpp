#include "common/wire/bulk_cursor.h"

#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

constexpr std::uint64_t kInstance = 5;
constexpr std::size_t kMiB = std::size_t{1} << 20;

BulkRing ring_of(std::uint64_t published, std::size_t kept, std::size_t bytes = 1) {
  BulkRing ring(std::size_t{1} << 40, kept);
  for (std::uint64_t i = 0; i < published; ++i) ring.push({"", nullptr, bytes});
  return ring;
}

v1::BulkDemand demand(std::uint64_t next_sequence, std::uint32_t window,
                      std::uint64_t next_receive = 0, std::uint64_t instance = kInstance) {
  v1::BulkDemand said;
  said.set_instance(instance);
  said.set_next_sequence(next_sequence);
  said.set_next_receive(next_receive);
  said.set_window(window);
  return said;
}

BulkCursor cursor_at(const v1::BulkDemand& said, const BulkRing& ring) {
  return BulkCursor(said, kInstance, ring, {});
}

int send_all(BulkCursor& cursor, const BulkRing& ring) {
  int sent = 0;
  for (; cursor.may_send(ring); ++sent) cursor.sent(ring.at(cursor.next()).bytes, {});
  return sent;
}

}  // namespace

TEST_CASE("absurd demands neither leave the ring nor stop a cursor") {
  const auto ring = ring_of(10, 100);
  auto cursor = cursor_at(demand(~std::uint64_t{0}, 0, ~std::uint64_t{0}), ring);
  CHECK(cursor.next() == 11);
  CHECK_FALSE(cursor.may_send(ring));
  cursor.heard(demand(3, 0), kInstance, ring, {});  // back again; a window of at least one
  CHECK(send_all(cursor, ring) == 1);
  CHECK(cursor.next() == 4);
}

TEST_CASE("the ring keeps its budgets, and the newest message whatever its size") {
  BulkRing ring(100, 3);
  ring.push({"", nullptr, 1000});
  CHECK(ring.oldest() == 1);
  for (int i = 0; i < 5; ++i) ring.push({"", nullptr, 10});
  CHECK(ring.oldest() == 4);
  CHECK(ring.end() == 7);
  CHECK(ring.bytes() == 30);
  ring.push({"", nullptr, 95});
  CHECK(ring.oldest() == 7);
  CHECK(ring.bytes() == 95);
}

TEST_CASE("a foreign instance begins with the oldest, a known one where it was") {
  const auto ring = ring_of(20, 10);
  const auto foreign = cursor_at(demand(15, 4, 0, kInstance + 1), ring);
  CHECK(foreign.next() == 11);
  CHECK(foreign.needs_preamble);
  const auto known = cursor_at(demand(15, 4), ring);
  CHECK(known.next() == 15);
  CHECK_FALSE(known.needs_preamble);
}

TEST_CASE("what is held untaken is not sent again but counts against the window") {
  const auto ring = ring_of(20, 100);
  auto cursor = cursor_at(demand(5, 4, 8), ring);
  CHECK(cursor.next() == 8);
  CHECK(cursor.backlog(ring) == 16);
  CHECK(send_all(cursor, ring) == 1);
  cursor.heard(demand(9, 4, 9), kInstance, ring, {});
  CHECK(send_all(cursor, ring) == 4);
}

TEST_CASE("repeated and late demands change nothing") {
  const auto ring = ring_of(20, 100);
  auto cursor = cursor_at(demand(0, 4), ring);
  CHECK(send_all(cursor, ring) == 4);
  for (int i = 0; i < 3; ++i) cursor.heard(demand(0, 4), kInstance, ring, {});
  cursor.heard(demand(7, 4, 7, kInstance + 1), kInstance, ring, {});  // speaks of another producer
  CHECK(send_all(cursor, ring) == 0);
  cursor.heard(demand(3, 4), kInstance, ring, {});
  CHECK(send_all(cursor, ring) == 2);
}

TEST_CASE("bytes in flight are bounded, but one message may always go") {
  const auto ring = ring_of(20, 100, 30 * kMiB);
  auto cursor = cursor_at(demand(0, 1000), ring);
  CHECK(send_all(cursor, ring) == 2);
  const auto huge = ring_of(3, 100, 1000 * kMiB);
  auto other = cursor_at(demand(0, 1000), huge);
  CHECK(send_all(other, huge) == 1);
}

TEST_CASE("what falls off the ring is counted once and uses up no credit") {
  auto ring = ring_of(10, 10);
  auto cursor = cursor_at(demand(0, 4), ring);
  CHECK(send_all(cursor, ring) == 4);
  for (int i = 0; i < 20; ++i) {
    ring.push({"", nullptr, 1});
    cursor.may_send(ring);
  }
  CHECK(cursor.lost == 16);  // 5 to 20; 21 to 30 remain
  CHECK(cursor.needs_preamble);
  cursor.heard(demand(5, 4, 5), kInstance, ring, {});  // has taken all four
  CHECK(send_all(cursor, ring) == 4);
  CHECK(cursor.next() == 25);
  CHECK(cursor.lost == 16);
}

TEST_CASE("losses that a consumer never learned of count once after a reconnect") {
  auto ring = ring_of(10, 10);
  auto before = cursor_at(demand(0, 4), ring);
  CHECK(send_all(before, ring) == 4);
  for (int i = 0; i < 20; ++i) ring.push({"", nullptr, 1});
  before.heard(demand(5, 4, 5), kInstance, ring, {});
  CHECK(send_all(before, ring) == 4);
  CHECK(before.lost == 16);
  // The connection broke with all four under way: it still waits for 5.
  auto after = cursor_at(demand(5, 4, 5), ring);
  after.inherit(before);
  CHECK(after.lost == 0);
  CHECK(send_all(after, ring) == 4);
  CHECK(after.lost == 16);
  // This time they arrived.
  after.heard(demand(21, 4, 25), kInstance, ring, {});
  auto again = cursor_at(demand(21, 4, 25), ring);
  again.inherit(after);
  CHECK(again.lost == 16);
}

}  // namespace slicecast::wire::test
