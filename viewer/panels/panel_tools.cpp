#include "viewer/panels/panel_tools.h"

#include <imgui/imgui.h>

#include <algorithm>
#include <utility>

#include "common/base/clock.h"
#include "viewer/model/provenance.h"

namespace slicecast::viewer {
namespace {

// A thin link sends fewer pixels than the slice has, in which points are set.
std::vector<PixelPoint> in_pixels_of(const SliceVersion& version, std::vector<PixelPoint> points,
                                     int rows, int columns) {
  const double along1 = static_cast<double>(version.columns()) / std::max(1, columns);
  const double along2 = static_cast<double>(version.rows()) / std::max(1, rows);
  for (PixelPoint& point : points)
    point = {(point.column + 0.5) * along1 - 0.5, (point.row + 0.5) * along2 - 0.5};
  return points;
}

}  // namespace

PanelTools::PanelTools(Session& session, Background& background, std::filesystem::path folder)
    : session_(session), background_(background), folder_(std::move(folder)) {}

PanelTools::~PanelTools() {
  if (surface_progress_) surface_progress_->cancel = true;
}

void PanelTools::add_actions(Actions& actions) {
  actions.add("slice_rename", [this] {
    if (session_.slices.observer()) return session_.say("observers look but do not rename slices");
    if (const SceneSlice* slice = session_.selected()) {
      renaming = slice->id;
      new_name = slice->name;
      focus_name = true;
    }
  });
  const auto tool = [this, &actions](const char* id, MeasureTool which) {
    actions.add(id, [this, which] {
      measuring.choose(which);
      session_.say(measuring.tool() == MeasureTool::none
                       ? "measuring ended"
                       : std::string(to_string(which)) + ": " + hint_of(which) + " in the slice");
    });
  };
  tool("measure_profile", MeasureTool::profile);
  tool("measure_distance", MeasureTool::distance);
  tool("measure_angle", MeasureTool::angle);
  actions.add("measure_roi", [this] {
    measuring.choose(measuring.tool() == MeasureTool::rectangle ? MeasureTool::ellipse
                                                                : MeasureTool::rectangle);
  });
  actions.add("copy_csv", [this] { copy_figures(); });
  actions.add("compare", [this] {
    if (!can_compare()) return session_.say("keep an image as A and one as B first");
    compare = compare == CompareMode::off            ? CompareMode::side_by_side
              : compare == CompareMode::side_by_side ? CompareMode::blink
                                                     : CompareMode::off;
  });
  actions.add("export_slice", [this] { export_slice_as(extension_); });
  actions.add("export_surface", [this] { export_surface_as(surface_extension_); });
  actions.add("record", [this] { recording() ? stop_recording() : start_recording(); });
  actions.add("axis_take", [this] { take_axis(); });
}

void PanelTools::take_axis() {
  if (!session_.report) return session_.say("no projection server answers");
  for (const auto& entry : session_.report->services) {
    if (entry.service.kind() != "projection" || !entry.status) continue;
    const auto found = entry.status->gauges().find("slicecast_projection_axis_offer_column");
    if (found == entry.status->gauges().end() || found->second < 0)
      return session_.say("the server has not found an axis yet; switch axis_search on");
    v1::ParameterValue value;
    value.set_real(found->second);
    return session_.say(session_.parameters.edit(entry.service.name(), "axis_column", value));
  }
  session_.say("no projection server answers");
}

bool PanelTools::can_compare() const {
  const std::string& id = session_.slices.selected();
  return session_.history.chosen(SliceHistory::Choice::a, id) &&
         session_.history.chosen(SliceHistory::Choice::b, id);
}

void PanelTools::advance(std::int64_t now_ns) {
  constexpr std::int64_t kBlink_ns = 700'000'000;
  if (!can_compare()) compare = CompareMode::off;
  session_.comparison.side_by_side = compare == CompareMode::side_by_side;
  session_.comparison.blink.reset();
  if (compare == CompareMode::blink)
    session_.comparison.blink =
        now_ns / kBlink_ns % 2 == 0 ? SliceHistory::Choice::a : SliceHistory::Choice::b;
  start_measuring();
  start_surface();
  if (!recording()) return;
  follow_recorded_source();
  if (now_ns - described_ns_ > 1'000'000'000) {
    described_ns_ = now_ns;
    describe_session();
  }
  if (!recorder_->state().recording.running) stop_recording();
}

const Measured* PanelTools::figures() const {
  return measured_revision_ == measuring.revision() ? figures_.get() : nullptr;
}

// A and B while they are compared side by side, else the one image that is shown; none: nothing
// yet.
std::vector<SliceVersionPtr> PanelTools::looked_at(const std::string& slice) const {
  auto a = session_.history.chosen(SliceHistory::Choice::a, slice),
       b = session_.history.chosen(SliceHistory::Choice::b, slice);
  if (session_.comparison.side_by_side && a && b) return {std::move(a), std::move(b)};
  auto shown = session_.shown(slice, steady_now_ns()).image;
  if (!shown || !shown->pixels) return {};
  return {std::move(shown)};
}

// A new image under the same points is measured as well, one job at a time.
void PanelTools::start_measuring() {
  if (measuring_now_ || !measuring.complete()) return;
  const SceneSlice* slice = session_.slices.find(measuring.slice());
  const auto versions = looked_at(measuring.slice());
  if (slice == nullptr || versions.empty()) return;
  if (versions == measured_versions_ && measured_revision_ == measuring.revision()) return;
  const auto outcome = std::make_shared<Result<Measured>>(Error{});
  const std::uint64_t revision = measuring.revision();
  // What is known of an image changes on this thread alone.
  std::vector<SessionFactsPtr> facts;
  for (const SliceVersionPtr& version : versions)
    facts.push_back(version->held->facts ? version->held->facts : session_.facts());
  const auto one = [tool = measuring.tool(), points = measuring.set_points(), rows = slice->rows,
                    columns = slice->columns, unit = session_.length_unit()](
                       const SliceVersion& version, const SessionFacts& known, const char* letter) {
    auto origin = slice_provenance(known, version, slicecast::now_ns());
    if (*letter != 0) origin.add("compared", letter);
    return measured(tool, in_pixels_of(version, points, rows, columns), pixels_of(version), unit,
                    origin.to_json(-1));
  };
  const auto job = [=]() -> std::string {
    const bool both = versions.size() > 1;
    *outcome = one(*versions.front(), *facts.front(), both ? "A" : "");
    if (!both || !*outcome) return {};
    auto second = one(*versions.back(), *facts.back(), "B");
    *outcome = second ? Result<Measured>(of_both(**outcome, *second)) : second;
    return {};
  };
  measuring_now_ = background_.run(job, [=, this](const std::string&) {
    measuring_now_ = false;
    measured_revision_ = revision;
    measured_versions_ = versions;
    measure_problem_.clear();
    figures_.reset();
    if (*outcome)
      figures_ = std::make_shared<const Measured>(**std::move(outcome));
    else
      measure_problem_ = outcome->error().message;
  });
}

void PanelTools::copy_text(const std::string& text, const std::string& what) {
  ImGui::SetClipboardText(text.c_str());
  session_.say(what + " copied as CSV");
}

void PanelTools::copy_figures() {
  const Measured* found = figures();
  if (found == nullptr) return session_.say("measure something first: keys 1 to 4");
  copy_text(found->csv, to_string(measuring.tool()));
}

}  // namespace slicecast::viewer
