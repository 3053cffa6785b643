// The shared scene of slices: who made each, whose pose it has, and until when it stays. The last
// pose wins. Unpinned slices live as long as their owner renews its lease.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/geometry/plane.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::slice {

struct SceneLimits {
  int slices_per_client = 16;
  std::uint64_t pixels_per_slice = std::uint64_t{1} << 24;
  std::int64_t lease_ns = 10'000'000'000;
};

// Thread-safe. Times are steady nanoseconds, handed in so that tests need not wait.
class Scene {
 public:
  explicit Scene(SceneLimits limits) : limits_(limits) {}

  // Adds (empty or new id) or moves. The slice as it is now.
  Result<v1::SceneSlice> set(const std::string& client, const v1::SetSlice& request,
                             std::int64_t now_ns);
  Result<void> remove(const std::string& id);
  void renew(const std::string& client, std::int64_t now_ns);
  // Ids of unpinned slices whose owner has gone; they are removed.
  std::vector<std::string> expire(std::int64_t now_ns);
  v1::Scene describe() const;
  bool find(const std::string& id, v1::SceneSlice* slice) const;

 private:
  const SceneLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, v1::SceneSlice> slices_;
  std::map<std::string, std::int64_t> seen_ns_;  // by client
  std::uint64_t revision_ = 0;
  std::uint64_t named_ = 0;
};

// A pose by geometry::check_pose and at most `max_pixels` in all planes.
Result<void> check_image(const geometry::Pose& pose, std::uint32_t rows, std::uint32_t columns,
                         std::uint32_t planes, std::uint64_t max_pixels);

}  // namespace slicecast::slice
