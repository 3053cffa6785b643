#include "viewer/model/slice_set.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "common/geometry/plane.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostSlices = 256;
constexpr std::size_t kLongestName = 64;
constexpr int kLargestSide = 16384;

Result<void> check_size(int rows, int columns) {
  if (rows >= 1 && columns >= 1 && rows <= kLargestSide && columns <= kLargestSide) return {};
  return Error{Errc::invalid_argument, "a slice has 1 to 16384 rows and columns"};
}

Result<void> check_name(const std::string& name) {
  const bool printable =
      std::none_of(name.begin(), name.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (!name.empty() && name.size() <= kLongestName && printable) return {};
  return Error{Errc::invalid_argument,
               "a slice's name has 1 to 64 characters, without line breaks"};
}

}  // namespace

SliceSet::SliceSet(std::string client, bool observer, int in_flight_per_slice)
    : client_(std::move(client)),
      observer_(observer),
      in_flight_per_slice_(std::max(1, in_flight_per_slice)) {}

SceneSlice* SliceSet::find_slice(const std::string& id) {
  const auto found = std::find_if(slices_.begin(), slices_.end(),
                                  [&](const SceneSlice& slice) { return slice.id == id; });
  return found == slices_.end() ? nullptr : &*found;
}

const SceneSlice* SliceSet::find(const std::string& id) const {
  return const_cast<SliceSet*>(this)->find_slice(id);
}

void SliceSet::select(const std::string& id) {
  selected_ = find(id) != nullptr ? id : std::string();
}

Result<SceneSlice*> SliceSet::editable(const std::string& id) {
  if (observer_)
    return Error{Errc::permission_denied,
                 "this viewer only observes; start it without --observe to change slices"};
  SceneSlice* slice = find_slice(id);
  if (slice == nullptr)
    return Error{Errc::not_found, "there is no such slice any more; pick another"};
  return slice;
}

SliceSet::Pending& SliceSet::touch(SceneSlice& slice) {
  Pending& pending = pending_[slice.id];
  ++pending.edit;
  pending.set = true;
  slice.edited = true;
  slice.author = client_;
  slice.refusal.clear();
  return pending;
}

// Unique among all clients and legal for the server: letters, digits, '-', '_' and '.'.
std::string SliceSet::new_id() {
  std::string stem = client_.substr(0, 40);
  std::replace_if(
      stem.begin(), stem.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '-');
  std::string id;
  do {
    id = stem + "." + std::to_string(++made_);
  } while (find(id) != nullptr || echoes_.count(id) != 0);
  return id;
}

Result<std::string> SliceSet::add(const Pose& pose, int rows, int columns,
                                  const std::string& name) {
  if (observer_) return editable({}).error();
  if (auto ok = geometry::check_pose(pose); !ok) return ok.error();
  if (auto ok = check_size(rows, columns); !ok) return ok.error();
  if (auto ok = check_name(name); !ok) return ok.error();
  if (slices_.size() >= kMostSlices)
    return Error{Errc::resource_exhausted, "there are 256 slices already; remove one first"};
  SceneSlice slice;
  slice.id = new_id();
  slice.name = name;
  slice.owner = client_;
  slice.rows = rows;
  slice.columns = columns;
  slice.pose = pose;
  slices_.push_back(slice);
  touch(slices_.back()).name = true;
  return slice.id;
}

Result<std::string> SliceSet::duplicate(const std::string& id) {
  const auto found = editable(id);
  if (!found) return found.error();
  const SceneSlice original = **found;
  Pose pose = original.pose;
  pose.base = pose.base + normal_of(pose) * (0.02 * geometry::norm(pose.axis1 + pose.axis2));
  return add(pose, original.rows, original.columns,
             original.name.substr(0, kLongestName - 5) + " copy");
}

Result<void> SliceSet::move(const std::string& id, const Pose& pose) {
  const auto slice = editable(id);
  if (!slice) return slice.error();
  if (auto ok = geometry::check_pose(pose); !ok) return ok;
  (*slice)->pose = pose;
  touch(**slice);
  return {};
}

Result<void> SliceSet::resize(const std::string& id, int rows, int columns) {
  const auto slice = editable(id);
  if (!slice) return slice.error();
  if (auto ok = check_size(rows, columns); !ok) return ok;
  (*slice)->rows = rows;
  (*slice)->columns = columns;
  touch(**slice);
  return {};
}

Result<void> SliceSet::rename(const std::string& id, const std::string& name) {
  const auto slice = editable(id);
  if (!slice) return slice.error();
  if (auto ok = check_name(name); !ok) return ok;
  (*slice)->name = name;
  touch(**slice).name = true;
  return {};
}

Result<void> SliceSet::pin(const std::string& id, bool pinned) {
  const auto slice = editable(id);
  if (!slice) return slice.error();
  (*slice)->pinned = pinned;
  touch(**slice).pin = true;
  return {};
}

Result<void> SliceSet::remove(const std::string& id) {
  const auto slice = editable(id);
  if (!slice) return slice.error();
  const std::string gone = (*slice)->id;  // the caller's may be the slice's own, which goes
  Pending pending = pending_[gone];
  drop(gone);
  // What the server never heard of needs no request.
  if (echoes_.count(gone) == 0 && pending.in_flight == 0) return {};
  pending.set = false;
  pending.remove = true;
  pending_[gone] = pending;
  removing_.insert(gone);
  return {};
}

// Takes a slice off the list with everything that was waiting for it; the selection moves to its
// neighbour.
void SliceSet::drop(const std::string& id) {
  const auto found = std::find_if(slices_.begin(), slices_.end(),
                                  [&](const SceneSlice& slice) { return slice.id == id; });
  pending_.erase(id);
  if (found == slices_.end()) return;
  const bool was_selected = selected_ == id;
  const auto next = slices_.erase(found);
  if (!was_selected) return;
  if (slices_.empty())
    selected_.clear();
  else
    selected_ = next == slices_.end() ? slices_.back().id : next->id;
}

void SliceSet::set_observer(bool observer) {
  observer_ = observer;
  if (!observer) return;
  // Nothing that still waits may be sent; what is under way the server decides.
  std::vector<std::string> ids;
  for (auto& [id, pending] : pending_) {
    if (pending.remove) removing_.erase(id);
    pending.set = pending.remove = false;
    pending.answered = pending.edit;
    ids.push_back(id);
  }
  for (const auto& id : ids) {
    settle(id);
    const auto echo = echoes_.find(id);
    if (find(id) == nullptr && removing_.count(id) == 0 && echo != echoes_.end())
      appear(echo->second);
  }
}

}  // namespace slicecast::viewer
