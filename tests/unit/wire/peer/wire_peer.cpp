// A process that tests stop, continue and kill. Talks on its standard streams, one line each way.
//   produce ADDRESS     publishes frames 1, 2, 3, ... as they are taken; says its address
//   consume ADDRESS     takes without end; on each line it reads, says "taken=N lost=N next=N"
//   serve NAME HUB      answers pings and announces itself; says its state on each line it reads
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "common/wire/bulk.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"
#include "common/wire/pixel_parts.h"

namespace {

using namespace slicecast;
using namespace slicecast::wire;
using std::chrono::milliseconds;

void say(const std::string& line) {
  std::cout << line << std::endl;
}

int produce(Context& context, const std::string& address) {
  auto producer = BulkProducer::create(context, {"peer", {address}, new_instance()});
  if (!producer) return 1;
  v1::BulkHeader start;
  start.mutable_scan_start()->set_scan_id("peer");
  (*producer)->set_preamble({start});
  say((*producer)->addresses().front());
  for (std::uint64_t id = 1;; ++id) {
    v1::BulkHeader header;
    header.mutable_frame()->set_id(id);
    *header.mutable_pixels() = pixel_format(PixelType::u16, {64, 64});
    (*producer)->publish(std::move(header), Buffer::allocate(64 * 64 * 2));
    while (!(*producer)->wait_for_consumers(50, true, milliseconds(1000))) continue;
  }
}

int consume(Context& context, const std::string& address) {
  BulkConsumer::Options options;
  options.name = "peer";
  options.address = address;
  const auto consumer = BulkConsumer::create(context, options);
  std::atomic<std::uint64_t> taken{0}, next{0};
  std::jthread taker([&](std::stop_token stop) {
    while (!stop.stop_requested())
      if (const auto message = consumer->take(milliseconds(100))) {
        ++taken;
        next = message->header.sequence() + 1;
      }
  });
  for (std::string line; std::getline(std::cin, line);)
    say("taken=" + std::to_string(taken) + " lost=" +
        std::to_string(consumer->counts().fell_off_ring) + " next=" + std::to_string(next));
  return 0;
}

int serve(Context& context, const std::string& name, const std::string& hub) {
  const auto instance = new_instance();
  auto control =
      ControlServer::create(context, {name, {"tcp://127.0.0.1:0"}, instance},
                            [](const v1::Request&, v1::Reply&) { return Result<void>(); });
  if (!control) return 1;
  v1::Service service;
  service.set_name(name);
  service.set_instance(instance);
  auto& link = *service.add_links();
  link.set_name("control");
  link.add_addresses((*control)->addresses().front());
  auto announcer = Announcer::create(context, hub, service, {});
  if (!announcer) return 1;
  for (std::string line; std::getline(std::cin, line);)
    say((*announcer)->state() == Announcer::State::announced ? "announced" : "waiting");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  auto context = Context::create({});
  if (!context) return 1;
  if (what == "produce") return produce(**context, argv[2]);
  if (what == "consume") return consume(**context, argv[2]);
  if (what == "serve" && argc > 3) return serve(**context, argv[2], argv[3]);
  std::fprintf(stderr, "usage: wire_peer produce|consume ADDRESS | serve NAME HUB\n");
  return 2;
}
