// The whole server in one process, with real links on loopback.
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/ingest/native_codec.h"
#include "common/ingest/recastx_codec.h"
#include "common/wire/control.h"
#include "common/wire/feed.h"
#include "common/wire/socket.h"
#include "services/projection/server.h"
#include "tests/unit/projection/recorder.h"

using namespace slicecast;
using namespace slicecast::projection;
using namespace slicecast::projection::testing;
using std::chrono::milliseconds;

namespace {

const std::string kFilter = "filter";
constexpr milliseconds kHang{60000};  // only a hang gets there

struct Process {
  std::unique_ptr<wire::Context> context = *wire::Context::create({});
  std::filesystem::path folder;
  const std::vector<config::Option> schema =
      config::with_common(projection_options(), "projection");
  config::Settings settings{schema};
  std::unique_ptr<wire::BulkProducer> raw;
  std::unique_ptr<Server> server;
  std::unique_ptr<wire::BulkConsumer> filtered;
  std::map<std::uint64_t, std::vector<float>> images;  // by id, the newest epoch's
  std::vector<v1::BulkHeader> headers;

  Process() {
    std::string name = (std::filesystem::temp_directory_path() / "projection-XXXXXX").string();
    folder = mkdtemp(name.data());
    raw = *wire::BulkProducer::create(
        *context, {.name = "raw", .bind = {"tcp://127.0.0.1:0"}, .instance = 5});
    set("source", raw->addresses().front());
    set("state_directory", folder.string());
    set("hub", "tcp://127.0.0.1:1");  // nobody is there, and nothing may depend on it
    for (const char* port : {"control_port", "bulk_port", "feed_port"}) set(port, "0");
    set("metrics_port", "-1");
    set("threads", "2");
    set("memory", "64");
  }
  ~Process() {
    filtered.reset();
    server.reset();
    std::filesystem::remove_all(folder);
  }

  void set(const char* name, const std::string& value) {
    const auto done = settings.set_text(name, value);
    INFO(name);
    REQUIRE(done);
  }
  void set_live(const char* name, const char* text) {
    auto values = server->parameters().settings();
    REQUIRE(values.set_text(name, text));
    REQUIRE(server->parameters().set({{name, values.value(name)}}));
  }
  void start(std::span<const std::string> pinned = {}) {
    auto made = Server::create(*context, settings, pinned);
    REQUIRE(made);
    server = *std::move(made);
    filtered = wire::BulkConsumer::create(
        *context, {.name = "test", .address = server->bulk_addresses().back(), .window = 64});
  }
  void publish(const ingest::FrameArrived& frame) {
    raw->publish(ingest::encode_frame(frame), frame.pixels);
  }
  void begin(const ingest::ScanInfo& scan) {
    const auto start = ingest::encode_scan_start(scan);
    raw->set_preamble({start});
    raw->publish(start, nullptr);
    publish(calibration_frame(scan, ingest::FrameKind::dark, 100));
    publish(calibration_frame(scan, ingest::FrameKind::flat, 10000));
  }
  // Reads the filtered link until `done`.
  template <class Done>
  void read_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kHang;
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      auto message = filtered->take(milliseconds(100));
      if (!message) continue;
      headers.push_back(message->header);
      if (message->header.has_filtered())
        images[message->header.filtered().id()] = values({message->header, message->pixels});
    }
  }
};

}  // namespace

TEST_CASE("contradictory options are refused at the start with the remedy") {
  Process process;
  process.set("raw_memory", "60");
  process.set("filtered_memory", "60");
  const auto server = Server::create(*process.context, process.settings);
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("raise memory") != std::string::npos);
}

TEST_CASE("a damaged state file costs a warning, not the start") {
  Process process;
  std::ofstream(process.folder / "projection-projection.state") << "nonsense of some length here";
  process.start();
  CHECK(process.server->pipeline().status().flats == 0);
}

