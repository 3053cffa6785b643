#include "viewer/model/provenance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

std::string iso_time(std::int64_t time_ns) {
  std::int64_t seconds = time_ns / 1'000'000'000;
  std::int64_t rest = time_ns % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     rest / 1'000'000);
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

void add_services(Provenance& made, const SessionFacts& facts) {
  for (const auto& [name, fact] : facts.facts) made.add("fact." + name, fact);
  for (const auto& [service, parameters] : facts.parameters)
    for (const auto& parameter : parameters.parameters()) {
      std::string text = to_text(parameter.value());
      if (!parameter.unit().empty() && !text.empty()) text += " " + parameter.unit();
      made.add("parameter." + service + "." + parameter.name(), std::move(text));
    }
}

}  // namespace

Provenance session_provenance(const SessionFacts& facts, std::int64_t time_ns) {
  Provenance made;
  add_head(made, facts, facts.scan_id, time_ns);
  add_services(made, facts);
  return made;
}

std::string session_description(const Provenance& provenance,
                                const std::vector<SceneSlice>& slices) {
  const auto vector = [](const geometry::Vec3& v) {
    return nlohmann::ordered_json::array({v.x, v.y, v.z});
  };
  nlohmann::ordered_json object, scene = nlohmann::ordered_json::array();
  for (const SceneSlice& slice : slices)
    scene.push_back({{"id", slice.id},
                     {"name", slice.name},
                     {"base_mm", vector(slice.pose.base)},
                     {"axis1_mm", vector(slice.pose.axis1)},
                     {"axis2_mm", vector(slice.pose.axis2)},
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
  made.add("base_mm", vector_text(image.base()));
  made.add("axis1_mm", vector_text(image.axis1()));
  made.add("axis2_mm", vector_text(image.axis2()));
  if (version.rows() > 0 && version.columns() > 0) {
    made.add("rows", static_cast<std::uint64_t>(version.rows()));
    made.add("columns", static_cast<std::uint64_t>(version.columns()));
    made.add("pixel_mm", length(image.axis1()) / version.columns());
  }
  made.add("value_unit", image.value_unit());
  made.add("encoding", std::string(version.format.type() == v1::FLOAT32  ? "float32"
                                   : version.format.type() == v1::UINT16 ? "quantised_16"
                                                                         : "quantised_8"));
  made.add("server_instance", fmt::format("{:016x}", stamp.instance()));
  made.add("version", stamp.version());
  made.add("pose_revision", stamp.pose_revision());
  made.add("geometry_revision", stamp.geometry_revision());
  made.add("epoch", stamp.epoch());
  made.add("oldest_projection", stamp.oldest_projection());
  made.add("newest_projection", stamp.newest_projection());
  made.add("projections", static_cast<std::uint64_t>(image.projections()));
  if (stamp.acquired_ns() != 0) made.add("acquired_at", iso_time(stamp.acquired_ns()));
  if (image.has_field_of_view()) {
    made.add("field_radius_mm", image.field_of_view().radius_mm());
    made.add("field_z_min_mm", image.field_of_view().z_min_mm());
    made.add("field_z_max_mm", image.field_of_view().z_max_mm());
  }
  std::string marks;
  const auto mark = [&](bool set, const char* name) {
    if (set) marks += (marks.empty() ? "" : " ") + std::string(name);
  };
  mark(image.filling(), "filling");
  mark(image.mixed(), "mixed");
  mark(image.stale(), "stale");
  mark(image.values_uncertain(), "values_uncertain");
  mark(image.largest_gap_rad() > 0, "angular_gap");
  made.add("marks", marks);
  add_services(made, facts);
  return made;
}

}  // namespace slicecast::viewer
