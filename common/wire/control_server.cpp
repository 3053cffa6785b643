#include <atomic>
#include <exception>

#include "common/base/clock.h"
#include "common/wire/control.h"
#include "common/wire/router_loop.h"

namespace slicecast::wire {
namespace {

constexpr std::size_t kLongestClient = 256;  // bytes: servers remember who asked

class RouterControlServer final : public ControlServer, private RouterLoop::Owner {
 public:
  RouterControlServer(const Options& options, BoundSocket bound, ControlHandler handler)
      : instance_(options.instance),
        handler_(std::move(handler)),
        loop_(std::move(bound), "ctl>" + options.name, *this) {}

  std::vector<std::string> addresses() const override { return loop_.addresses(); }
  std::uint64_t bad_requests() const override { return bad_requests_.load(); }

 private:
  void received(const std::string& peer, std::span<const char> bytes) override;
  void garbage() override { ++bad_requests_; }
  std::chrono::nanoseconds turn() override { return std::chrono::hours(1); }

  Result<void> handle(const v1::Request& request, v1::Reply& reply);

  const std::uint64_t instance_;
  const ControlHandler handler_;
  std::atomic<std::uint64_t> bad_requests_{0};
  RouterLoop loop_;  // last: its thread uses all of the above
};

Result<void> RouterControlServer::handle(const v1::Request& request, v1::Reply& reply) {
  if (request.has_ping()) {
    reply.mutable_pong();
    return {};
  }
  // The last line of defence for the thread: a handler has no business throwing.
  try {
    return handler_(request, reply);
  } catch (const std::exception& failed) {
    return Error{Errc::io, std::string("the request failed in the server: ") + failed.what()};
  }
}

void RouterControlServer::received(const std::string& peer, std::span<const char> bytes) {
  v1::Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || request.id() == 0 ||
      request.client().size() > kLongestClient) {
    ++bad_requests_;
    return;
  }
  v1::Reply reply;
  if (request.body_case() == v1::Request::BODY_NOT_SET) {
    ++bad_requests_;
    reply.set_error_code(to_string(Errc::unsupported));
    reply.set_error_message(
        "the request has no body that this server knows; is it older than the "
        "client?");
  } else if (auto handled = handle(request, reply); !handled) {
    reply.Clear();
    reply.set_error_code(to_string(handled.error().code));
    reply.set_error_message(handled.error().message);
  }
  reply.set_id(request.id());
  reply.set_instance(instance_);
  reply.set_server_time_ns(now_ns());
  // A client that has gone meanwhile, or does not read, gets no answer.
  loop_.send(peer, reply.SerializeAsString());
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::create(Context& context, Options options,
                                                             ControlHandler handler) {
  if (options.instance == 0)
    return Error{Errc::invalid_argument, "a control server needs an instance; give new_instance()"};
  auto bound = bind_socket(context, zmq::socket_type::router, options.bind);
  if (!bound) return bound.error();
  return std::unique_ptr<ControlServer>(
      std::make_unique<RouterControlServer>(options, std::move(*bound), std::move(handler)));
}

}  // namespace slicecast::wire
