#include <thread>

#include "common/ingest/native_source.h"
#include "common/ingest/recastx_source.h"
#include "common/wire/control.h"
#include "services/source/pacer.h"
#include "tests/unit/source/fixture.h"

namespace slicecast::source {
namespace {

using namespace test;
using std::chrono::milliseconds;

Given anywhere() {
  return {{"hub", "tcp://127.0.0.1:9"}, {"name", "source-under-test"},
          {"control_port", "0"},        {"metrics_port", "-1"},
          {"bulk_port", "0"},           {"push_address", "tcp://127.0.0.1:0"}};
}

std::unique_ptr<wire::Context> plain_context() {
  auto context = wire::Context::create({});
  REQUIRE(context);
  return *std::move(context);
}

std::unique_ptr<SourceService> service(wire::Context& context, Given more) {
  Given all = anywhere();
  all.insert(all.end(), more.begin(), more.end());
  auto made = SourceService::create(context, small_scan(all));
  if (!made) FAIL(made.error().message);
  return *std::move(made);
}

std::unique_ptr<wire::ControlClient> client_of(wire::Context& context, const SourceService& source,
                                               v1::Role role) {
  wire::ControlClient::Options options;
  options.address = source.frame().control_addresses().back();
  options.role = role;
  auto made = wire::ControlClient::create(context, options);
  REQUIRE(made);
  return *std::move(made);
}

v1::Request start_request() {
  v1::Request request;
  request.mutable_start_source();
  return request;
}

}  // namespace

TEST_CASE("a port in use is refused with the remedy") {
  auto context = plain_context();
  auto first = service(*context, {{"dialect", "recastx"}});
  const auto taken = first->streamer().sender().addresses().front();
  Given all = anywhere();
  all.insert(all.end(), {{"dialect", "recastx"}, {"push_address", taken}, {"name", "other"}});
  const auto second = SourceService::create(*context, small_scan(all));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::already_exists);
}

TEST_CASE("observers may not start the source and others may") {
  auto context = plain_context();
  auto source = service(*context, {{"start", "command"}});
  CHECK(source->streamer().status().state == Streamer::State::idle);
  auto observer = client_of(*context, *source, v1::OBSERVE);
  const auto refused = observer->request(start_request(), kHang);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::permission_denied);

  ingest::NativeOptions link;
  link.address = source->streamer().sender().addresses().front();
  link.name = "test";
  auto frames = ingest::make_native_source(*context, link);
  auto operating = client_of(*context, *source, v1::OPERATE);
  REQUIRE(operating->request(start_request(), kHang));
  REQUIRE(frames->take(kHang));
}

TEST_CASE("an endless scan is stopped and started again as a new scan over the control link") {
  auto context = plain_context();
  auto source = service(*context, {{"scans", "0"}});
  ingest::NativeOptions link;
  link.address = source->streamer().sender().addresses().front();
  link.name = "test";
  auto frames = ingest::make_native_source(*context, link);
  auto client = client_of(*context, *source, v1::OPERATE);
  REQUIRE(frames->take(kHang));

  v1::Request stop;
  stop.mutable_stop_source();
  REQUIRE(client->request(stop, kHang));
  bool ended = false;
  while (!ended) {
    auto event = frames->take(kHang);
    REQUIRE(event);
    ended = std::holds_alternative<ingest::ScanEnded>(*event);
  }
  REQUIRE(source->streamer().wait_until_done(kHang));
  REQUIRE(client->request(start_request(), kHang));
  const auto again = frames->take(kHang);
  REQUIRE(again);
  CHECK(std::get<ingest::ScanStarted>(*again).scan.scan_id == source->streamer().status().scan_id);
}

TEST_CASE("the loss is set while the source runs") {
  auto context = plain_context();
  auto source = service(*context, {{"start", "command"}});
  auto client = client_of(*context, *source, v1::OPERATE);
  v1::Request request;
  (*request.mutable_set_parameters()->mutable_values())["loss"].set_real(1);
  REQUIRE(client->request(request, kHang));
  (*request.mutable_set_parameters()->mutable_values())["loss"].set_real(1.5);
  CHECK_FALSE(client->request(request, kHang));
  ingest::NativeOptions link;
  link.address = source->streamer().sender().addresses().front();
  link.name = "test";
  auto frames = ingest::make_native_source(*context, link);
  source->streamer().start();
  for (;;) {
    const auto event = frames->take(kHang);
    REQUIRE(event);
    if (std::holds_alternative<ingest::ScanEnded>(*event)) break;
    if (const auto* frame = std::get_if<ingest::FrameArrived>(&*event))
      CHECK(frame->kind != ingest::FrameKind::projection);
  }
}

TEST_CASE("the recastx dialect brings the same images and frame numbers that go on") {
  const auto direct = streamed(small_scan());
  auto context = plain_context();
  auto source = service(*context, {{"dialect", "recastx"}, {"start", "command"}});
  ingest::RecastxOptions options;
  options.address = source->streamer().sender().addresses().front();
  options.scans.scan.window.set_group_size(16);
  auto frames = ingest::make_recastx_source(*context, options);
  REQUIRE(frames);
  for (std::uint64_t run = 0; run < 2; ++run) {
    source->streamer().start();
    std::size_t next = 0;
    while (next < direct.frames.size()) {
      const auto event = (*frames)->take(kHang);
      REQUIRE(event);
      const auto* frame = std::get_if<ingest::FrameArrived>(&*event);
      if (frame == nullptr) continue;
      const auto& expected = direct.frames[next++];
      const bool projection = expected.kind == ingest::FrameKind::projection;
      CHECK(frame->kind == expected.kind);
      CHECK(frame->id == expected.id + (projection ? 16 * run : 0));
      CHECK(same_pixels(frame->pixels, expected.pixels));
    }
    REQUIRE(source->streamer().wait_until_done(kHang));
  }
}

TEST_CASE("a pacer ends its wait when it is stopped or told another rate") {
  Pacer pacer;
  pacer.set_rate(1e-4);  // a turn in three hours
  std::stop_source stop;
  REQUIRE(pacer.wait(stop.get_token()));
  SECTION("stopped") {
    std::jthread stopper([&] { stop.request_stop(); });
    CHECK_FALSE(pacer.wait(stop.get_token()));
  }
  SECTION("another rate") {
    std::jthread faster([&] { pacer.set_rate(0); });
    CHECK(pacer.wait(stop.get_token()));
  }
}

}  // namespace slicecast::source
