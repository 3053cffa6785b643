// Raw sockets that say what no Slicecast process would say.
#pragma once

#include <string>
#include <vector>

#include <zmq.hpp>

namespace slicecast::wire::test {

// A ROUTER that any consumer can be pointed at. Receives demands and answers with any bytes.
class RogueProducer {
 public:
  RogueProducer();
  const std::string& address() const { return address_; }
  // The next demand's bytes; empty at the hang guard. Remembers whom to answer.
  std::string next_demand();
  void send(const std::vector<std::string>& parts);

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::string address_, peer_;
};

// A DEALER that sends any bytes to any producer or server.
class RogueConsumer {
 public:
  explicit RogueConsumer(const std::string& address);
  void send(const std::vector<std::string>& parts);
  // Parts of the next message; none at the hang guard.
  std::vector<std::string> receive();

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

}  // namespace slicecast::wire::test
