#include "viewer/app/actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "viewer/model/slice_drag.h"

namespace slicecast::viewer {
namespace {

// "slice 4" as the fourth one, or the next number that no slice has.
std::string next_name(const SliceSet& slices) {
  for (std::size_t number = slices.slices().size() + 1;; ++number) {
    std::string name = "slice " + std::to_string(number);
    if (std::ranges::find(slices.slices(), name, &SceneSlice::name) == slices.slices().end())
      return name;
  }
}

}  // namespace

Actions::Actions(Session& session) : session_(session) {
  add_slice_actions();
  add_intensity_actions();
  add_time_actions();
  add_view_actions();
  add_axis_actions();
}

void Actions::add(std::string_view id, std::function<void()> effect) {
  effects_[std::string(id)] = std::move(effect);
}

bool Actions::run(std::string_view id, std::int64_t event_ns) {
  const auto found = effects_.find(id);
  if (found == effects_.end()) return false;
  event_ns_ = event_ns;
  found->second();
  return true;
}

void Actions::move_selected(const std::function<Pose(const Pose&)>& change) {
  const SceneSlice* slice = session_.selected();
  if (slice == nullptr) return session_.say("select a slice first");
  const std::string id = slice->id;
  session_.move_slice(id, change(slice->pose), event_ns_);
}

void Actions::add_slice_actions() {
  const auto step = [this](double voxels) {
    move_selected(
        [this, voxels](const Pose& pose) { return stepped(pose, voxels, session_.voxel_mm()); });
  };
  add("slice_forward", [=] { step(1); });
  add("slice_back", [=] { step(-1); });
  add("slice_forward_10", [=] { step(10); });
  add("slice_back_10", [=] { step(-10); });
  const auto snap = [this](Axis axis) {
    move_selected([axis](const Pose& pose) { return snapped(pose, axis); });
  };
  add("snap_x", [=] { snap(Axis::x); });
  add("snap_y", [=] { snap(Axis::y); });
  add("snap_z", [=] { snap(Axis::z); });
  add("slice_reset", [this] {
    move_selected(
        [this](const Pose& pose) { return recentred(pose, centre_of(session_.bounds())); });
  });
  const auto take = [this](const Result<std::string>& made) {
    if (made)
      session_.slices.select(*made);
    else
      session_.say(made.error().message);
  };
  add("slice_add", [this, take] {
    const Box box = session_.bounds();
    const Vec3 extent = box.high - box.low, centre = centre_of(box);
    const double width = std::max(extent.x, extent.y);
    const Pose pose{centre - Vec3{width / 2, width / 2, 0}, {width, 0, 0}, {0, width, 0}};
    const SceneSlice* like = session_.selected();
    take(session_.slices.add(pose, like != nullptr ? like->rows : 512,
                             like != nullptr ? like->columns : 512, next_name(session_.slices)));
  });
  add("slice_duplicate",
      [this, take] { take(session_.slices.duplicate(session_.slices.selected())); });
  add("slice_pin", [this] {
    if (const SceneSlice* slice = session_.selected())
      session_.say(session_.slices.pin(slice->id, !slice->pinned));
  });
  add("slice_remove", [this] { session_.say(session_.slices.remove(session_.slices.selected())); });
  const auto next = [this](std::size_t by) {
    const auto& slices = session_.slices.slices();
    if (slices.empty()) return;
    const auto at = std::ranges::find(slices, session_.slices.selected(), &SceneSlice::id);
    const auto index = at == slices.end() ? 0 : static_cast<std::size_t>(at - slices.begin()) + by;
    session_.slices.select(slices[index % slices.size()].id);
  };
  add("slice_next", [=] { next(1); });
  add("slice_previous",
      [=, this] { next(std::max<std::size_t>(session_.slices.slices().size(), 1) - 1); });
}

void Actions::add_intensity_actions() {
  add("contrast_once", [this] {
    const std::string& id = session_.slices.selected();
    if (const Histogram* histogram = session_.histogram_of(id))
      session_.say(session_.intensities.contrast_once(id, *histogram));
  });
  add("contrast_follow", [this] {
    const std::string& id = session_.slices.selected();
    session_.intensities.follow(id, !session_.intensities.following(id));
  });
  add("limits_lock", [this] {
    session_.intensities.lock(!session_.intensities.locked(), session_.slices.selected());
  });
  add("map_next", [this] {
    const auto at = std::ranges::find(kColourMaps, session_.colours.map);
    session_.colours.map = at + 1 == kColourMaps.end() ? kColourMaps.front() : *(at + 1);
  });
  add("map_reverse", [this] { session_.colours.reversed = !session_.colours.reversed; });
  add("overlay_toggle", [this] {
    const bool any =
        std::ranges::any_of(session_.producers, [](const auto& it) { return it.second.style.on; });
    for (auto& [name, producer] : session_.producers) producer.style.on = !any;
  });
  add("overlay_outline", [this] {
    for (auto& [name, producer] : session_.producers) {
      const auto classes = producer.style.classes();
      const bool all = std::ranges::all_of(classes, &ClassStyle::outline);
      for (const auto& one : classes) producer.style.set_outline(one.index, !all);
    }
  });
}

void Actions::add_time_actions() {
  SliceHistory& history = session_.history;
  add("freeze", [&history] { history.frozen() ? history.follow() : history.freeze(); });
  add("follow_live", [&history] { history.follow(); });
  add("scrub_back", [&history] { history.scrub(-1); });
  add("scrub_forward", [&history] { history.scrub(1); });
  add("compare_a",
      [this] { session_.history.choose(SliceHistory::Choice::a, session_.slices.selected()); });
  add("compare_b",
      [this] { session_.history.choose(SliceHistory::Choice::b, session_.slices.selected()); });
}

void Actions::add_view_actions() {
  add("view_fit", [this] { session_.camera.reset(session_.bounds()); });
  add("view_front", [this] { session_.camera.look_from(View::minus_y); });
  add("view_side", [this] { session_.camera.look_from(View::plus_x); });
  add("view_top", [this] { session_.camera.look_from(View::plus_z); });
  add("volume_toggle", [this] { session_.choices.volume = !session_.choices.volume; });
  add("iso_toggle", [this] { session_.choices.iso_surface = !session_.choices.iso_surface; });
  add("projection_toggle", [this] {
    session_.choices.projection = !session_.choices.projection;
    session_.wish.thumbnail = session_.choices.projection;
    if (session_.link) session_.link->wish(session_.wish);
  });
  add("theme_toggle", [this] {
    Theme& theme = session_.layouts.current().theme;
    theme = theme == Theme::dark ? Theme::light : Theme::dark;
  });
  const auto resize_text = [this](double factor) {
    double& scale = session_.layouts.current().font_scale;
    scale = std::clamp(scale * factor, 0.5, 3.0);
  };
  add("font_larger", [=] { resize_text(1.1); });
  add("font_smaller", [=] { resize_text(1 / 1.1); });
  add("layout_reset", [this] { session_.say(session_.layouts.use("default")); });
}

void Actions::step_axis(const std::string& parameter, int direction, StepSize size) {
  for (const auto& service : session_.parameters.services()) {
    if (session_.parameters.find(service, parameter) == nullptr) continue;
    return session_.say(session_.parameters.step(service, parameter, direction, size,
                                                 session_.axis_in_use(service)));
  }
  session_.say("no service has the parameter " + parameter);
}

void Actions::add_axis_actions() {
  struct Kind {
    const char* suffix;
    StepSize size;
  };
  for (const Kind kind : {Kind{"", StepSize::normal}, Kind{"_coarse", StepSize::coarse},
                          Kind{"_fine", StepSize::fine}}) {
    const auto size = kind.size;
    add(std::string("axis_right") + kind.suffix, [=, this] { step_axis("axis_column", 1, size); });
    add(std::string("axis_left") + kind.suffix, [=, this] { step_axis("axis_column", -1, size); });
    add(std::string("tilt_up") + kind.suffix, [=, this] { step_axis("tilt", 1, size); });
    add(std::string("tilt_down") + kind.suffix, [=, this] { step_axis("tilt", -1, size); });
  }
  // What somebody else has changed in between is only set by the same action once more.
  const auto travel = [this](auto step, const char* key) {
    auto outcome = step(travel_conflict_ == key);
    travel_conflict_ = outcome.conflict ? key : "";
    if (outcome.conflict) outcome.text += fmt::format(" {} again does.", key);
    if (!outcome.text.empty()) session_.say(outcome.text);
  };
  add("undo", [=, this] {
    travel([this](bool force) { return session_.parameters.undo(force); }, "Undo");
  });
  add("redo", [=, this] {
    travel([this](bool force) { return session_.parameters.redo(force); }, "Redo");
  });
}

}  // namespace slicecast::viewer