TEST_CASE("the ledger closes at every moment while a lossy stream runs") {
  Process process;
  process.start();
  const auto scan = small_scan("a", 60);
  process.begin(scan);
  std::thread sender([&] {
    for (std::uint64_t id = 0; id < 3000; ++id) {
      if (id % 17 == 0 && id != 0) continue;
      process.publish(projection_frame(scan, id ^ 3));
      if (id % 13 == 0) process.publish(projection_frame(scan, id ^ 3));
    }
    process.raw->publish(ingest::encode_scan_end({"a", 3000}), nullptr);
  });
  bool closed = true;
  process.read_until([&] {
    closed = closed && process.server->frames().closes() && process.server->refiltered().closes();
    return !process.headers.empty() && process.headers.back().has_filtered_end();
  });
  sender.join();
  CHECK(closed);
  const auto ledger = process.server->frames();
  CHECK(ledger.closes());
  CHECK(ledger.in_flight == 0);
  CHECK(ledger.received >= ledger.done);
}

TEST_CASE("parameters change over control while the scan runs, and the slice side can follow") {
  Process process;
  process.start();
  auto client = wire::ControlClient::create(
      *process.context, {.address = process.server->control_addresses().back()});
  REQUIRE(client);
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  for (std::uint64_t id = 0; id < 12; ++id) process.publish(projection_frame(scan, id));
  process.read_until([&] { return process.images.size() == 12; });
  const auto before = process.images[3];
  v1::Request request;
  (*request.mutable_set_parameters()->mutable_values())["filter"].set_text("hann");
  const auto reply = (*client)->request(request);
  REQUIRE(reply);
  CHECK(reply->error_message() == "");
  process.read_until([&] { return process.headers.back().has_epoch_ready(); });
  CHECK(process.images[3] != before);
  process.publish(projection_frame(scan, 12));
  process.read_until([&] { return process.images.count(12) == 1; });

  v1::Request wrong;
  (*wrong.mutable_set_parameters()->mutable_values())["filter"].set_text("sharp");
  const auto refused = (*client)->request(wrong);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid_argument);
}

TEST_CASE("darks, flats and the axis survive a restart") {
  Process process;
  process.start();
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  for (std::uint64_t id = 0; id < 3; ++id) process.publish(projection_frame(scan, id));
  process.read_until([&] { return process.images.size() == 3; });
  REQUIRE(process.server->parameters().set({{"axis_column", 18.5}}));
  const auto first = process.images;
  process.filtered.reset();
  process.server.reset();
  process.images.clear();
  // A detector does not resend: a fresh sender starts without darks and flats.
  process.raw = *wire::BulkProducer::create(
      *process.context, {.name = "raw", .bind = {"tcp://127.0.0.1:0"}, .instance = 6});
  process.set("source", process.raw->addresses().front());
  process.start();
  process.raw->publish(ingest::encode_scan_start(scan), nullptr);
  for (std::uint64_t id = 0; id < 3; ++id) process.publish(projection_frame(scan, id));
  process.read_until([&] { return process.images.size() == 3; });
  CHECK(process.images == first);
  CHECK(process.server->parameters().settings().real("axis_column") == 18.5);
}

TEST_CASE(
    "what the configuration or the command line says since wins over the last run's setting") {
  Process process;
  process.start();
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"filter", "hann"},
                                                                  {"rings", "true"},
                                                                  {"delta_beta", "50"},
                                                                  {"energy_kev", "20"},
                                                                  {"zinger_threshold", "0.5"}})
    process.set_live(name, value);
  process.server.reset();
  process.set("zinger_threshold", "0.25");  // configured anew
  process.set("filter", "ram_lak");         // as before, but said outright
  process.start(std::span(&kFilter, 1));
  const auto now = process.server->parameters().settings();
  CHECK(now.real("zinger_threshold") == 0.25);
  CHECK(now.text("filter") == "ram_lak");
  CHECK(now.boolean("rings"));
  CHECK(now.real("delta_beta") == 50);
  CHECK(now.real("energy_kev") == 20);
  // And again: what was restored is still what was set live.
  process.server.reset();
  process.start();
  CHECK(process.server->parameters().settings().boolean("rings"));
  CHECK(process.server->parameters().settings().real("zinger_threshold") == 0.25);
}

