#include "common/ingest/native_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "common/ingest/accounts.h"
#include "common/ingest/native_codec.h"

namespace slicecast::ingest {
namespace {

using Clock = std::chrono::steady_clock;
using metrics::Drop;

class NativeSource final : public FrameSource {
 public:
  NativeSource(wire::Context& context, NativeOptions options)
      : limits_(options.limits), accounts_("raw link", std::move(options.ledger)) {
    wire::BulkConsumer::Options bulk;
    bulk.name = std::move(options.name);
    bulk.address = std::move(options.address);
    bulk.server_key = std::move(options.server_key);
    bulk.window = options.window;
    bulk.max_message_bytes = options.limits.max_frame_bytes;
    bulk.pool = std::move(options.pool);
    consumer_ = wire::BulkConsumer::create(context, std::move(bulk));
  }

  std::optional<Event> take(std::chrono::milliseconds deadline) override {
    const auto until = Clock::now() + deadline;
    for (;;) {
      const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()),
                                 std::chrono::milliseconds(0));
      auto message = consumer_->take(left);
      book_link_losses();
      if (!message) return std::nullopt;
      if (auto event = accept(*message)) return event;
    }
  }

  void stop() override { consumer_->stop(); }
  void connect(std::string address, std::string server_key) override {
    consumer_->connect(std::move(address), std::move(server_key));
  }
  IngestCounts counts() const override { return accounts_.counts(); }
  wire::LinkState state() const override { return consumer_->state(); }

 private:
  std::optional<Event> accept(wire::BulkMessage& message) {
    note_place(message.header);
    auto event = decode_native(message.header, std::move(message.pixels), limits_);
    if (!event) {
      // A refused ScanStart or a foreign payload is no frame and must not enter the frame ledger.
      if (message.header.has_frame()) {
        accounts_.refuse(event.error());
      } else {
        accounts_.unknown();
      }
      return std::nullopt;
    }
    if (auto* start = std::get_if<ScanStarted>(&*event)) {
      if (!begin(message.header.scan_start(), start->scan)) return std::nullopt;
    } else if (auto* end = std::get_if<ScanEnded>(&*event)) {
      if (end->scan_id != scan_id_) return std::nullopt;
    } else if (!accept_frame(std::get<FrameArrived>(*event))) {
      return std::nullopt;
    }
    return *std::move(event);
  }

  bool begin(const v1::ScanStart& message, const ScanInfo& scan) {
    std::string bytes = message.SerializeAsString();
    if (bytes == scan_start_) return false;
    scan_start_ = std::move(bytes);
    scan_id_ = scan.scan_id;
    projections_ = scan.projections;
    vectors_ = scan.geometry.vectors.size();
    return true;
  }

  bool accept_frame(FrameArrived& frame) {
    if (frame.scan_id != scan_id_) {
      accounts_.drop(Drop::wrong_scan);
      return false;
    }
    const bool beyond = (projections_ != 0 && frame.id >= projections_) ||
                        (vectors_ != 0 && frame.id >= vectors_ && !frame.matrix);
    if (frame.kind == FrameKind::projection && beyond) {
      accounts_.refuse(
          {Errc::malformed, fmt::format("projection {} is beyond the number announced", frame.id)});
      return false;
    }
    if (frame.acquired_ns == 0) frame.acquired_ns = now_ns();
    frame.newer = newer_;
    accounts_.deliver(frame.pixels->size());
    return true;
  }

  // Where in the sender's ring this message lies, seen from where we joined.
  void note_place(const v1::BulkHeader& header) {
    if (header.instance() != instance_) {
      instance_ = header.instance();
      joined_at_ = 0;
    }
    if (joined_at_ == 0) joined_at_ = std::max(header.newest(), header.sequence());
    newer_ = header.sequence() != 0 && header.sequence() < joined_at_
                 ? joined_at_ - header.sequence()
                 : 0;
  }

  void book_link_losses() {
    const auto now = consumer_->counts();
    accounts_.drop(Drop::fell_off_ring, now.fell_off_ring - booked_.fell_off_ring);
    accounts_.drop(Drop::bad_header, now.bad_header - booked_.bad_header);
    accounts_.drop(Drop::bad_size, now.bad_size - booked_.bad_size);
    booked_ = now;
  }

  const DecodeLimits limits_;
  Accounts accounts_;
  std::unique_ptr<wire::BulkConsumer> consumer_;
  wire::BulkConsumer::Counts booked_;
  std::string scan_start_;  // last announcement, serialised
  std::string scan_id_;
  std::uint64_t projections_ = 0;
  std::uint64_t instance_ = 0, joined_at_ = 0;  // of the sender; newest sequence when we joined
  std::uint64_t newer_ = 0;                     // of the message at hand
  std::size_t vectors_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_native_source(wire::Context& context, NativeOptions options) {
  return std::make_unique<NativeSource>(context, std::move(options));
}

}  // namespace slicecast::ingest
