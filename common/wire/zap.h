// Decides which CURVE keys may connect (ZeroMQ RFC 27). One per context, started before any socket
// is bound. The allow-list is read anew for each connection, so that a key can be added or taken
// away while the process runs. Owns one named thread.
#pragma once

#include <filesystem>
#include <string>
#include <thread>

#include <zmq.hpp>

#include "common/wire/wake.h"

namespace slicecast::wire {

class ZapHandler {
 public:
  // Lets in `own_key` (processes that share our key folder) and the keys in `directory`/allowed.
  ZapHandler(zmq::context_t& context, std::filesystem::path directory, std::string own_key);
  ~ZapHandler();

 private:
  void run(std::stop_token stop);
  void answer();
  bool allowed(const std::string& mechanism, const zmq::message_t& credentials) const;

  const std::filesystem::path directory_;
  const std::string own_key_;
  zmq::socket_t socket_;
  Wake wake_;
  std::jthread thread_;
};

}  // namespace slicecast::wire
