#include "common/wire/zap.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "common/base/thread_name.h"
#include "common/wire/keys.h"

namespace slicecast::wire {

ZapHandler::ZapHandler(zmq::context_t& context, std::filesystem::path directory,
                       std::string own_key)
    : directory_(std::move(directory)),
      own_key_(std::move(own_key)),
      socket_(context, zmq::socket_type::router) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

ZapHandler::~ZapHandler() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

void ZapHandler::run(std::stop_token stop) {
  name_thread("zap");
  while (!stop.stop_requested())
    if (wait(&socket_, true, false, wake_, std::chrono::hours(1)).readable) answer();
}

bool ZapHandler::allowed(const std::string& mechanism, const zmq::message_t& credentials) const {
  if (mechanism != "CURVE" || credentials.size() != 32) return false;
  char key[41];
  if (zmq_z85_encode(key, credentials.data<std::uint8_t>(), 32) == nullptr) return false;
  if (key == own_key_) return true;
  const auto keys = allowed_keys(directory_);
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void ZapHandler::answer() {
  // [peer][empty][version][request id][domain][address][identity][mechanism][credentials...]
  std::vector<zmq::message_t> parts;
  do {
    parts.emplace_back();
    if (!socket_.recv(parts.back(), zmq::recv_flags::dontwait)) return;
  } while (parts.back().more());
  if (parts.size() < 8) return;
  const bool let_in = parts.size() == 9 && allowed(parts[7].to_string(), parts[8]);
  const std::string status = let_in ? "200" : "400";
  const std::string text = let_in ? "OK" : "this key is not in the allow-list";
  socket_.send(parts[0], zmq::send_flags::sndmore);
  socket_.send(parts[1], zmq::send_flags::sndmore);
  socket_.send(zmq::str_buffer("1.0"), zmq::send_flags::sndmore);
  socket_.send(parts[3], zmq::send_flags::sndmore);
  socket_.send(zmq::buffer(status), zmq::send_flags::sndmore);
  socket_.send(zmq::buffer(text), zmq::send_flags::sndmore);
  socket_.send(zmq::str_buffer("peer"), zmq::send_flags::sndmore);
  socket_.send(zmq::message_t(), zmq::send_flags::none);
}

}  // namespace slicecast::wire
