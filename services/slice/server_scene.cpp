// The slices that are there without a client: those of the option `slices`, and those that clients
// pinned before this server was started again.
#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/log/log.h"
#include "common/wire/pose.h"
#include "services/slice/messages.h"
#include "services/slice/options.h"
#include "services/slice/saved_scene.h"
#include "services/slice/server.h"

namespace slicecast::slice {

void Server::restore_scene() {
  const auto saved = read_scene(scene_file_);
  if (!saved) {
    if (saved.error().code != Errc::not_found) spdlog::warn("{}", saved.error().message);
    return;
  }
  int placed = 0;
  for (const v1::SceneSlice& slice : saved->slices()) {
    v1::Request request;
    request.set_client(slice.owner());
    v1::SetSlice& wanted = *request.mutable_set_slice();
    wanted.set_id(slice.id());
    wanted.set_name(slice.name());
    *wanted.mutable_base() = slice.base();
    *wanted.mutable_axis1() = slice.axis1();
    *wanted.mutable_axis2() = slice.axis2();
    wanted.set_rows(slice.rows());
    wanted.set_columns(slice.columns());
    wanted.set_pinned(true);
    v1::Reply reply;
    if (auto set = set_slice(request, reply); set)
      ++placed;
    else
      spdlog::warn("the pinned slice '{}' is not shown again: {}", slice.id(), set.error().message);
  }
  if (placed > 0) spdlog::info("{} pinned slices are back", placed);
  saved_scene_ = saved->SerializeAsString();
}

void Server::save_scene() {
  const v1::Scene kept = kept_slices(scene_.describe(), settings_.text("name"));
  std::string bytes = kept.SerializeAsString();
  const std::int64_t now = steady_now_ns();
  if (bytes == saved_scene_ && !state_writes_.wants_again(now)) return;
  state_writes_.report("pinned slices", write_scene(scene_file_, kept), now);
  saved_scene_ = std::move(bytes);
}

// A scan whose field of view is of no use leaves them to the next one.
void Server::place_initial_slices() {
  const auto field = engine_->field();
  const auto size = static_cast<std::uint32_t>(settings_.integer("slice_size"));
  std::erase_if(unplaced_, [&](const std::string& text) {
    const auto pose = geometry::parse_pose(text, 2 * field.radius_mm);
    if (!pose) {
      spdlog::error("option `slices`: {}", pose.error().message);
      return false;
    }
    v1::Request request;
    request.set_client(settings_.text("name"));
    v1::SetSlice& slice = *request.mutable_set_slice();
    slice.set_name(text);
    wire::set_pose(*pose, &slice);
    slice.set_rows(size);
    slice.set_columns(size);
    slice.set_pinned(true);
    v1::Reply reply;
    const auto set = set_slice(request, reply);
    if (!set) spdlog::error("option `slices`: {}", set.error().message);
    return static_cast<bool>(set);
  });
}

}  // namespace slicecast::slice
