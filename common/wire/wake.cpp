#include "common/wire/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace slicecast::wire {

Wake::Wake() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wake::~Wake() {
  close(fd_);
}

void Wake::signal() {
  if (pending_.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wake::clear() {
  std::uint64_t count = 0;
  // Read before lowering the flag: the other order could swallow a signal and leave the flag up,
  // and no later signal would get through.
  [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
  pending_.store(false);
}

Ready wait(zmq::socket_t* socket, bool for_reading, bool for_writing, Wake& wake,
           std::chrono::nanoseconds limit) {
  zmq_pollitem_t items[2] = {{nullptr, wake.fd(), ZMQ_POLLIN, 0}, {nullptr, 0, 0, 0}};
  int count = 1;
  if (socket != nullptr && *socket && (for_reading || for_writing)) {
    const short events =
        static_cast<short>((for_reading ? ZMQ_POLLIN : 0) | (for_writing ? ZMQ_POLLOUT : 0));
    items[1] = {socket->handle(), 0, events, 0};
    count = 2;
  }
  using std::chrono::milliseconds;
  // Rounded up, else the last fraction of a millisecond would be spent spinning.
  const auto rounded =
      std::chrono::ceil<milliseconds>(std::max(limit, std::chrono::nanoseconds(0)));
  // EINTR and ETERM look like a timeout; the caller's loop looks at its stop token next.
  if (zmq_poll(items, count, static_cast<long>(std::min(rounded, milliseconds(3600000)).count())) <
      0)
    return {};
  if ((items[0].revents & ZMQ_POLLIN) != 0) wake.clear();
  return {(items[1].revents & ZMQ_POLLIN) != 0, (items[1].revents & ZMQ_POLLOUT) != 0};
}

}  // namespace slicecast::wire
