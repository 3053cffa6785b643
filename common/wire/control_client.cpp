#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "common/base/names.h"
#include "common/wire/clock_estimate.h"
#include "common/wire/consumer_name.h"
#include "common/wire/control.h"
#include "common/wire/handshake_watch.h"
#include "common/wire/pixel_parts.h"
#include "common/wire/socket.h"
#include "common/wire/wake.h"

namespace slicecast::wire {
namespace {

using Clock = std::chrono::steady_clock;

// Between two looks at why there is no connection yet.
constexpr std::chrono::milliseconds kLookAtHandshake{500};

Errc code_of(const std::string& name) {
  for (int code = 0; code <= static_cast<int>(Errc::cancelled); ++code)
    if (name == to_string(static_cast<Errc>(code))) return static_cast<Errc>(code);
  return Errc::unsupported;  // a newer server's code
}

class DealerControlClient final : public ControlClient {
 public:
  DealerControlClient(Context& context, const Options& options, zmq::socket_t socket)
      : context_(context),
        options_(options),
        client_(options.client_is_unique ? options.client : consumer_name(options.client)),
        socket_(std::move(socket)) {}

  Result<v1::Reply> request(v1::Request request, std::chrono::milliseconds deadline) override;
  void cancel() override {
    cancelled_.store(true);
    wake_.signal();
  }
  ClockOffset clock_offset() const override { return clock_.best(); }
  const std::string& client_id() const override { return client_; }
  const std::string& address() const override { return options_.address; }

 private:
  Result<v1::Reply> exchange(v1::Request request, std::chrono::milliseconds deadline,
                             Clock::time_point until);
  std::optional<Error> send(const std::string& bytes, Clock::time_point until);
  std::optional<v1::Reply> receive(std::uint64_t id, Clock::time_point until);
  void reconnect();
  Error silent(std::chrono::milliseconds deadline) const;
  Error cancelled() const { return {Errc::cancelled, "the request was cancelled by a stop"}; }

  Context& context_;
  const Options options_;
  const std::string client_;
  ClockEstimate clock_;
  Wake wake_;
  std::atomic<bool> cancelled_{false};

  // A caller waits for its turn until its own deadline; the socket moves between threads with it.
  std::mutex mutex_;
  std::condition_variable turn_;
  bool busy_ = false;
  zmq::socket_t socket_;
  bool unconnected_ = false;  // the last request found no connection
  std::uint64_t last_id_ = 0;
  std::uint64_t server_instance_ = 0;
};

std::optional<Error> DealerControlClient::send(const std::string& bytes, Clock::time_point until) {
  // libzmq never tries again after a handshake that was refused, and a key may have been added.
  if (std::exchange(unconnected_, false)) reconnect();
  std::optional<HandshakeWatch> watch;  // only while there is no connection
  std::optional<Error> refused;
  while (!cancelled_.load()) {
    if (socket_ && send_message(socket_, nullptr, bytes, nullptr, 0) == Sent::done)
      return std::nullopt;
    if (!watch && socket_) watch.emplace(context_, socket_, options_.address);
    if (watch)
      if (auto now = watch->refusal()) refused = std::move(now);
    const auto left = until - Clock::now();
    unconnected_ = left <= Clock::duration::zero();
    if (unconnected_ && refused) return refused;
    if (unconnected_)
      return Error{Errc::unavailable, "nobody answers at " + options_.address +
                                          "; is the service running, and is this its address? "
                                          "(`slicecast status` lists what is there)"};
    wait(&socket_, false, true, wake_, std::min<Clock::duration>(left, kLookAtHandshake));
  }
  return cancelled();
}

std::optional<v1::Reply> DealerControlClient::receive(std::uint64_t id, Clock::time_point until) {
  while (!cancelled_.load()) {
    zmq::message_t part;
    while (receive_part(socket_, part)) {
      v1::Reply reply;
      const bool whole = !part.more() && part.size() <= kMaxHeaderBytes &&
                         reply.ParseFromArray(part.data(), static_cast<int>(part.size()));
      drop_rest(socket_, part);
      if (whole && reply.id() == id) return reply;  // others are late or none of ours
    }
    const auto left = until - Clock::now();
    if (left <= Clock::duration::zero()) return std::nullopt;
    wait(&socket_, true, false, wake_, left);
  }
  return std::nullopt;
}

void DealerControlClient::reconnect() {
  // What is queued for a stopped server must not pile up there, nor delay the next request.
  auto socket =
      connect_socket(context_, zmq::socket_type::dealer, options_.address, options_.server_key);
  if (socket) socket_ = std::move(*socket);
}

Error DealerControlClient::silent(std::chrono::milliseconds deadline) const {
  return {Errc::deadline_exceeded, options_.address + " did not answer within " +
                                       std::to_string(deadline.count()) +
                                       " ms; it is busy or stopped: try again, or restart it"};
}

Result<v1::Reply> DealerControlClient::request(v1::Request request,
                                               std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  {
    std::unique_lock lock(mutex_);
    if (!turn_.wait_until(lock, until, [&] { return !busy_; }))
      return Error{Errc::deadline_exceeded,
                   "another request to " + options_.address + " took all the time; ask again"};
    busy_ = true;
  }
  auto reply = exchange(std::move(request), deadline, until);
  {
    std::lock_guard lock(mutex_);
    busy_ = false;
  }
  turn_.notify_one();
  return reply;
}

Result<v1::Reply> DealerControlClient::exchange(v1::Request request,
                                                std::chrono::milliseconds deadline,
                                                Clock::time_point until) {
  if (cancelled_.load()) return cancelled();
  request.set_id(++last_id_);
  request.set_client(client_);
  request.set_role(options_.role);
  request.set_deadline_ms(static_cast<std::uint32_t>(std::max<std::int64_t>(deadline.count(), 0)));
  const std::int64_t sent_ns = now_ns();
  if (auto failed = send(request.SerializeAsString(), until)) return *failed;
  auto reply = receive(last_id_, until);
  if (cancelled_.load()) return cancelled();
  if (!reply) {
    reconnect();
    return silent(deadline);
  }
  if (reply->instance() != server_instance_) clock_.restart();
  server_instance_ = reply->instance();
  clock_.add(sent_ns, now_ns(), reply->server_time_ns());
  if (!reply->error_code().empty())
    return Error{code_of(reply->error_code()), printable(reply->error_message())};
  return std::move(*reply);
}

}  // namespace

Result<std::unique_ptr<ControlClient>> ControlClient::create(Context& context, Options options) {
  auto socket =
      connect_socket(context, zmq::socket_type::dealer, options.address, options.server_key);
  if (!socket) return socket.error();
  return std::unique_ptr<ControlClient>(
      std::make_unique<DealerControlClient>(context, options, std::move(*socket)));
}

}  // namespace slicecast::wire
