#include "viewer/model/provenance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/config/version.h"
#include "viewer/model/parameter_value.h"

namespace slicecast::viewer {
namespace {

std::string vector_text(const v1::Vec3& v) {
  return fmt::format("{:.9g} {:.9g} {:.9g}", v.x_mm(), v.y_mm(), v.z_mm());
}

double length(const v1::Vec3& v) {
  return std::hypot(v.x_mm(), v.y_mm(), v.z_mm());
}

}  // namespace

bool SessionFacts::are_of(const v1::Stamp& stamp) const {
  return processed_scan == stamp.scan_id() && epoch == stamp.epoch() &&
         geometry_revision == stamp.geometry_revision();
}

void Provenance::add(std::string key, std::string value) {
  entries_.emplace_back(std::move(key), std::move(value));
  numeric_.push_back(false);
}
void Provenance::add(std::string key, double value) {
  // JSON has no infinities.
  entries_.emplace_back(std::move(key), std::isfinite(value) ? fmt::format("{}", value) : "null");
  numeric_.push_back(true);
}
void Provenance::add(std::string key, std::uint64_t value) {
  entries_.emplace_back(std::move(key), std::to_string(value));
  numeric_.push_back(true);
}

void Provenance::add_all(const std::string& prefix, const Provenance& other) {
  for (std::size_t i = 0; i < other.entries_.size(); ++i) {
    entries_.emplace_back(prefix + other.entries_[i].first, other.entries_[i].second);
    numeric_.push_back(other.numeric_[i]);
  }
}

const std::string* Provenance::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const auto& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

std::string Provenance::to_json(int indent) const {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& [key, value] = entries_[i];
    if (numeric_[i])
      object[key] = nlohmann::ordered_json::parse(value, nullptr, false);
    else
      object[key] = value;
  }
  // Names come from other programs and need not be UTF-8.
  return object.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

namespace {

struct SplitTime {
  std::tm calendar;
  std::int64_t milliseconds;
};
SplitTime split(std::int64_t time_ns) {
  std::int64_t seconds = time_ns / 1'000'000'000;
  std::int64_t rest = time_ns % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  return {fmt::gmtime(static_cast<std::time_t>(seconds)), rest / 1'000'000};
}

}  // namespace

std::string iso_time(std::int64_t time_ns) {
  const SplitTime time = split(time_ns);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", time.calendar, time.milliseconds);
}

std::string file_time(std::int64_t time_ns) {
  const SplitTime time = split(time_ns);
  return fmt::format("{:%Y%m%dT%H%M%S}.{:03}Z", time.calendar, time.milliseconds);
}

namespace {

void add_head(Provenance& made, const SessionFacts& facts, const std::string& scan_id,
              std::int64_t time_ns) {
  made.add("software", std::string("slicecast-viewer"));
  made.add("software_version", std::string(config::version()));
  made.add("written_at", iso_time(time_ns));
  made.add("viewer", facts.viewer);
  made.add("scan_id", scan_id);
}

// As a number where it is one.
void add_fact(Provenance& made, std::string key, const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end)
    made.add(std::move(key), number);
  else
    made.add(std::move(key), text);
}

void add_services(Provenance& made, const SessionFacts& facts) {
  for (const auto& [name, fact] : facts.geometry) add_fact(made, "geometry." + name, fact);
  for (const auto& [name, fact] : facts.facts) made.add("fact." + name, fact);
  for (const auto& [service, parameters] : facts.parameters)
    for (const auto& parameter : parameters.parameters()) {
      std::string text = to_text(parameter.value());
      if (!parameter.unit().empty() && !text.empty()) text += " " + parameter.unit();
      made.add("parameter." + service + "." + parameter.name(), std::move(text));
    }
}

void add_stamp(Provenance& made, const v1::Stamp& stamp, std::uint32_t projections) {
  made.add("server_instance", fmt::format("{:016x}", stamp.instance()));
  made.add("version", stamp.version());
  made.add("geometry_revision", stamp.geometry_revision());
  made.add("epoch", stamp.epoch());
  made.add("oldest_projection", stamp.oldest_projection());
  made.add("newest_projection", stamp.newest_projection());
  made.add("projections", static_cast<std::uint64_t>(projections));
  if (stamp.acquired_ns() != 0) made.add("acquired_at", iso_time(stamp.acquired_ns()));
}

void add_field(Provenance& made, const v1::FieldOfView& field, const std::string& unit) {
  made.add("field_radius" + unit, field.radius_mm());
  made.add("field_z_min" + unit, field.z_min_mm());
  made.add("field_z_max" + unit, field.z_max_mm());
}

std::string marks_of(const v1::SliceImage& image) {
  std::string marks;
  const auto mark = [&](bool set, const char* name) {
    if (set) marks += (marks.empty() ? "" : " ") + std::string(name);
  };
  mark(image.filling(), "filling");
  mark(image.mixed(), "mixed");
  mark(image.stale(), "stale");
  mark(image.values_uncertain(), "values_uncertain");
  mark(image.largest_gap_rad() > 0, "angular_gap");
  return marks;
}

std::string marks_of(const v1::Preview& preview) {
  return std::string(preview.filling() ? "filling" : "") +
         (preview.filling() && preview.mixed() ? " " : "") + (preview.mixed() ? "mixed" : "");
}

std::string settings_text(const SessionFacts& facts, const v1::Stamp& stamp) {
  if (facts.are_of(stamp)) return "of this image";
  return fmt::format("near in time: epoch {}, geometry revision {}", facts.epoch,
                     facts.geometry_revision);
}

void add_settings(Provenance& made, const SessionFacts& facts, const v1::Stamp& stamp) {
  made.add("settings", settings_text(facts, stamp));
  add_services(made, facts);
}

// Facts such as counts are another each time: only settings are compared.
void add_other_settings(Provenance& made, const std::string& prefix, const SessionFacts& facts,
                        const SessionFacts& in_use) {
  Provenance own, present;
  add_services(own, facts);
  add_services(present, in_use);
  for (const auto& [key, value] : own.entries()) {
    const std::string* now = present.find(key);
    if (key.starts_with("fact.") || (now != nullptr && *now == value)) continue;
    if (key.starts_with("geometry."))
      add_fact(made, prefix + key, value);
    else
      made.add(prefix + key, value);
  }
}

// The numbers of a stamp again, under names of their own.
void add_stamp(Provenance& made, const std::string& prefix, const v1::Stamp& stamp,
               std::uint32_t projections) {
  Provenance plain;
  add_stamp(plain, stamp, projections);
  made.add_all(prefix, plain);
}

}  // namespace

