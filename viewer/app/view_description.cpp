#include "viewer/app/view_description.h"

#include <fmt/format.h>

#include <string>

#include "common/wire/pose.h"
#include "viewer/app/slice_look.h"

namespace slicecast::viewer {
namespace {

std::string text_of(const Vec3& v) {
  return fmt::format("{:.9g},{:.9g},{:.9g}", v.x, v.y, v.z);
}

std::string yes_or_no(bool value) {
  return value ? "true" : "false";
}

std::string name_of(SlicePlacing::Kind kind) {
  switch (kind) {
    case SlicePlacing::Kind::exact: return "image";
    case SlicePlacing::Kind::trailing: return "image of the pose before";
    case SlicePlacing::Kind::stand_in: return "preview in its place";
    case SlicePlacing::Kind::empty: break;
  }
  return "nothing";
}

void add_pose(Provenance& provenance, const std::string& key, const Pose& pose,
              const std::string& unit) {
  provenance.add(key + "base_" + unit, text_of(pose.base));
  provenance.add(key + "axis1_" + unit, text_of(pose.axis1));
  provenance.add(key + "axis2_" + unit, text_of(pose.axis2));
}

void add_intensity(Provenance& provenance, const std::string& key, const Intensity& intensity) {
  provenance.add(key + "low", intensity.low);
  provenance.add(key + "high", intensity.high);
  provenance.add(key + "scale", std::string(to_string(intensity.scale)));
  if (intensity.scale == Scale::gamma) provenance.add(key + "gamma", intensity.gamma);
}

void add_image(Provenance& provenance, const std::string& key, const SliceVersion& image,
               const Session& session) {
  add_pose(provenance, key + "shown_", wire::pose_of(image.header),
           length_unit_of(image.header.value_unit()));
  add_image_facts(provenance, key, image, *image.held->facts, *session.facts());
}

// A and B of the selected slice beside each other have its panel for themselves.
bool add_comparison(Provenance& provenance, const std::string& key, const PlaneScene& plane,
                    const SceneSlice& slice, const Session& session) {
  if (!session.comparison.side_by_side ||
      !session.history.chosen(SliceHistory::Choice::a, slice.id) ||
      !session.history.chosen(SliceHistory::Choice::b, slice.id))
    return false;
  provenance.add(key + "panel", std::string("A and B"));
  for (const auto& [name, choice] :
       {std::pair{"a.", SliceHistory::Choice::a}, std::pair{"b.", SliceHistory::Choice::b}})
    if (const auto& image = plane.compared(choice))
      add_image(provenance, key + name, *image, session);
  return true;
}

void add_slice(Provenance& provenance, const SceneSlice& slice, const Session& session,
               const PictureStore& pictures, const PlaneScene& plane, std::int64_t now_ns) {
  const std::string key = "slice." + slice.id + ".";
  provenance.add(key + "name", slice.name);
  add_pose(provenance, key + "wanted_", slice.pose, session.length_unit());
  add_intensity(provenance, key, session.intensities.of(slice.id));
  const SlicePicture* picture = pictures.find(slice.id);
  const SlicePlacing scene = scene_placing_of(slice, picture, session);
  provenance.add(key + "scene", name_of(scene.kind));
  if (slice.id == session.slices.selected() &&
      !add_comparison(provenance, key, plane, slice, session))
    provenance.add(key + "panel", name_of(plane_placing_of(slice, picture, session, now_ns).kind));
  if (picture == nullptr || !picture->image.shown()) return;
  const SliceVersion& image = *picture->image.shown();
  add_image(provenance, key, image, session);
  provenance.add(key + "exact", yes_or_no(same_pose(wire::pose_of(image.header), slice.pose)));
  if (session.comparison.blink)
    for (const auto& [name, choice] :
         {std::pair{"A", SliceHistory::Choice::a}, std::pair{"B", SliceHistory::Choice::b}})
      if (picture->image.shown() == session.history.chosen(choice, slice.id))
        provenance.add(key + "turn", std::string(name));
  const bool covered =
      picture->overlay_matches() && session.producers.contains(picture->wanted.producer);
  if (covered) provenance.add(key + "overlay", picture->wanted.producer);
}

void add_producer(Provenance& provenance, const std::string& name, const Producer& producer) {
  const std::string key = "overlay." + name + ".";
  provenance.add(key + "model", producer.model);
  provenance.add(key + "alpha", producer.style.alpha);
  if (!producer.warning.empty()) provenance.add(key + "warning", producer.warning);
  if (producer.values) {
    const ValueLimits limits = producer.limits();
    provenance.add(key + "quantity", producer.quantity);
    provenance.add(key + "unit", producer.unit);
    provenance.add(key + "colour_map", to_string(producer.colours));
    provenance.add(key + "low", limits.low);
    provenance.add(key + "high", limits.high);
    return;
  }
  for (const ClassStyle& one : producer.style.classes())
    provenance.add(key + fmt::format("class.{}", one.index),
                   fmt::format("{}, #{:06x}, {}", one.name, one.colour_rgb,
                               !one.on       ? "off"
                               : one.outline ? "outline"
                                             : "on"));
}

void add_time(Provenance& provenance, const Session& session) {
  const bool frozen = session.history.frozen();
  provenance.add("view.time", std::string(frozen ? "frozen" : "live"));
  if (frozen) provenance.add("view.behind_s", session.history.behind_s());
  if (frozen) provenance.add("view.scrubbed_to", session.history.share());
  const auto& comparison = session.comparison;
  provenance.add("view.compare", std::string(comparison.side_by_side ? "A and B"
                                             : comparison.blink      ? "A and B in turn"
                                                                     : "off"));
}

void add_volume(Provenance& provenance, const Session& session) {
  provenance.add("view.volume", yes_or_no(session.choices.volume));
  provenance.add("view.iso_surface", yes_or_no(session.choices.iso_surface));
  if (session.choices.iso_surface && session.iso_mesh)
    provenance.add("view.iso_level", session.iso_mesh_level);
  provenance.add("view.projection", yes_or_no(session.choices.projection));
  if (session.choices.projection && session.thumbnail) {
    provenance.add("projection.id", session.thumbnail->header.id());
    provenance.add("projection.angle_rad", session.thumbnail->header.angle_rad());
  }
  if (!session.preview) return;
  add_intensity(provenance, "preview.", session.intensities.of(kPreviewIntensity));
  add_preview_facts(provenance, "preview.", session.preview->header, *session.preview->held->facts,
                    *session.facts());
}

}  // namespace

void describe_view(const Session& session, const PictureStore& pictures, const PlaneScene& plane,
                   std::int64_t now_ns, Provenance& provenance) {
  provenance.add("view.colour_map", to_string(session.colours));
  provenance.add("view.curve", session.transfer.text());
  const std::string unit = session.length_unit();
  provenance.add("view.eye_" + unit, text_of(session.camera.eye()));
  provenance.add("view.target_" + unit, text_of(session.camera.target()));
  provenance.add("view.selected", session.slices.selected());
  add_time(provenance, session);
  add_volume(provenance, session);
  for (const auto& [name, producer] : session.producers)
    if (producer.style.on) add_producer(provenance, name, producer);
  for (const auto& slice : session.slices.slices())
    add_slice(provenance, slice, session, pictures, plane, now_ns);
}

}  // namespace slicecast::viewer
