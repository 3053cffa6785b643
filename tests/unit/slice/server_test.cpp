// The whole server in one process, fed over a real bulk link on loopback.
#include "services/slice/server.h"

#include <chrono>
#include <limits>
#include <numbers>

#include "common/config/program.h"
#include "services/slice/options.h"

using namespace slicecast;
using namespace slicecast::slice;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kGroup = 10;
constexpr int kEdge = 8;

struct Process {
  std::unique_ptr<wire::Context> context = *wire::Context::create({});
  const std::vector<config::Option> schema = config::with_common(options(), "slice");
  config::Settings settings{schema};
  std::unique_ptr<wire::BulkProducer> projections;
  std::unique_ptr<Server> server;
  std::uint64_t sent = 0;

  Process() {
    projections = *wire::BulkProducer::create(
        *context, {.name = "made", .bind = {"tcp://127.0.0.1:0"}, .instance = 5});
    set("projections", projections->addresses().front());
    set("hub", "tcp://127.0.0.1:1");  // nobody is there, and nothing may depend on it
    for (const char* port : {"control_port", "feed_port"}) set(port, "0");
    set("metrics_port", "-1");
    set("threads", "1");
    set("memory", "128");
    set("preview_size", "0");
  }
  void set(const char* name, const std::string& value) {
    INFO(name);
    REQUIRE(settings.set_text(name, value));
  }
  void start() {
    auto made = Server::create(*context, settings);
    REQUIRE(made);
    server = *std::move(made);
  }
  void begin(const std::string& scan, std::uint64_t epoch = 1, double radius_mm = 3) {
    v1::BulkHeader header;
    header.set_instance(5);
    v1::FilteredStart& start = *header.mutable_filtered_start();
    start.set_scan_id(scan);
    start.set_epoch(epoch);
    start.mutable_window()->set_group_size(kGroup);
    start.set_period_rad(std::numbers::pi);
    start.set_pixel_at_axis_mm(1);
    start.mutable_field_of_view()->set_radius_mm(radius_mm);
    start.set_refilter(epoch > 1);
    projections->publish(header, nullptr);
  }
  void send(const std::string& scan, std::uint64_t id, std::uint64_t epoch = 1) {
    v1::BulkHeader header;
    v1::FilteredProjection& filtered = *header.mutable_filtered();
    filtered.set_scan_id(scan);
    filtered.set_id(id);
    filtered.set_epoch(epoch);
    filtered.set_angle_rad(std::numbers::pi * static_cast<double>(id) / kGroup);
    for (double number : {1., 0., 0., 3.5, 0., 0., -1., 3.5, 0., 0., 0., 1.})
      filtered.add_matrix(number);
    const std::size_t bytes = sizeof(float) * kEdge * kEdge;
    auto pixels = Buffer::allocate(bytes);
    std::fill_n(pixels->as<float>(), kEdge * kEdge, 1.0f);
    v1::PixelFormat& format = *header.mutable_pixels();
    format.set_type(v1::FLOAT32);
    format.add_shape(kEdge);
    format.add_shape(kEdge);
    format.set_bytes(bytes);
    projections->publish(header, pixels);
    ++sent;
  }
  void end(const std::string& scan) {
    v1::BulkHeader header;
    header.mutable_filtered_end()->set_scan_id(scan);
    projections->publish(header, nullptr);
  }
  // Waits (60 s hang guard) until all that was sent is settled and `holds`.
  template <class Holds>
  metrics::LedgerSnapshot settled(Holds holds) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      const auto ledger = server->ledger();
      CHECK(ledger.closes());
      if (ledger.received == sent && ledger.in_flight == 0 && holds(ledger)) return ledger;
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      std::this_thread::yield();
    }
  }
  metrics::LedgerSnapshot settled() {
    return settled([](const auto&) { return true; });
  }
};

std::uint64_t dropped(const metrics::LedgerSnapshot& ledger, metrics::Drop reason) {
  return ledger.dropped[static_cast<std::size_t>(reason)];
}

}  // namespace

TEST_CASE("an option that means nothing is refused at the start") {
  Process process;
  process.set("slices", "foo@1");
  const auto server = Server::create(*process.context, process.settings);
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("xy@Z") != std::string::npos);
}