Provenance session_provenance(const SessionFacts& facts, std::int64_t time_ns) {
  Provenance made;
  add_head(made, facts, facts.scan_id, time_ns);
  add_services(made, facts);
  return made;
}

std::string session_description(const Provenance& provenance, const std::vector<SceneSlice>& slices,
                                const std::string& length_unit) {
  const auto vector = [](const geometry::Vec3& v) {
    return nlohmann::ordered_json::array({v.x, v.y, v.z});
  };
  nlohmann::ordered_json object, scene = nlohmann::ordered_json::array();
  for (const SceneSlice& slice : slices)
    scene.push_back({{"id", slice.id},
                     {"name", slice.name},
                     {"base_" + length_unit, vector(slice.pose.base)},
                     {"axis1_" + length_unit, vector(slice.pose.axis1)},
                     {"axis2_" + length_unit, vector(slice.pose.axis2)},
                     {"rows", slice.rows},
                     {"columns", slice.columns}});
  object["scene"] = std::move(scene);
  object["provenance"] = nlohmann::ordered_json::parse(provenance.to_json(-1), nullptr, false);
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Provenance slice_provenance(const SessionFacts& facts, const SliceVersion& version,
                            std::int64_t time_ns) {
  const v1::SliceImage& image = version.header;
  const v1::Stamp& stamp = image.stamp();
  Provenance made;
  add_head(made, facts, stamp.scan_id(), time_ns);
  made.add("slice_id", stamp.slice_id());
  made.add("slice_name", image.name());
  made.add("pose_author", image.author());
  const std::string unit = "_" + length_unit_of(image.value_unit());
  made.add("base" + unit, vector_text(image.base()));
  made.add("axis1" + unit, vector_text(image.axis1()));
  made.add("axis2" + unit, vector_text(image.axis2()));
  if (version.rows() > 0 && version.columns() > 0) {
    made.add("rows", static_cast<std::uint64_t>(version.rows()));
    made.add("columns", static_cast<std::uint64_t>(version.columns()));
    made.add("pixel" + unit, length(image.axis1()) / version.columns());
  }
  made.add("value_unit", image.value_unit());
  made.add("encoding", std::string(version.sent_as == v1::FLOAT32  ? "float32"
                                   : version.sent_as == v1::UINT16 ? "quantised_16"
                                                                   : "quantised_8"));
  made.add("pose_revision", stamp.pose_revision());
  add_stamp(made, stamp, image.projections());
  if (image.has_field_of_view()) add_field(made, image.field_of_view(), unit);
  made.add("marks", marks_of(image));
  add_settings(made, facts, stamp);
  return made;
}

Provenance preview_provenance(const SessionFacts& facts, const v1::Preview& preview,
                              std::int64_t time_ns) {
  const std::string unit = "_" + length_unit_of(preview.value_unit());
  Provenance made;
  add_head(made, facts, preview.stamp().scan_id(), time_ns);
  made.add("made_from", std::string("preview volume"));
  made.add("voxel" + unit, preview.voxel_mm());
  made.add("centre" + unit, vector_text(preview.centre()));
  made.add("value_unit", preview.value_unit());
  add_stamp(made, preview.stamp(), preview.projections());
  if (preview.has_field_of_view()) add_field(made, preview.field_of_view(), unit);
  made.add("marks", marks_of(preview));
  add_settings(made, facts, preview.stamp());
  return made;
}

void add_image_facts(Provenance& provenance, const std::string& prefix, const SliceVersion& version,
                     const SessionFacts& facts, const SessionFacts& in_use) {
  const v1::SliceImage& image = version.header;
  provenance.add(prefix + "scan_id", image.stamp().scan_id());
  provenance.add(prefix + "rows", static_cast<std::uint64_t>(version.rows()));
  provenance.add(prefix + "columns", static_cast<std::uint64_t>(version.columns()));
  provenance.add(prefix + "pose_revision", image.stamp().pose_revision());
  provenance.add(prefix + "value_unit", image.value_unit());
  provenance.add(prefix + "marks", marks_of(image));
  add_stamp(provenance, prefix, image.stamp(), image.projections());
  provenance.add(prefix + "settings", settings_text(facts, image.stamp()));
  add_other_settings(provenance, prefix, facts, in_use);
}

void add_preview_facts(Provenance& provenance, const std::string& prefix,
                       const v1::Preview& preview, const SessionFacts& facts,
                       const SessionFacts& in_use) {
  provenance.add(prefix + "scan_id", preview.stamp().scan_id());
  provenance.add(prefix + "voxel_" + length_unit_of(preview.value_unit()), preview.voxel_mm());
  provenance.add(prefix + "value_unit", preview.value_unit());
  provenance.add(prefix + "marks", marks_of(preview));
  add_stamp(provenance, prefix, preview.stamp(), preview.projections());
  provenance.add(prefix + "settings", settings_text(facts, preview.stamp()));
  add_other_settings(provenance, prefix, facts, in_use);
}

}  // namespace slicecast::viewer
