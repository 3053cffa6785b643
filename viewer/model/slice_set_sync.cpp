// The half of the slice set that speaks with the server.
#include <algorithm>
#include <utility>

#include "common/wire/pose.h"
#include "viewer/model/slice_set.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostSlices = 256;
constexpr std::size_t kMostRefusals = 16;
constexpr std::uint32_t kLongestSide = 1 << 16;

// The request may work when it is made again.
bool lost(Errc code) {
  return code == Errc::deadline_exceeded || code == Errc::unavailable || code == Errc::cancelled;
}

bool drawable(const v1::SceneSlice& told) {
  const auto fits = [](std::uint32_t side) { return side > 0 && side <= kLongestSide; };
  return fits(told.rows()) && fits(told.columns()) && geometry::check_pose(wire::pose_of(told));
}

const v1::SceneSlice* find_in(const v1::Scene& scene, const std::string& id) {
  for (const auto& slice : scene.slices())
    if (slice.id() == id) return &slice;
  return nullptr;
}

}  // namespace

std::optional<SliceRequest> SliceSet::next_request() {
  for (auto& [id, pending] : pending_) {
    if (pending.remove && pending.in_flight == 0) {
      pending.remove = false;
      ++pending.in_flight;
      tickets_[++next_ticket_] = {id, pending.edit, true};
      v1::RemoveSlice request;
      request.set_id(id);
      return SliceRequest{next_ticket_, std::move(request)};
    }
    const SceneSlice* slice = find(id);
    if (!pending.set || slice == nullptr || pending.in_flight >= in_flight_per_slice_) continue;
    pending.set = false;
    ++pending.in_flight;
    tickets_[++next_ticket_] = {id, pending.edit, false};
    v1::SetSlice request;
    request.set_id(id);
    if (pending.name) request.set_name(slice->name);
    if (pending.pin) request.set_pinned(slice->pinned);
    wire::set_pose(slice->pose, &request);
    request.set_rows(static_cast<std::uint32_t>(slice->rows));
    request.set_columns(static_cast<std::uint32_t>(slice->columns));
    return SliceRequest{next_ticket_, std::move(request)};
  }
  return std::nullopt;
}

bool SliceSet::idle() const {
  return pending_.empty();
}

std::vector<Refusal> SliceSet::take_refusals() {
  return std::exchange(refusals_, {});
}

void SliceSet::refuse(const std::string& name, const Error& error) {
  // A drag is refused many times for one reason.
  if (!refusals_.empty() && refusals_.back().message == error.message) return;
  refusals_.push_back({name, error.message});
  if (refusals_.size() > kMostRefusals) refusals_.erase(refusals_.begin());
}

// Whether an edit of the slice has not been answered yet.
bool SliceSet::waits(const std::string& id) const {
  const auto pending = pending_.find(id);
  return pending != pending_.end() && pending->second.answered < pending->second.edit;
}

void SliceSet::adopt(SceneSlice& slice) {
  const auto echo = echoes_.find(slice.id);
  if (echo == echoes_.end()) return;
  const v1::SceneSlice& told = echo->second;
  if (!drawable(told)) return;
  const auto pending = pending_.find(slice.id);
  const bool held = waits(slice.id);
  slice.server_pose = wire::pose_of(told);
  slice.server_revision = told.pose_revision();
  slice.owner = told.owner();
  if (!held || !pending->second.name) slice.name = told.name();
  if (!held || !pending->second.pin) slice.pinned = told.pinned();
  if (held) return;
  slice.author = told.author();
  slice.rows = static_cast<int>(told.rows());
  slice.columns = static_cast<int>(told.columns());
  slice.pose = *slice.server_pose;
}

// Forgets bookkeeping that has nothing left to wait for, and shows what the server says.
void SliceSet::settle(const std::string& id) {
  const auto found = pending_.find(id);
  if (found != pending_.end()) {
    const Pending& p = found->second;
    const bool open = p.set || p.remove || p.in_flight > 0 || p.answered < p.edit;
    if (!open) pending_.erase(found);
  }
  if (SceneSlice* slice = find_slice(id)) {
    slice->edited = waits(id);
    adopt(*slice);
  }
}

void SliceSet::answered(std::uint64_t ticket, const v1::SceneSlice& echo) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end() || found->second.removal) return;
  const Ticket sent = found->second;
  tickets_.erase(found);
  auto& newest = echoes_[sent.id];
  if (echo.pose_revision() >= newest.pose_revision()) newest = echo;
  const auto pending = pending_.find(sent.id);
  if (pending != pending_.end()) {
    --pending->second.in_flight;
    pending->second.answered = std::max(pending->second.answered, sent.edit);
  }
  settle(sent.id);
}

void SliceSet::answered(std::uint64_t ticket) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end() || !found->second.removal) return;
  const std::string id = found->second.id;
  tickets_.erase(found);
  pending_.erase(id);
  removing_.erase(id);
  if (const auto echo = echoes_.find(id); echo != echoes_.end()) {
    removed_[id] = echo->second.pose_revision();
    echoes_.erase(echo);
  }
}

