#include "common/wire/router_loop.h"

#include <algorithm>

#include "common/base/thread_name.h"

namespace slicecast::wire {
namespace {

constexpr int kDemandsPerTurn = 256;  // so that a flood of demands does not stop the sending
constexpr std::size_t kMostUnheard = 4 * kMaxHeaderBytes;
constexpr std::chrono::nanoseconds kLookAtPeers = std::chrono::milliseconds(100);

}  // namespace

RouterLoop::RouterLoop(BoundSocket bound, const std::string& thread_name, Owner& owner)
    : socket_(std::move(bound.socket)),
      connections_(std::move(bound.events), kMostUnheard),
      addresses_(std::move(bound.addresses)),
      thread_name_(thread_name),
      owner_(owner) {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

RouterLoop::~RouterLoop() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

void RouterLoop::run(std::stop_token stop) {
  name_thread(thread_name_);
  std::chrono::nanoseconds pause(0);
  while (!stop.stop_requested()) {
    const auto limit = std::min(pause, kLookAtPeers);
    const bool readable = wait(&socket_, true, false, wake_, limit).readable;
    int taken = 0;
    while (readable && taken < kDemandsPerTurn && receive_one()) ++taken;
    for (int n = connections_.cut_off(taken < kDemandsPerTurn); n > 0; --n) owner_.garbage();
    pause = owner_.turn();
  }
}

bool RouterLoop::receive_one() {
  zmq::message_t peer, body;
  if (!receive_part(socket_, peer)) return false;
  if (!peer.more() || !receive_part(socket_, body)) {
    owner_.garbage();
    return true;
  }
  connections_.heard(body);
  const bool whole = !body.more();
  if (whole && body.size() <= kMaxHeaderBytes)
    owner_.received(peer.to_string(), {body.data<char>(), body.size()});
  else
    owner_.garbage();
  if (!whole) drop_rest(socket_, body);
  return true;
}

}  // namespace slicecast::wire
