// What clients ask of the slice server, and what it does by the clock: leases, old requests,
// telemetry.
#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>

#include "common/base/clock.h"
#include "common/wire/pose.h"
#include "services/slice/messages.h"
#include "services/slice/server.h"

namespace slicecast::slice {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kRequestLifeNs = 30'000'000'000;
constexpr std::size_t kRequestsKept = 64;
constexpr int kRequestsPerClient = 4;

}  // namespace

bool Server::may_change(const v1::Request& request) const {
  return request.role() == v1::OPERATE && settings_.text("client_role") == "operate";
}

Result<void> Server::handle(const v1::Request& request, v1::Reply& reply) {
  scene_.renew(request.client(), steady_now_ns());
  const bool changes = request.body_case() == v1::Request::kSetSlice ||
                       request.body_case() == v1::Request::kRemoveSlice;
  if (changes && !may_change(request))
    return Error{Errc::permission_denied,
                 "observers may look but not move slices; connect with the role `operate`"};
  switch (request.body_case()) {
    case v1::Request::kSetSlice: return set_slice(request, reply);
    case v1::Request::kRemoveSlice: {
      const std::string& id = request.remove_slice().id();
      if (auto removed = scene_.remove(id); !removed) return removed;
      engine_->remove_target("slice/" + id);
      feed_->remove("slice/" + id);
      publish_scene();
      return {};
    }
    case v1::Request::kRenewLease: return {};
    case v1::Request::kGetScene: *reply.mutable_scene() = scene_.describe(); return {};
    case v1::Request::kReconstructOnce: return reconstruct_once(request, reply);
    default:
      return Error{Errc::unsupported, "the slice server has no such request; see control.proto"};
  }
}

Result<void> Server::set_slice(const v1::Request& request, v1::Reply& reply) {
  const v1::SetSlice& wanted = request.set_slice();
  const std::uint64_t bytes = std::uint64_t{12} * wanted.rows() * wanted.columns();
  const auto budget = static_cast<std::uint64_t>(settings_.integer("memory")) << 19;
  if (engine_->target_bytes() + bytes > budget)
    return Error{Errc::resource_exhausted,
                 fmt::format("slices and preview would take more than half of the {} MiB of this "
                             "server; make slices smaller, remove some or raise `memory`",
                             settings_.integer("memory"))};
  auto placed = scene_.set(request.client(), wanted, steady_now_ns());
  if (!placed) return placed.error();
  Target target;
  target.key = "slice/" + placed->id();
  target.kind = TargetKind::slice;
  target.pose_revision = placed->pose_revision();
  target.grid = geometry::grid_of(wire::pose_of(*placed), static_cast<int>(placed->rows()),
                                  static_cast<int>(placed->columns()));
  engine_->set_target(target);
  *reply.mutable_slice() = std::move(*placed);
  publish_scene();
  return {};
}

Result<void> Server::reconstruct_once(const v1::Request& request, v1::Reply& reply) {
  const v1::ReconstructOnce& once = request.reconstruct_once();
  const std::string prefix = "request/" + request.client() + "/";
  if (once.key().rfind(prefix, 0) != 0 || once.key().size() > 256)
    return Error{Errc::invalid_argument,
                 fmt::format("the key of a request begins with '{}'", prefix)};
  const std::uint32_t planes = std::max<std::uint32_t>(once.planes(), 1);
  const geometry::Pose pose = wire::pose_of(once);
  if (auto checked = check_image(pose, once.rows(), once.columns(), planes,
                                 static_cast<std::uint64_t>(settings_.integer("max_pixels")));
      !checked)
    return checked;
  const geometry::Vec3 step = wire::from_proto(once.plane_step());
  if (!std::isfinite(step.x) || !std::isfinite(step.y) || !std::isfinite(step.z))
    return Error{Errc::invalid_argument, "the step from plane to plane is not finite; send mm"};
  {
    std::lock_guard lock(requests_mutex_);
    const auto mine = std::count_if(requests_.begin(), requests_.end(), [&](const auto& item) {
      return item.first.rfind(prefix, 0) == 0;
    });
    if (mine >= kRequestsPerClient || requests_.size() >= kRequestsKept) {
      // The client's oldest answer makes room: it asks for slabs one after the other.
      auto oldest = requests_.end();
      for (auto it = requests_.begin(); it != requests_.end(); ++it)
        if (it->first.rfind(prefix, 0) == 0 &&
            (oldest == requests_.end() || it->second < oldest->second))
          oldest = it;
      if (oldest == requests_.end())
        return Error{Errc::resource_exhausted,
                     "too many requests are open at this server; try again in a moment"};
      engine_->remove_target(oldest->first);
      feed_->remove(oldest->first);
      requests_.erase(oldest);
    }
    requests_[once.key()] = steady_now_ns();
  }
  Target target;
  target.key = once.key();
  target.kind = TargetKind::request;
  target.grid =
      geometry::grid_of(pose, static_cast<int>(once.rows()), static_cast<int>(once.columns()));
  target.grid.planes = static_cast<int>(planes);
  target.grid.step_plane = step;
  engine_->set_target(target);
  reply.mutable_accepted()->set_key(once.key());
  return {};
}

void Server::forget_old_requests(std::int64_t now) {
  std::lock_guard lock(requests_mutex_);
  for (auto it = requests_.begin(); it != requests_.end();) {
    if (now - it->second < kRequestLifeNs) {
      ++it;
      continue;
    }
    engine_->remove_target(it->first);
    feed_->remove(it->first);
    it = requests_.erase(it);
  }
}

void Server::keep_house(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "slice-house");
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const std::int64_t now = steady_now_ns();
    const auto gone = scene_.expire(now);
    for (const auto& id : gone) {
      engine_->remove_target("slice/" + id);
      feed_->remove("slice/" + id);
    }
    if (!gone.empty()) publish_scene();
    save_scene();
    forget_old_requests(now);
    publish_telemetry();
    wake.wait_for(lock, stop, 1s, [] { return false; });
  }
}

void Server::publish_scene() {
  std::lock_guard lock(scene_order_);  // an older scene must not overtake a newer one
  v1::FeedHeader header;
  *header.mutable_scene() = scene_.describe();
  feed_->publish("scene", std::move(header), nullptr);
}

void Server::publish_telemetry() {
  v1::FeedHeader header;
  v1::Telemetry& telemetry = *header.mutable_telemetry();
  telemetry.set_service(settings_.text("name"));
  for (const auto& snapshot : registry_.ledgers())
    *telemetry.add_ledgers() = service::to_proto(snapshot);
  for (const auto& [name, value] : registry_.gauges()) (*telemetry.mutable_gauges())[name] = value;
  feed_->publish("telemetry", std::move(header), nullptr);
}

}  // namespace slicecast::slice
