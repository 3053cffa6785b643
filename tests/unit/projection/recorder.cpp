#include "tests/unit/projection/recorder.h"

#include <cmath>
#include <numbers>

#include "common/recon/convert.h"

namespace slicecast::projection::testing {

std::uint64_t Recorder::publish(v1::BulkHeader header, ConstBufferPtr pixels, wire::PixelsOnCard) {
  std::lock_guard lock(mutex_);
  messages_.push_back({std::move(header), std::move(pixels)});
  return messages_.size();
}

void Recorder::set_preamble(std::vector<v1::BulkHeader> headers) {
  std::lock_guard lock(mutex_);
  preamble_ = std::move(headers);
}

void Recorder::forget_before(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  oldest_ = std::max(oldest_, sequence);
}

std::vector<Recorder::Message> Recorder::messages() const {
  std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<Recorder::Message> Recorder::projections(std::uint64_t epoch) const {
  std::vector<Message> found;
  for (const auto& message : messages())
    if (message.header.has_filtered() && (epoch == 0 || message.header.filtered().epoch() == epoch))
      found.push_back(message);
  return found;
}

std::vector<v1::BulkHeader> Recorder::preamble() const {
  std::lock_guard lock(mutex_);
  return preamble_;
}

std::uint64_t Recorder::oldest() const {
  std::lock_guard lock(mutex_);
  return oldest_;
}

ingest::ScanInfo small_scan(const std::string& id, std::uint32_t group) {
  ingest::ScanInfo scan;
  scan.scan_id = id;
  scan.geometry.rows = 12;
  scan.geometry.columns = 40;
  scan.geometry.angle_step_rad = std::numbers::pi / group;
  return scan;
}

namespace {

ingest::FrameArrived frame(const ingest::ScanInfo& scan) {
  ingest::FrameArrived arrived;
  arrived.scan_id = scan.scan_id;
  arrived.rows = scan.geometry.rows;
  arrived.columns = scan.geometry.columns;
  arrived.acquired_ns = 1;
  arrived.pixels = nullptr;
  return arrived;
}

}  // namespace

ingest::FrameArrived projection_frame(const ingest::ScanInfo& scan, std::uint64_t id) {
  auto arrived = frame(scan);
  arrived.id = id;
  const int count = arrived.rows * arrived.columns;
  auto pixels = Buffer::allocate(static_cast<std::size_t>(count) * 2);
  // Air at both edges: a sample wider than the beam is another test's matter.
  for (int i = 0; i < count; ++i) {
    const int column = i % arrived.columns;
    const bool air = column < 6 || column >= arrived.columns - 6;
    const double counts = 4000 + 2500 * std::sin(0.37 * column + 0.11 * static_cast<double>(id));
    pixels->as<std::uint16_t>()[i] = static_cast<std::uint16_t>(air ? 10000 : counts);
  }
  arrived.pixels = std::move(pixels);
  return arrived;
}

ingest::FrameArrived calibration_frame(const ingest::ScanInfo& scan, ingest::FrameKind kind,
                                       std::uint16_t value) {
  auto arrived = frame(scan);
  arrived.kind = kind;
  const std::size_t count = static_cast<std::size_t>(arrived.rows) * arrived.columns;
  auto pixels = Buffer::allocate(count * 2);
  std::fill_n(pixels->as<std::uint16_t>(), count, value);
  arrived.pixels = std::move(pixels);
  return arrived;
}

Rig::Rig(unsigned threads, std::size_t raw_bytes)
    : pipeline({.backend = *recon::find_backend("cpu"),
                .memory = {.raw = raw_bytes,
                           .filtered = std::size_t{1} << 22,
                           .queue = std::size_t{1} << 20,
                           .pool = std::size_t{1} << 20},
                .threads = threads},
               settings, link, nullptr, frames, refiltered) {}

void Rig::send(ingest::Event event) {
  if (std::holds_alternative<ingest::FrameArrived>(event)) frames->receive();
  pipeline.accept(std::move(event));
}

void Rig::start(const ingest::ScanInfo& scan, bool flats) {
  send(ingest::ScanStarted{scan});
  if (!flats) return;
  for (std::uint16_t offset : {0, 1, 2}) {
    send(calibration_frame(scan, ingest::FrameKind::dark, static_cast<std::uint16_t>(99 + offset)));
    send(calibration_frame(scan, ingest::FrameKind::flat,
                           static_cast<std::uint16_t>(9999 + offset)));
  }
}

void Rig::send_projections(const ingest::ScanInfo& scan, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t id = first; id < first + count; ++id) send(projection_frame(scan, id));
}

void Rig::settle() {
  REQUIRE(pipeline.wait_settled(std::chrono::seconds(60)));
}

Result<void> Rig::set(const std::string& name, config::Value value) {
  config::Settings after = settings;
  if (auto checked = after.set(name, std::move(value)); !checked) return checked;
  auto changed = pipeline.change(after);
  if (changed) settings = after;
  return changed;
}

std::vector<float> values(const Recorder::Message& message) {
  const auto& format = message.header.pixels();
  const std::size_t count = static_cast<std::size_t>(format.shape(0)) * format.shape(1);
  std::vector<float> all(count);
  if (format.type() == v1::FLOAT32)
    std::copy_n(message.pixels->as<float>(), count, all.begin());
  else
    recon::floats_from_halves({message.pixels->as<std::uint16_t>(), count},
                              static_cast<float>(format.scale()), all);
  return all;
}

}  // namespace slicecast::projection::testing
