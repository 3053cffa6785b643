// Connections through a SOCKS5 proxy without libzmq's own client, which ends the process (4.3.4,
// src/epoll.cpp, bad file descriptor) when the proxy refuses a connection, so also when one dies
// and the link reconnects. Each target gets an entrance, a loopback port that libzmq connects to;
// what comes there goes on through the proxy. A connection that fails is closed, and libzmq tries
// again with its usual pauses. Like the proxy itself, entrances are open to all users of this
// machine. Owns one named thread; at most 256 entrances and 1024 connections of 128 KiB.
#pragma once

#include <netinet/in.h>

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/error.h"
#include "common/wire/socks_connection.h"
#include "common/wire/wake.h"

namespace slicecast::wire {

class SocksTunnel {
 public:
  explicit SocksTunnel(std::string proxy);  // host:port
  ~SocksTunnel();                           // closes all, joins

  // tcp://127.0.0.1:port that leads to `address`, tcp://HOST:PORT as the proxy sees it. Fails when
  // no proxy listens now. Any thread.
  Result<std::string> entrance(const std::string& address);

 private:
  struct Entrance {
    int listener = -1;
    int port = 0;
    std::string greeting;  // the SOCKS request for its target
  };
  void run(std::stop_token stop);
  void accept_from(const Entrance& entrance);

  const std::string proxy_;
  std::mutex mutex_;
  std::map<std::string, Entrance> entrances_;
  std::list<SocksConnection> connections_;  // the thread's own
  Wake wake_;
  std::jthread thread_;
};

}  // namespace slicecast::wire
