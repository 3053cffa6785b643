#include <arpa/inet.h>
#include <civetweb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <thread>

#include "common/metrics/metrics.h"

namespace slicecast::metrics {
namespace {

void answer(mg_connection* connection, const char* status, const char* type,
            const std::string& body) {
  mg_printf(connection,
            "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n"
            "Cache-Control: no-store\r\n\r\n",
            status, type, body.size());
  mg_write(connection, body.data(), body.size());
}

// Connects to a port of this machine, waits for the other end to close it for 10 ms at most.
void knock(int port) {
  const int knocking = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (knocking < 0) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(knocking, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  pollfd closed{knocking, POLLIN, 0};
  ::poll(&closed, 1, 10);
  ::close(knocking);
}

class CivetExposer final : public HttpExposer {
 public:
  CivetExposer(const Registry& registry, Health healthy)
      : registry_(registry), healthy_(std::move(healthy)) {}
  ~CivetExposer() override {
    if (server_ == nullptr) return;
    // mg_stop() waits for a thread that looks for connections and looks up every 2 s only; a
    // connection makes it look up now.
    std::jthread caller([port = port_](const std::stop_token& stopped) {
      while (!stopped.stop_requested()) knock(port);
    });
    mg_stop(server_);
  }

  Result<void> start(int port) {
    static std::once_flag library;
    std::call_once(library, [] { mg_init_library(0); });
    const std::string address = "127.0.0.1:" + std::to_string(port);
    // As many threads as scrapers may stall before they hide /healthz, by which `slicecast up`
    // tells that a plugin hangs.
    const char* options[] = {"listening_ports",
                             address.c_str(),
                             "num_threads",
                             "8",
                             "request_timeout_ms",
                             "1000",
                             "enable_directory_listing",
                             "no",
                             nullptr};
    mg_callbacks callbacks{};
    callbacks.begin_request = &CivetExposer::on_request;
    callbacks.log_message = [](const mg_connection*, const char*) { return 1; };  // reported below
    server_ = mg_start(&callbacks, this, options);
    mg_server_port bound{};
    if (server_ == nullptr || mg_get_server_ports(server_, 1, &bound) != 1)
      return Error{Errc::already_exists,
                   "metrics port " + address +
                       " cannot be opened, it is probably in use; give another metrics_port, "
                       "0 for any free one or -1 for none"};
    port_ = bound.port;
    return {};
  }

  int port() const override { return port_; }

 private:
  static int on_request(mg_connection* connection) {
    const auto* self = static_cast<CivetExposer*>(mg_get_user_data(mg_get_context(connection)));
    const mg_request_info* request = mg_get_request_info(connection);
    const bool reading = std::strcmp(request->request_method, "GET") == 0;
    if (!reading) {
      answer(connection, "405 Method Not Allowed", "text/plain", "only GET is allowed\n");
      return 405;
    }
    if (std::strcmp(request->local_uri, "/metrics") == 0) {
      answer(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8",
             self->registry_.prometheus_text());
      return 200;
    }
    if (std::strcmp(request->local_uri, "/healthz") == 0) {
      const std::string trouble = self->healthy_ ? self->healthy_() : std::string();
      if (trouble.empty()) {
        answer(connection, "200 OK", "text/plain", "ok\n");
        return 200;
      }
      answer(connection, "503 Service Unavailable", "text/plain", trouble + "\n");
      return 503;
    }
    answer(connection, "404 Not Found", "text/plain", "there are /metrics and /healthz\n");
    return 404;
  }

  const Registry& registry_;
  const Health healthy_;
  mg_context* server_ = nullptr;
  int port_ = -1;
};

class NoExposer final : public HttpExposer {
 public:
  int port() const override { return -1; }
};

}  // namespace

Result<std::unique_ptr<HttpExposer>> HttpExposer::create(const Registry& registry, int port,
                                                         Health healthy) {
  if (port < 0) return std::unique_ptr<HttpExposer>(std::make_unique<NoExposer>());
  auto exposer = std::make_unique<CivetExposer>(registry, std::move(healthy));
  if (auto ok = exposer->start(port); !ok) return ok.error();
  return std::unique_ptr<HttpExposer>(std::move(exposer));
}

}  // namespace slicecast::metrics
