// What the actions of the table of shortcuts do, whoever calls them: keys, menu or script. UI
// thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "viewer/app/session.h"

namespace slicecast::viewer {

class Actions {
 public:
  explicit Actions(Session& session);

  // Actions that concern the window or files are added by the viewer.
  void add(std::string_view id, std::function<void()> effect);
  // False: nobody does this.
  bool run(std::string_view id, std::int64_t event_ns);

 private:
  void add_slice_actions();
  void add_intensity_actions();
  void add_time_actions();
  void add_view_actions();
  void add_axis_actions();
  void move_selected(const std::function<Pose(const Pose&)>& change);
  void step_axis(const std::string& parameter, int direction, StepSize size);

  Session& session_;
  std::int64_t event_ns_ = 0;
  std::string travel_conflict_;  // "Undo" or "Redo" while that waits to be asked for once more
  std::map<std::string, std::function<void()>, std::less<>> effects_;
};

}  // namespace slicecast::viewer