TEST_CASE("a first scan that is of no use leaves the pinned slices to the next one") {
  Process process;
  process.set("slices", "xy@0");
  process.set("slice_size", "4");
  process.start();
  process.begin("empty", 1, 0.0);
  process.begin("endless", 1, std::numeric_limits<double>::infinity());
  process.begin("good");
  process.send("good", 0);
  process.settled();
  v1::Request request;
  auto client = *wire::ControlClient::create(
      *process.context,
      {.client = "test", .address = process.server->frame().control_addresses().back()});
  request.mutable_get_scene();
  const auto scene = client->request(request, std::chrono::seconds(60));
  REQUIRE(scene);
  CHECK(scene->scene().slices_size() == 1);
}

TEST_CASE("a volume whose planes are nowhere is refused") {
  Process process;
  process.start();
  auto client = *wire::ControlClient::create(
      *process.context,
      {.client = "test", .address = process.server->frame().control_addresses().back()});
  v1::Request request;
  v1::ReconstructOnce& once = *request.mutable_reconstruct_once();
  once.set_key("request/" + client->client_id() + "/1");
  once.mutable_axis1()->set_x_mm(1);
  once.mutable_axis2()->set_y_mm(1);
  once.set_rows(2);
  once.set_columns(2);
  once.set_planes(2);
  CHECK(client->request(request, std::chrono::seconds(60)));
  once.mutable_plane_step()->set_z_mm(std::numeric_limits<double>::quiet_NaN());
  const auto refused = client->request(request, std::chrono::seconds(60));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid_argument);
}

TEST_CASE("projections of an unknown scan are expected by nobody") {
  Process process;
  process.start();
  process.send("other", 3);
  const auto ledger = process.settled();
  CHECK(dropped(ledger, metrics::Drop::wrong_scan) == 1);
  CHECK(ledger.expected == 0);
}

TEST_CASE(
    "a projection is missing once newer ids exceed the reorder window, and no longer when it "
    "comes after all") {
  Process process;
  process.start();
  process.begin("scan");
  for (std::uint64_t id = 0; id <= 14; ++id)
    if (id != 4) process.send("scan", id);
  auto ledger = process.settled();
  CHECK(ledger.missing == 0);  // 4 may still come
  process.send("scan", 15);
  ledger = process.settled();
  CHECK(ledger.missing == 1);
  CHECK(ledger.expected == 16);
  process.send("scan", 4);  // its slot holds 14
  ledger = process.settled();
  CHECK(ledger.missing == 0);
  CHECK(ledger.expected == 16);
  CHECK(dropped(ledger, metrics::Drop::late) == 1);
}

TEST_CASE("a late projection is used when its slot is older or empty") {
  Process process;
  process.start();
  process.begin("scan");
  for (std::uint64_t id = 0; id <= 23; ++id)
    if (id != 12 && id != 22) process.send("scan", id);
  process.settled([](const auto& ledger) { return ledger.missing == 1; });
  process.send("scan", 12);  // its slot still waits with 2
  const auto ledger = process.settled();
  CHECK(ledger.missing == 0);
  CHECK(ledger.done == process.sent);
}

TEST_CASE("a repeat under a newer epoch is not expected twice, and a new scan counts afresh") {
  Process process;
  process.start();
  process.begin("scan");
  for (std::uint64_t id = 0; id < 10; ++id) process.send("scan", id);
  process.begin("scan", 2);
  for (std::uint64_t id = 10; id-- > 0;) process.send("scan", id, 2);
  auto ledger = process.settled();
  CHECK(ledger.expected == 10);
  CHECK(ledger.missing == 0);
  process.begin("next");
  process.send("next", 0);
  process.send("next", 2);
  ledger = process.settled();
  CHECK(ledger.expected == 2);
  process.end("next");
  ledger = process.settled([](const auto& now) { return now.missing == 1; });
  CHECK(ledger.expected == 3);
}

TEST_CASE("who joins a running scan misses nothing of what was before") {
  Process process;
  process.start();
  process.begin("scan");
  for (std::uint64_t id = 4990; id < 5030; ++id) process.send("scan", id);
  const auto ledger = process.settled();
  CHECK(ledger.expected == 40);
  CHECK(ledger.missing == 0);
}
