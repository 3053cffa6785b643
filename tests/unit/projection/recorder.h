// A small scan and a pipeline whose filtered link is a list of messages.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "common/config/program.h"
#include "services/projection/options.h"
#include "services/projection/pipeline.h"

namespace slicecast::projection::testing {

// Keeps everything that was published.
class Recorder final : public wire::BulkProducer {
 public:
  struct Message {
    v1::BulkHeader header;
    ConstBufferPtr pixels;
  };
  using wire::BulkProducer::publish;
  std::uint64_t publish(v1::BulkHeader header, ConstBufferPtr pixels,
                        wire::PixelsOnCard on_card) override;
  void set_preamble(std::vector<v1::BulkHeader> headers) override;
  void forget_before(std::uint64_t sequence) override;
  bool wait_for_consumers(std::uint64_t, bool, std::chrono::milliseconds) override { return true; }
  std::vector<std::string> addresses() const override { return {}; }
  std::vector<Consumer> consumers() const override { return {}; }
  std::size_t ring_bytes_used() const override { return 0; }
  std::uint64_t bad_demands() const override { return 0; }
  std::uint64_t handed_over() const override { return 0; }

  std::vector<Message> messages() const;
  std::vector<Message> projections(std::uint64_t epoch = 0) const;  // 0: of all epochs
  std::vector<v1::BulkHeader> preamble() const;
  std::uint64_t oldest() const;  // sequence of the oldest message kept

 private:
  mutable std::mutex mutex_;
  std::vector<Message> messages_;
  std::vector<v1::BulkHeader> preamble_;
  std::uint64_t oldest_ = 1;
};

// 12 x 40 uint16, half a turn in `group` steps; pixels depend on the id alone.
ingest::ScanInfo small_scan(const std::string& id, std::uint32_t group = 12);
ingest::FrameArrived projection_frame(const ingest::ScanInfo& scan, std::uint64_t id);
ingest::FrameArrived calibration_frame(const ingest::ScanInfo& scan, ingest::FrameKind kind,
                                       std::uint16_t value);

struct Rig {
  explicit Rig(unsigned threads = 2, std::size_t raw_bytes = std::size_t{1} << 20);
  ~Rig() { pipeline.stop(); }

  // Books frames as a source does.
  void send(ingest::Event event);
  void start(const ingest::ScanInfo& scan, bool flats = true);
  void send_projections(const ingest::ScanInfo& scan, std::uint64_t first, std::uint64_t count);
  void settle();
  Result<void> set(const std::string& name, config::Value value);

  const std::vector<config::Option> schema =
      config::with_common(projection_options(), "projection");
  config::Settings settings{schema};
  Recorder link;
  std::shared_ptr<metrics::Ledger> frames = std::make_shared<metrics::Ledger>("frames");
  std::shared_ptr<metrics::Ledger> refiltered = std::make_shared<metrics::Ledger>("refiltered");
  Pipeline pipeline;
};

// Filtered pixels of one message as floats.
std::vector<float> values(const Recorder::Message& message);

}  // namespace slicecast::projection::testing
