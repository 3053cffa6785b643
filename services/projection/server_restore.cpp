// What the last run left behind: darks, flats and the parameters set while it ran.
#include <fmt/format.h>

#include <algorithm>

#include "common/ingest/geometry_proto.h"
#include "common/log/log.h"
#include "services/projection/server.h"

namespace slicecast::projection {
namespace {

// What an axis column depends on; angles differ from scan to scan of one set-up.
v1::Geometry set_up_of(v1::Geometry g) {
  g.clear_angle_table_rad();
  g.clear_angle_start_rad();
  g.clear_angle_step_rad();
  g.clear_vectors_mm();
  return g;
}

}  // namespace

void Server::restore_state(std::span<const std::string> pinned) {
  auto state = read_state(state_file_);
  if (!state) {
    if (state.error().code != Errc::not_found) spdlog::warn("{}", state.error().message);
    return;
  }
  pipeline_->restore(*state);
  spdlog::info("state of scan '{}' read: {} darks, {} flats", state->scan.scan_id(),
               state->calibration.dark_count, state->calibration.flat_count);
  restore_parameters(*state, pinned);
}

void Server::restore_parameters(const SavedState& state, std::span<const std::string> pinned) {
  std::map<std::string, config::Value> values;
  std::string told;
  for (const auto& [name, parameter] : state.parameters) {
    const config::Option* option = settings_.find(name);
    const bool configured_since = option == nullptr || !option->live ||
                                  settings_.value(name) != parameter.configured ||
                                  std::ranges::find(pinned, name) != pinned.end();
    if (configured_since) continue;
    values[name] = parameter.live;
    told +=
        fmt::format("{}{} = {}", told.empty() ? "" : ", ", name, config::to_text(parameter.live));
  }
  if (values.empty()) return;
  if (auto set = parameters_.set(values); !set) {
    spdlog::warn("parameters set in the last run ({}) are not applied: {}", told,
                 set.error().message);
    return;
  }
  spdlog::info("restored as set in the last run: {}", told);
  if (!values.contains("axis_column") || state.scan.scan_id().empty()) return;
  restored_axis_ = parameters_.settings().real("axis_column");
  restored_set_up_ = set_up_of(state.scan.geometry());
}

// A restored axis belongs to its set-up: another detector or geometry has another one.
void Server::check_axis(const ingest::ScanInfo& scan) {
  if (!restored_axis_) return;
  const double column = *restored_axis_;
  restored_axis_.reset();
  if (set_up_of(ingest::to_proto(scan).geometry()).SerializeAsString() ==
          restored_set_up_.SerializeAsString() ||
      parameters_.settings().real("axis_column") != column)
    return;
  const auto set = parameters_.set({{"axis_column", settings_.value("axis_column")}});
  spdlog::info("scan '{}' has another set-up than the last run's: its axis column {} is dropped{}",
               scan.scan_id, column, set ? "" : "; " + set.error().message);
}

}  // namespace slicecast::projection
