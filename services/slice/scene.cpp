#include "services/slice/scene.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/wire/pose.h"

namespace slicecast::slice {
namespace {

constexpr std::size_t kMaxIdLength = 64;
constexpr std::size_t kMaxNameLength = 256;

bool good_id(const std::string& id) {
  return id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

Result<void> check_image(const geometry::Pose& pose, std::uint32_t rows, std::uint32_t columns,
                         std::uint32_t planes, std::uint64_t max_pixels) {
  if (auto checked = geometry::check_pose(pose); !checked) return checked;
  if (rows == 0 || columns == 0)
    return Error{Errc::invalid_argument, "a slice needs at least one row and one column"};
  const std::uint64_t per_plane =
      std::uint64_t{rows} * columns;  // 64-bit product of 32-bit numbers
  if (per_plane > max_pixels || planes > max_pixels / per_plane)
    return Error{Errc::resource_exhausted,
                 fmt::format("{} x {} x {} pixels are more than the {} this server allows; ask for "
                             "fewer or raise max_pixels",
                             planes, rows, columns, max_pixels)};
  return {};
}

Result<v1::SceneSlice> Scene::set(const std::string& client, const v1::SetSlice& request,
                                  std::int64_t now_ns) {
  if (auto checked = check_image(wire::pose_of(request), request.rows(), request.columns(), 1,
                                 limits_.pixels_per_slice);
      !checked)
    return checked.error();
  if (!good_id(request.id()))
    return Error{Errc::invalid_argument,
                 "a slice id has at most 64 letters, digits, '-', '_' and '.'"};
  if (request.name().size() > kMaxNameLength)
    return Error{Errc::invalid_argument, "the name of a slice has at most 256 bytes"};
  std::lock_guard lock(mutex_);
  seen_ns_[client] = now_ns;
  const auto found = slices_.find(request.id());
  const bool is_new = request.id().empty() || found == slices_.end();
  if (is_new) {
    const auto owned = std::count_if(slices_.begin(), slices_.end(), [&](const auto& item) {
      return item.second.owner() == client;
    });
    if (owned >= limits_.slices_per_client)
      return Error{Errc::resource_exhausted,
                   fmt::format("client '{}' has {} slices already; remove one first or raise "
                               "max_slices_per_client",
                               client, owned)};
  }
  std::string id = request.id();
  while (id.empty() || (request.id().empty() && slices_.count(id) != 0))
    id = fmt::format("s{}", ++named_);
  v1::SceneSlice& slice = slices_[id];
  if (is_new) {
    slice.set_id(id);
    slice.set_name(request.name().empty() ? id : request.name());
    slice.set_owner(client);
  } else if (!request.name().empty()) {
    slice.set_name(request.name());
  }
  *slice.mutable_base() = request.base();
  *slice.mutable_axis1() = request.axis1();
  *slice.mutable_axis2() = request.axis2();
  slice.set_rows(request.rows());
  slice.set_columns(request.columns());
  slice.set_author(client);
  if (request.has_pinned()) slice.set_pinned(request.pinned());
  slice.set_pose_revision(++revision_);
  return slice;
}

Result<void> Scene::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  if (slices_.erase(id) == 0)
    return Error{Errc::not_found,
                 fmt::format("there is no slice '{}'; see `slicecast status`", id)};
  ++revision_;
  return {};
}

void Scene::renew(const std::string& client, std::int64_t now_ns) {
  std::lock_guard lock(mutex_);
  seen_ns_[client] = now_ns;
}

std::vector<std::string> Scene::expire(std::int64_t now_ns) {
  std::lock_guard lock(mutex_);
  std::erase_if(seen_ns_,
                [&](const auto& item) { return now_ns - item.second > limits_.lease_ns; });
  std::vector<std::string> gone;
  for (const auto& [id, slice] : slices_)
    if (!slice.pinned() && seen_ns_.count(slice.owner()) == 0) gone.push_back(id);
  for (const auto& id : gone) slices_.erase(id);
  if (!gone.empty()) ++revision_;
  return gone;
}

v1::Scene Scene::describe() const {
  std::lock_guard lock(mutex_);
  v1::Scene scene;
  scene.set_revision(revision_);
  for (const auto& [id, slice] : slices_) *scene.add_slices() = slice;
  return scene;
}

bool Scene::find(const std::string& id, v1::SceneSlice* slice) const {
  std::lock_guard lock(mutex_);
  const auto found = slices_.find(id);
  if (found == slices_.end()) return false;
  *slice = found->second;
  return true;
}

}  // namespace slicecast::slice
