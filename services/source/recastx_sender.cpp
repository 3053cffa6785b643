#include <algorithm>
#include <atomic>

#include "common/ingest/recastx_codec.h"
#include "common/wire/socket.h"
#include "services/source/frame_sender.h"

namespace slicecast::source {
namespace {

class RecastxSender final : public FrameSender {
 public:
  explicit RecastxSender(wire::BoundSocket bound) : bound_(std::move(bound)) {}

  void begin(const ingest::ScanInfo&) override {
    offset_ += sent_;
    sent_ = 0;
  }

  bool send(const ingest::FrameArrived& frame) override {
    ingest::RecastxHeader header;
    header.kind = frame.kind;
    header.frame = frame.id;
    if (frame.kind == ingest::FrameKind::projection) {
      header.frame += offset_;
      // Lost frames keep their numbers, and so must the scans behind them.
      sent_ = std::max(sent_, frame.id + 1);
    }
    header.type = frame.type;
    header.rows = frame.rows;
    header.columns = frame.columns;
    zmq::message_t json(ingest::encode_recastx(header, "slicecast"));
    // libzmq gives the pixels back to their pool when the last peer has read them.
    auto* kept = new ConstBufferPtr(frame.pixels);
    zmq::message_t pixels(
        const_cast<std::byte*>((*kept)->data()), (*kept)->size(),
        [](void*, void* hint) { delete static_cast<ConstBufferPtr*>(hint); }, kept);
    const auto flags = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
    if (!bound_.socket.send(json, flags)) {
      has_peer_ = false;
      return false;
    }
    has_peer_ = true;
    return bound_.socket.send(pixels, zmq::send_flags::dontwait).has_value();
  }

  void end(const ingest::ScanEnded& end) override { sent_ = std::max(sent_, end.projections); }

  bool wait_for_consumer(std::chrono::milliseconds deadline) override {
    return wait_for_room(deadline);
  }

  bool wait_for_room(std::chrono::milliseconds deadline) override {
    zmq_pollitem_t item{bound_.socket.handle(), 0, ZMQ_POLLOUT, 0};
    has_peer_ = zmq_poll(&item, 1, static_cast<long>(deadline.count())) > 0;
    return has_peer_;
  }

  // A PUSH socket does not tell what its peers have read; what is queued gets five seconds to
  // leave when the socket closes.
  bool wait_until_taken(std::chrono::milliseconds) override {
    bound_.socket.set(zmq::sockopt::linger, 5000);
    return true;
  }

  std::vector<std::string> addresses() const override { return bound_.addresses; }
  std::size_t consumers() const override { return has_peer_ ? 1 : 0; }

 private:
  wire::BoundSocket bound_;
  std::uint64_t offset_ = 0;  // projections of earlier scans
  std::uint64_t sent_ = 0;
  std::atomic<bool> has_peer_{false};
};

}  // namespace

Result<std::unique_ptr<FrameSender>> make_recastx_sender(wire::Context& context,
                                                         const std::string& address,
                                                         int high_water) {
  auto bound = wire::bind_socket(context, zmq::socket_type::push, {address}, high_water);
  if (!bound) return bound.error();
  return std::unique_ptr<FrameSender>(std::make_unique<RecastxSender>(*std::move(bound)));
}

}  // namespace slicecast::source