TEST_CASE("a restored axis is dropped when the next scan has another set-up") {
  Process process;
  process.start();
  auto scan = small_scan("a", 12);
  process.begin(scan);
  process.publish(projection_frame(scan, 0));
  process.read_until([&] { return process.images.size() == 1; });
  REQUIRE(process.server->parameters().set({{"axis_column", 18.5}}));
  process.filtered.reset();
  process.server.reset();
  process.start();
  CHECK(process.server->parameters().settings().real("axis_column") == 18.5);
  scan.scan_id += "b";
  scan.geometry.axis_column = 20.0;
  process.begin(scan);
  process.publish(projection_frame(scan, 0));
  process.images.clear();
  process.read_until([&] { return process.images.size() == 1; });
  CHECK(process.server->parameters().settings().real("axis_column") == -1);
}

TEST_CASE("of a ring joined late only what the window needs is filtered, and none is missing") {
  Process process;
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  for (std::uint64_t id = 0; id < 200; ++id) process.publish(projection_frame(scan, id));
  process.start();
  process.read_until([&] { return process.images.count(199) == 1; });
  for (std::uint64_t id = 188; id < 200; ++id) CHECK(process.images.count(id) == 1);
  process.publish(projection_frame(scan, 200));
  process.read_until([&] { return process.images.count(200) == 1; });
  REQUIRE(process.server->pipeline().wait_settled(kHang));
  const auto status = process.server->pipeline().status();
  CHECK(status.skipped >= 150);
  CHECK(process.images.size() == 201 - status.skipped);
  const auto ledger = process.server->frames();
  CHECK(ledger.closes());
  CHECK(ledger.dropped_in_all() == 0);
  CHECK(ledger.missing == 0);
  CHECK(ledger.done == ledger.received);
}

TEST_CASE("a second server of a name leaves the state file and the source alone") {
  Process process;
  auto hub =
      wire::HubServer::create(*process.context, {.bind = {"tcp://127.0.0.1:0"}, .instance = 3});
  REQUIRE(hub);
  process.set("hub", (*hub)->addresses().front());
  process.start();
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  process.publish(projection_frame(scan, 0));
  process.read_until([&] { return process.images.size() == 1; });
  REQUIRE(process.raw->consumers().size() == 1);
  const auto second = Server::create(*process.context, process.settings);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::already_exists);
  CHECK(second.error().message.find("--name") != std::string::npos);
  CHECK(process.raw->consumers().size() == 1);
}

TEST_CASE("the recastx dialect gives the same filtered projections as the native link") {
  Process native;
  native.start();
  auto scan = small_scan("a", 12);
  native.begin(scan);
  for (std::uint64_t id = 0; id < 12; ++id) native.publish(projection_frame(scan, id));
  native.read_until([&] { return native.images.size() == 12; });

  Process recastx;
  auto push = wire::bind_socket(*recastx.context, zmq::socket_type::push, {"tcp://127.0.0.1:0"});
  REQUIRE(push);
  recastx.set("recastx", push->addresses.front());
  recastx.set("group_size", "12");
  recastx.start();
  const auto send = [&](const ingest::FrameArrived& frame) {
    const auto text = ingest::encode_recastx({.kind = frame.kind,
                                              .frame = frame.id,
                                              .type = frame.type,
                                              .rows = frame.rows,
                                              .columns = frame.columns,
                                              .bytes = frame.pixels->size()},
                                             "test");
    push->socket.send(zmq::buffer(text), zmq::send_flags::sndmore);
    push->socket.send(zmq::buffer(frame.pixels->data(), frame.pixels->size()));
  };
  send(calibration_frame(scan, ingest::FrameKind::dark, 100));
  send(calibration_frame(scan, ingest::FrameKind::flat, 10000));
  for (std::uint64_t id = 0; id < 12; ++id) send(projection_frame(scan, id));
  recastx.read_until([&] { return recastx.images.size() == 12; });
  REQUIRE(native.images.size() == recastx.images.size());
  CHECK(native.images == recastx.images);
}

