#include "cuda/process/lane.h"

#include <utility>

namespace slicecast::cuda {

Result<Lane> make_lane(Device& device) {
  auto stream = device.make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  Lane lane;
  lane.stream = std::move(*stream);
  return lane;
}

}  // namespace slicecast::cuda
