// The way out: one implementation per wire dialect. Used by one thread, except addresses().
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/ingest/frame_event.h"
#include "common/wire/context.h"

namespace slicecast::source {

class FrameSender {
 public:
  virtual ~FrameSender() = default;

  virtual void begin(const ingest::ScanInfo& scan) = 0;
  // False: nobody had room for it and it is lost (dialects without a ring).
  virtual bool send(const ingest::FrameArrived& frame) = 0;
  virtual void end(const ingest::ScanEnded& end) = 0;

  // True once a consumer is connected; false at the deadline.
  virtual bool wait_for_consumer(std::chrono::milliseconds deadline) = 0;
  // True once another frame will not be lost; false at the deadline.
  virtual bool wait_for_room(std::chrono::milliseconds deadline) = 0;
  // True once everything sent was taken, as far as the dialect can know.
  virtual bool wait_until_taken(std::chrono::milliseconds deadline) = 0;

  virtual std::vector<std::string> addresses() const = 0;
  virtual std::size_t consumers() const = 0;
};

struct NativeSenderOptions {
  std::vector<std::string> bind;
  std::uint64_t instance = 0;
  std::size_t ring_bytes = std::size_t{256} << 20;
};
Result<std::unique_ptr<FrameSender>> make_native_sender(wire::Context& context,
                                                        NativeSenderOptions options);

// PUSH, at most `high_water` frames waiting, without scan marks, geometry or angles; frame numbers
// of projections go on over all scans.
Result<std::unique_ptr<FrameSender>> make_recastx_sender(wire::Context& context,
                                                         const std::string& address,
                                                         int high_water);

}  // namespace slicecast::source