TEST_CASE(
    "who is connected loses nothing, who starts late gets the whole window from its oldest on") {
  Process process;
  process.start();
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  process.publish(projection_frame(scan, 0));
  process.read_until([&] { return process.images.size() == 1; });
  for (std::uint64_t id = 1; id < 100; ++id) process.publish(projection_frame(scan, id));
  REQUIRE(process.server->pipeline().wait_settled(kHang));
  process.read_until([&] { return process.images.size() == 100; });
  CHECK(process.filtered->counts().fell_off_ring == 0);
  process.images.clear();
  process.headers.clear();
  const auto small = [&] { return process.server->pipeline().status().ring_projections <= 40; };
  CHECK(small());
  process.filtered = wire::BulkConsumer::create(
      *process.context,
      {.name = "late", .address = process.server->bulk_addresses().back(), .window = 64});
  process.read_until([&] {
    for (std::uint64_t id = 88; id < 100; ++id)
      if (process.images.count(id) == 0) return false;
    return true;
  });
  CHECK(process.headers.front().has_filtered_start());
}

TEST_CASE("thumbnails and telemetry come over the feed to whoever asks") {
  Process process;
  process.start();
  v1::Subscription everything;
  const auto feed = wire::FeedConsumer::create(*process.context,
                                               {.name = "viewer",
                                                .address = process.server->feed_addresses().back(),
                                                .subscriptions = {everything}});
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  std::atomic<bool> enough{false};
  std::thread sender([&] {
    for (std::uint64_t id = 0; !enough; ++id) {
      process.publish(projection_frame(scan, id));
      process.raw->wait_for_consumers(4, true, milliseconds(1000));
    }
  });
  bool thumbnail = false, telemetry = false, closes = true;
  const auto end = std::chrono::steady_clock::now() + kHang;
  while (!(thumbnail && telemetry) && std::chrono::steady_clock::now() < end) {
    const auto message = feed->take(milliseconds(100));
    if (!message) continue;
    if (message->header.has_thumbnail()) {
      thumbnail = true;
      CHECK(message->header.thumbnail().scan_id() == "a");
      CHECK(message->pixels->size() == 12 * 40 * 4);
    }
    if (!message->header.has_telemetry()) continue;
    telemetry = true;
    for (const auto& ledger : message->header.telemetry().ledgers()) {
      std::uint64_t settled = ledger.done() + ledger.in_flight();
      for (const auto& [reason, count] : ledger.dropped()) settled += count;
      closes = closes && ledger.received() == settled;
    }
  }
  enough = true;
  sender.join();
  CHECK(thumbnail);
  CHECK(telemetry);
  CHECK(closes);
}

TEST_CASE("who asks for thumbnails after the scan gets its last projection") {
  Process process;
  process.start();
  CHECK(process.server->pipeline().status().axis_column == -1);
  const auto scan = small_scan("a", 12);
  process.begin(scan);
  for (std::uint64_t id = 0; id < 12; ++id) process.publish(projection_frame(scan, id));
  process.raw->publish(ingest::encode_scan_end({"a", 12}), nullptr);
  process.read_until(
      [&] { return !process.headers.empty() && process.headers.back().has_filtered_end(); });
  CHECK(process.server->pipeline().status().axis_column == geometry::axis_column(scan.geometry));
  process.set_live("axis_column", "17.5");
  CHECK(process.server->pipeline().status().axis_column == 17.5);
  v1::Subscription thumbnails;
  thumbnails.set_prefix("thumbnail");
  const auto feed = wire::FeedConsumer::create(*process.context,
                                               {.name = "viewer",
                                                .address = process.server->feed_addresses().back(),
                                                .subscriptions = {thumbnails}});
  const auto message = feed->take(kHang);
  REQUIRE(message);
  CHECK(message->header.thumbnail().id() == 11);
}
