#include <algorithm>

#include "common/ingest/native_codec.h"
#include "common/wire/bulk.h"
#include "services/source/frame_sender.h"

namespace slicecast::source {
namespace {

constexpr std::uint64_t kMostBacklog = 64;  // above the consumers' window, so that it stays full

class NativeSender final : public FrameSender {
 public:
  NativeSender(std::unique_ptr<wire::BulkProducer> producer, std::size_t ring_bytes)
      : producer_(std::move(producer)), ring_bytes_(ring_bytes) {}

  void begin(const ingest::ScanInfo& scan) override {
    const auto& g = scan.geometry;
    const std::size_t frame_bytes = static_cast<std::size_t>(g.rows) *
                                    static_cast<std::size_t>(g.columns) * size_of(scan.pixel_type);
    // Half the ring, else a frame still on its way could fall out.
    backlog_ = std::clamp<std::uint64_t>(ring_bytes_ / 2 / std::max<std::size_t>(1, frame_bytes), 1,
                                         kMostBacklog);
    v1::BulkHeader start = ingest::encode_scan_start(scan);
    producer_->set_preamble({start});
    producer_->publish(std::move(start), nullptr);
  }

  bool send(const ingest::FrameArrived& frame) override {
    producer_->publish(ingest::encode_frame(frame), frame.pixels);
    return true;
  }

  void end(const ingest::ScanEnded& end) override {
    producer_->publish(ingest::encode_scan_end(end), nullptr);
  }

  bool wait_for_consumer(std::chrono::milliseconds deadline) override {
    return producer_->wait_for_consumers(~std::uint64_t{0}, true, deadline);
  }
  bool wait_for_room(std::chrono::milliseconds deadline) override {
    return producer_->wait_for_consumers(backlog_, true, deadline);
  }
  bool wait_until_taken(std::chrono::milliseconds deadline) override {
    return producer_->wait_for_consumers(0, false, deadline);  // who is gone takes no more
  }

  std::vector<std::string> addresses() const override { return producer_->addresses(); }
  std::size_t consumers() const override { return producer_->consumers().size(); }

 private:
  const std::unique_ptr<wire::BulkProducer> producer_;
  const std::size_t ring_bytes_;
  std::uint64_t backlog_ = 1;
};

}  // namespace

Result<std::unique_ptr<FrameSender>> make_native_sender(wire::Context& context,
                                                        NativeSenderOptions options) {
  wire::BulkProducer::Options bulk;
  bulk.name = "raw";
  bulk.bind = std::move(options.bind);
  bulk.instance = options.instance;
  bulk.ring_bytes = options.ring_bytes;
  auto producer = wire::BulkProducer::create(context, std::move(bulk));
  if (!producer) return producer.error();
  return std::unique_ptr<FrameSender>(
      std::make_unique<NativeSender>(*std::move(producer), options.ring_bytes));
}

}  // namespace slicecast::source
