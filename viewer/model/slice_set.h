// The slices of the shared scene as this viewer shows them. Merges what the slice server says with
// what the user does here, and knows for each slice whether the image on show is that of the wanted
// pose. Poses in mm. UI thread only; network threads hand their results over through a queue.
//
// Edits take effect here at once and become requests, of which a slice has at most one waiting (a
// newer one replaces it) and `in_flight_per_slice` on their way. While an edit is waiting or on its
// way the local pose, name and pin win; then the server's do, whoever their author is. Name and pin
// are sent only when they were changed here, so that a drag does not undo another user's pin.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "slicecast/v1/control.pb.h"
#include "viewer/model/space.h"

namespace slicecast::viewer {

// What the image on show says about itself.
struct ShownImage {
  Pose pose;
  int rows = 0, columns = 0;  // as shown, perhaps fewer than the slice has
  std::uint64_t instance = 0, version = 0, pose_revision = 0;
};

struct SceneSlice {
  std::string id, name;
  std::string owner;   // client that made it
  std::string author;  // client whose pose it has: who moved it last
  bool pinned = false;
  int rows = 0, columns = 0;
  Pose pose;                          // wanted: what the user sees and drags
  std::optional<Pose> server_pose;    // as last echoed; none before the first echo
  std::uint64_t server_revision = 0;  // pose revision of the echo
  bool edited = false;                // a local edit waits or is not answered yet
  std::optional<ShownImage> image;    // none before the first image
  std::string refusal;                // why the server refused the last edit; empty: it did not

  // The image on show is that of the wanted pose. Otherwise draw the stand-in, or the image in its
  // own pose, and mark it.
  bool exact() const { return image && same_pose(image->pose, pose); }
};

// To be sent over the control link to the slice server.
struct SliceRequest {
  std::uint64_t ticket = 0;  // goes back in answered() or failed()
  std::variant<v1::SetSlice, v1::RemoveSlice> body;
};

struct Refusal {
  std::string slice;  // its name
  std::string message;
};

class SliceSet {
 public:
  // `client` is the name under which this viewer's control client speaks. An observer's set refuses
  // every edit (permission_denied); the server does so as well.
  SliceSet(std::string client, bool observer, int in_flight_per_slice = 2);

  // In order of appearance. Pointers stay valid until the next non-const call.
  const std::vector<SceneSlice>& slices() const { return slices_; }
  const SceneSlice* find(const std::string& id) const;
  const std::string& client() const { return client_; }
  bool observer() const { return observer_; }
  void set_observer(bool observer);
  bool mine(const SceneSlice& slice) const { return slice.owner == client_; }

  // The slice that keys act upon and the 2D view shows; empty: none. Follows removals.
  const std::string& selected() const { return selected_; }
  void select(const std::string& id);  // unknown ids deselect

  // --- what the user does; the id of a new slice is chosen here, so that it survives a restart of
  // the server.
  Result<std::string> add(const Pose& pose, int rows, int columns, const std::string& name);
  // A copy two hundredths of its diagonal away along the normal, so that both can be picked.
  Result<std::string> duplicate(const std::string& id);
  Result<void> move(const std::string& id, const Pose& pose);
  Result<void> resize(const std::string& id, int rows, int columns);
  Result<void> rename(const std::string& id, const std::string& name);  // 1 to 64 bytes
  Result<void> pin(const std::string& id, bool pinned);
  Result<void> remove(const std::string& id);

  // --- requests. nullopt: nothing to send now. Ask while the control link is up only.
  std::optional<SliceRequest> next_request();
  void answered(std::uint64_t ticket, const v1::SceneSlice& echo);  // of SetSlice
  void answered(std::uint64_t ticket);                              // of RemoveSlice
  // Lost ones (deadline_exceeded, unavailable, cancelled) are sent again in their newest form;
  // anything else falls back to the server's state (a slice it does not have goes) and leaves its
  // reason in `refusal` and take_refusals().
  void failed(std::uint64_t ticket, const Error& error);
  bool idle() const;  // no edit waits or is on its way
  // What the server refused since the last call, for a notice; at most the last 16.
  std::vector<Refusal> take_refusals();

  // --- what the server says. A scene of a new instance is one that lost its memory: own and
  // pinned slices are asserted again with their wanted pose, the others go. Scenes of an instance
  // that are older than one seen already are ignored. At most 256 slices are taken.
  void merge(const v1::Scene& scene, std::uint64_t instance);
  // The server may have let leases lapse while it could not be reached: the next scene counts as
  // that of a new instance.
  void link_lost() { forgotten_ = true; }

  // Goes to another server: nothing here is known there, and nothing is taken along.
  void forget_all();

  // An image has arrived and is put on show. False: drop it, because its slice is gone or a newer
  // version is on show.
  bool show(const v1::SliceImage& header, int rows, int columns);

 private:
  struct Pending {           // local edits of one slice that the server has not confirmed
    std::uint64_t edit = 0;  // counts edits; `answered` follows
    std::uint64_t answered = 0;
    bool set = false;                // a SetSlice waits
    bool name = false, pin = false;  // were edited
    bool remove = false;             // a RemoveSlice waits; it is sent after what is in flight
    int in_flight = 0;
  };
  struct Ticket {
    std::string id;
    std::uint64_t edit = 0;
    bool removal = false;
  };

  SceneSlice* find_slice(const std::string& id);
  Result<SceneSlice*> editable(const std::string& id);
  Pending& touch(SceneSlice& slice);
  bool waits(const std::string& id) const;
  SceneSlice* appear(const v1::SceneSlice& echo);
  void adopt(SceneSlice& slice);  // what of its echo no local edit holds back
  void settle(const std::string& id);
  void drop(const std::string& id);
  void assert_again(const v1::Scene& scene);
  void refuse(const std::string& name, const Error& error);
  std::string new_id();

  const std::string client_;
  bool observer_;
  const int in_flight_per_slice_;
  std::vector<SceneSlice> slices_;
  std::map<std::string, v1::SceneSlice> echoes_;  // newest by id, also of slices being removed
  std::map<std::string, Pending> pending_;        // only slices with something open
  std::map<std::uint64_t, Ticket> tickets_;
  std::set<std::string> removing_;  // hidden here, not yet confirmed
  std::map<std::string, std::uint64_t>
      removed_;  // pose revision that older scenes may still tell of
  std::vector<Refusal> refusals_;
  std::string selected_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t instance_ = 0;
  std::uint64_t scene_revision_ = 0;
  bool forgotten_ = false;
};

}  // namespace slicecast::viewer
