#include "rogue.h"

#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

std::vector<std::string> receive_all(zmq::socket_t& socket) {
  std::vector<std::string> parts;
  zmq::message_t part;
  do {
    if (!socket.recv(part)) return {};
    parts.push_back(part.to_string());
  } while (part.more());
  return parts;
}

void send_all(zmq::socket_t& socket, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    socket.send(zmq::buffer(parts[i]),
                i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
}

zmq::socket_t make(zmq::context_t& context, zmq::socket_type type) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(kHang.count()));
  return socket;
}

}  // namespace

RogueProducer::RogueProducer() : socket_(make(context_, zmq::socket_type::router)) {
  socket_.bind("tcp://127.0.0.1:*");
  address_ = socket_.get(zmq::sockopt::last_endpoint);
}

std::string RogueProducer::next_demand() {
  const auto parts = receive_all(socket_);
  if (parts.size() != 2) return {};
  peer_ = parts[0];
  return parts[1];
}

void RogueProducer::send(const std::vector<std::string>& parts) {
  std::vector<std::string> routed = {peer_};
  routed.insert(routed.end(), parts.begin(), parts.end());
  send_all(socket_, routed);
}

RogueConsumer::RogueConsumer(const std::string& address)
    : socket_(make(context_, zmq::socket_type::dealer)) {
  socket_.connect(address);
}

void RogueConsumer::send(const std::vector<std::string>& parts) {
  send_all(socket_, parts);
}

std::vector<std::string> RogueConsumer::receive() {
  return receive_all(socket_);
}

}  // namespace slicecast::wire::test