void SliceSet::failed(std::uint64_t ticket, const Error& error) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return;
  const Ticket sent = found->second;
  if (sent.removal && error.code == Errc::not_found) return answered(ticket);
  tickets_.erase(found);
  const auto pending = pending_.find(sent.id);
  if (pending == pending_.end()) return;
  Pending& open = pending->second;
  --open.in_flight;
  const bool newest = sent.edit == open.edit;
  if (lost(error.code) && !observer_) {
    if (sent.removal)
      open.remove = true;
    else if (newest && open.answered < open.edit && removing_.count(sent.id) == 0)
      open.set = true;
    return settle(sent.id);
  }
  const auto echo = echoes_.find(sent.id);
  if (sent.removal) {
    refuse(echo != echoes_.end() ? echo->second.name() : sent.id, error);
    pending_.erase(pending);
    removing_.erase(sent.id);
    if (echo == echoes_.end()) return;
    if (SceneSlice* back = appear(echo->second)) back->refusal = error.message;
    return;
  }
  if (newest) open.answered = open.edit;
  SceneSlice* slice = find_slice(sent.id);
  refuse(slice != nullptr ? slice->name : sent.id, error);
  // A slice that the server would not take, and knows nothing of, cannot stay.
  if (slice != nullptr && newest && echo == echoes_.end() && open.in_flight == 0)
    return drop(sent.id);
  settle(sent.id);
  if (slice != nullptr) slice->refusal = error.message;
}

SceneSlice* SliceSet::appear(const v1::SceneSlice& echo) {
  if (slices_.size() >= kMostSlices) return nullptr;
  slices_.emplace_back();
  slices_.back().id = echo.id();
  adopt(slices_.back());
  return &slices_.back();
}

// After the server has lost its memory: everything of ours goes to it again, and what is pinned,
// for which nobody may be left to do so.
void SliceSet::assert_again(const v1::Scene& scene) {
  echoes_.clear();
  removed_.clear();
  for (auto& slice : slices_) {
    slice.server_pose.reset();
    slice.server_revision = 0;
    if (observer_ || find_in(scene, slice.id) != nullptr) continue;
    if (slice.edited || mine(slice) || slice.pinned) {
      const std::string author = slice.author;
      Pending& pending = touch(slice);
      slice.author = author;
      pending.name = pending.pin = true;
    }
  }
}

void SliceSet::merge(const v1::Scene& scene, std::uint64_t instance) {
  const bool new_instance = instance_ != 0 && instance != instance_;
  if (!new_instance && instance_ != 0 && scene.revision() < scene_revision_) return;
  if (new_instance || (forgotten_ && instance_ != 0)) assert_again(scene);
  forgotten_ = false;
  instance_ = instance;
  scene_revision_ = scene.revision();

  for (const auto& told : scene.slices()) {
    if (!drawable(told)) continue;
    const auto ghost = removed_.find(told.id());
    if (ghost != removed_.end() && told.pose_revision() <= ghost->second) continue;
    const auto known = echoes_.find(told.id());
    SceneSlice* slice = find_slice(told.id());
    if (slice == nullptr && removing_.count(told.id()) == 0 && slices_.size() >= kMostSlices)
      continue;
    if (known == echoes_.end() || told.pose_revision() >= known->second.pose_revision())
      echoes_[told.id()] = told;
    if (removing_.count(told.id()) != 0) continue;
    if (slice != nullptr)
      adopt(*slice);
    else
      appear(told);
  }
  std::erase_if(removed_, [&](const auto& item) { return find_in(scene, item.first) == nullptr; });

  // Gone is what this scene could know of and does not list; what was answered after it was made,
  // or not at all yet, stays.
  std::vector<std::string> gone;
  for (const auto& slice : slices_) {
    if (find_in(scene, slice.id) != nullptr) continue;
    const auto echo = echoes_.find(slice.id);
    const bool unheard_of = echo == echoes_.end() && slice.edited;
    const bool newer = echo != echoes_.end() && echo->second.pose_revision() > scene.revision();
    if (!unheard_of && !newer) gone.push_back(slice.id);
  }
  for (const auto& id : gone) {
    const auto pending = pending_.find(id);
    const bool under_way = pending != pending_.end() && pending->second.in_flight > 0;
    Pending open = under_way ? pending->second : Pending{};
    drop(id);
    echoes_.erase(id);
    if (!under_way) continue;
    // Removed by somebody else while an edit is on its way, which would make it anew.
    open.set = false;
    open.remove = true;
    pending_[id] = open;
    removing_.insert(id);
  }
}

void SliceSet::forget_all() {
  slices_.clear();
  echoes_.clear();
  pending_.clear();
  tickets_.clear();
  removing_.clear();
  removed_.clear();
  refusals_.clear();
  selected_.clear();
  instance_ = scene_revision_ = 0;
  forgotten_ = false;
}

bool SliceSet::show(const v1::SliceImage& header, int rows, int columns) {
  const auto& stamp = header.stamp();
  SceneSlice* slice = find_slice(stamp.slice_id());
  if (slice == nullptr || rows < 1 || columns < 1) return false;
  if (slice->image && slice->image->instance == stamp.instance() &&
      stamp.version() < slice->image->version)
    return false;
  slice->image = ShownImage{wire::pose_of(header), rows, columns, stamp.instance(), stamp.version(),
                            stamp.pose_revision()};
  return true;
}

}  // namespace slicecast::viewer
