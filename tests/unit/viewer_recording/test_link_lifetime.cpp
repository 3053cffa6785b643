// Links that are left, and what their threads bring afterwards.
#include <atomic>
#include <thread>

#include "common/wire/directory.h"
#include "viewer/link/mailbox.h"
#include "viewer/link/retirement.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

constexpr const char* kNobody = "tcp://127.0.0.1:1";  // refuses connections

std::unique_ptr<ServerLink> link_to_nobody(Mailbox& mailbox) {
  ServerLink::Options options;
  options.hub = kNobody;
  options.client = "viewer";
  auto link = ServerLink::create(options, mailbox);
  REQUIRE(link);
  return *std::move(link);
}

}  // namespace

TEST_CASE("an address that is none is refused before anything is left") {
  Mailbox mailbox([] {});
  ServerLink::Options options;
  options.hub = "nonsense";
  CHECK_FALSE(ServerLink::create(options, mailbox));
}

TEST_CASE("what a link brings waits until it is opened and goes nowhere once it is closed") {
  int woken = 0;
  Mailbox mailbox([&] { ++woken; });
  Outlet outlet(mailbox);
  std::jthread early([&] { outlet.post("slice/a", SliceGone{"a"}); });
  CHECK(mailbox.take().empty());
  outlet.open();
  early.join();
  REQUIRE(mailbox.take().size() == 1);
  outlet.close();
  outlet.post("slice/b", SliceGone{"b"});
  CHECK(mailbox.take().empty());
  CHECK(woken == 1);

  Outlet never(mailbox);
  std::jthread late([&] { never.post("slice/c", SliceGone{"c"}); });
  never.close();  // else it would wait for ever
  late.join();
  CHECK(mailbox.take().empty());
}

TEST_CASE("asking a hub that does not answer ends when it is cancelled") {
  auto context = *wire::Context::create({});
  auto directory = *wire::Directory::create(*context, kNobody);
  std::atomic<bool> answered{true};
  std::jthread asks(
      [&] { answered = static_cast<bool>(directory->services(std::chrono::hours(1))); });
  directory->cancel();
  asks.join();
  CHECK_FALSE(answered);
}

TEST_CASE("links to a hub that does not answer end on another thread, and all of them do") {
  Mailbox mailbox([] {});
  {
    Retirement retirement;
    retirement.take(nullptr);
    for (int i = 0; i < 3; ++i) {
      auto link = link_to_nobody(mailbox);
      link->open();
      retirement.take(std::move(link));
    }
    retirement.take(link_to_nobody(mailbox));  // was never opened
  }
  mailbox.take();
  CHECK(mailbox.take().empty());
}
