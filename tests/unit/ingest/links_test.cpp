#include <thread>

#include "common/ingest/native_codec.h"
#include "common/ingest/native_source.h"
#include "common/ingest/recastx_codec.h"
#include "common/ingest/recastx_source.h"
#include "common/wire/socket.h"

namespace slicecast::ingest {
namespace {

using metrics::Drop;
using std::chrono::milliseconds;

constexpr milliseconds kHang{30000};  // only a hang gets there

std::unique_ptr<wire::Context> plain_context() {
  auto context = wire::Context::create({});
  REQUIRE(context);
  return *std::move(context);
}

ScanInfo scan(const std::string& id) {
  ScanInfo s;
  s.scan_id = id;
  s.geometry.rows = 2;
  s.geometry.columns = 3;
  s.geometry.angle_step_rad = 0.1;
  s.projections = 100;
  return s;
}

FrameArrived frame(const std::string& scan_id, std::uint64_t id) {
  FrameArrived f;
  f.scan_id = scan_id;
  f.id = id;
  f.rows = 2;
  f.columns = 3;
  auto pixels = Buffer::allocate(12);
  std::fill_n(pixels->as<std::uint16_t>(), 6, static_cast<std::uint16_t>(id));
  f.pixels = std::move(pixels);
  return f;
}

std::uint64_t dropped(const FrameSource& source, Drop reason) {
  return source.counts().dropped[static_cast<std::size_t>(reason)];
}

struct NativeLink {
  std::unique_ptr<wire::Context> context = plain_context();
  std::unique_ptr<wire::BulkProducer> producer;
  std::shared_ptr<metrics::Ledger> ledger = std::make_shared<metrics::Ledger>("frames");
  std::unique_ptr<FrameSource> source;

  NativeLink() {
    wire::BulkProducer::Options options;
    options.name = "raw";
    options.bind = {"tcp://127.0.0.1:0"};
    options.instance = 7;
    auto made = wire::BulkProducer::create(*context, options);
    REQUIRE(made);
    producer = *std::move(made);
    NativeOptions native;
    native.name = "test";
    native.address = producer->addresses().front();
    native.limits.max_frame_bytes = 1 << 20;
    native.ledger = ledger;
    source = make_native_source(*context, native);
  }
  void publish(const FrameArrived& f) { producer->publish(encode_frame(f), f.pixels); }
};

// Two raw parts as any sender could push them.
struct RecastxLink {
  std::unique_ptr<wire::Context> context = plain_context();
  wire::BoundSocket push;
  std::shared_ptr<metrics::Ledger> ledger = std::make_shared<metrics::Ledger>("frames");
  std::unique_ptr<FrameSource> source;

  static wire::BoundSocket bound(wire::Context& context) {
    auto made = wire::bind_socket(context, zmq::socket_type::push, {"tcp://127.0.0.1:0"});
    REQUIRE(made);
    return *std::move(made);
  }
  RecastxLink() : push(bound(*context)) {
    RecastxOptions options;
    options.address = push.addresses.front();
    options.scans.scan.window.set_group_size(4);
    options.ledger = ledger;
    auto made = make_recastx_source(*context, options);
    REQUIRE(made);
    source = *std::move(made);
  }
  void send(const std::string& json, const std::string& pixels) {
    REQUIRE(push.socket.send(zmq::buffer(json), zmq::send_flags::sndmore));
    REQUIRE(push.socket.send(zmq::buffer(pixels)));
  }
};

const std::string kFrame =
    R"({"image_attributes": {"scan_index": 2, "image_is_complete": true}, "frame": 3, )"
    R"("source": "gigafrost", "shape": [2, 3], "type": "uint16"})";

}  // namespace

TEST_CASE("the native source books what it refuses by reason and goes on") {
  NativeLink link;
  v1::BulkHeader foreign;
  foreign.mutable_epoch_ready();
  link.producer->publish(foreign, nullptr);
  link.producer->publish(encode_scan_start(scan("a")), nullptr);
  link.publish(frame("other", 0));  // wrong_scan
  link.publish(frame("a", 100));    // beyond the announced number
  auto lying = encode_frame(frame("a", 1));
  lying.mutable_pixels()->set_shape(0, 3);
  link.producer->publish(lying, Buffer::allocate(12));  // bad_size
  link.publish(frame("a", 2));

  auto first = link.source->take(kHang);
  REQUIRE(first);
  CHECK(std::get<ScanStarted>(*first).scan.scan_id == "a");
  auto second = link.source->take(kHang);
  REQUIRE(second);
  const auto& got = std::get<FrameArrived>(*second);
  CHECK(got.id == 2);
  CHECK(got.pixels->as<std::uint16_t>()[5] == 2);
  CHECK(got.acquired_ns != 0);
  CHECK(dropped(*link.source, Drop::wrong_scan) == 1);
  CHECK(dropped(*link.source, Drop::bad_header) == 1);
  CHECK(dropped(*link.source, Drop::bad_size) == 1);
  CHECK(link.source->counts().unknown == 1);
  const auto account = link.ledger->snapshot();
  CHECK(account.received == 4);
  CHECK(account.in_flight == 1);
  CHECK(account.closes());
}

TEST_CASE("a scan that is announced again unchanged starts once") {
  NativeLink link;
  link.producer->set_preamble({encode_scan_start(scan("a"))});
  link.producer->publish(encode_scan_start(scan("a")), nullptr);
  link.publish(frame("a", 0));
  link.producer->publish(encode_scan_end({"a", 1}), nullptr);
  REQUIRE(std::holds_alternative<ScanStarted>(link.source->take(kHang).value()));
  REQUIRE(std::holds_alternative<FrameArrived>(link.source->take(kHang).value()));
  const auto end = link.source->take(kHang);
  REQUIRE(end);
  CHECK(std::get<ScanEnded>(*end).projections == 1);
}

TEST_CASE("the recastx source books what it refuses by reason and goes on") {
  RecastxLink link;
  const std::string pixels(12, 'p');
  link.send("not json", pixels);
  link.send(kFrame, std::string(11, 'p'));
  std::string incomplete = kFrame;
  incomplete.replace(incomplete.find("true"), 4, "false");
  link.send(incomplete, pixels);
  REQUIRE(link.push.socket.send(zmq::buffer(kFrame)));  // one part only
  link.send(kFrame, pixels);

  REQUIRE(std::holds_alternative<ScanStarted>(link.source->take(kHang).value()));
  const auto event = link.source->take(kHang);
  REQUIRE(event);
  const auto& got = std::get<FrameArrived>(*event);
  CHECK(got.id == 3);
  CHECK(got.kind == FrameKind::projection);
  CHECK(got.acquired_ns != 0);
  CHECK(std::string(got.pixels->as<char>(), got.pixels->size()) == pixels);
  CHECK(dropped(*link.source, Drop::bad_header) == 2);
  CHECK(dropped(*link.source, Drop::bad_size) == 2);
  CHECK(link.source->state() == wire::LinkState::live);
  const auto account = link.ledger->snapshot();
  CHECK(account.received == 5);
  CHECK(account.closes());
}

TEST_CASE("take ends at its deadline and at stop") {
  RecastxLink recastx;
  NativeLink native;
  for (FrameSource* source : {recastx.source.get(), native.source.get()}) {
    CHECK_FALSE(source->take(milliseconds(1)));
    std::jthread stopper([source] { source->stop(); });
    CHECK_FALSE(source->take(kHang));
  }
}

TEST_CASE("a recastx source can be pointed at another sender while it is taking") {
  RecastxLink link;
  // A sender without a puller of its own, to whom it might deal the message.
  const auto context = plain_context();
  wire::BoundSocket other = RecastxLink::bound(*context);
  other.socket.set(zmq::sockopt::sndtimeo, static_cast<int>(kHang.count()));
  link.source->connect(other.addresses.front(), "");
  std::jthread sender([&other] {
    other.socket.send(zmq::buffer(kFrame), zmq::send_flags::sndmore);
    other.socket.send(zmq::buffer(std::string(12, 'q')));
  });
  REQUIRE(link.source->take(kHang));
  REQUIRE(std::holds_alternative<FrameArrived>(link.source->take(kHang).value()));
}

}  // namespace slicecast::ingest
