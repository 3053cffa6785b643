#include "viewer/app/report_file.h"

#include <nlohmann/json.hpp>
#include <span>

#include "common/base/clock.h"
#include "common/io/atomic_file.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {
namespace {

nlohmann::json json_of(const StageFigures& figures) {
  return {{"p50", figures.p50_ms},
          {"p99", figures.p99_ms},
          {"worst", figures.worst_ms},
          {"mean", figures.mean_ms}};
}

nlohmann::json report_of(const Session& session) {
  nlohmann::json report;
  for (const Stage stage : kStages)
    report["frame_ms"][to_string(stage)] = json_of(session.meter.of(stage));
  report["frames"] = session.meter.frames();
  const Intensity& preview = session.intensities.of(kPreviewIntensity);
  report["preview_limits"] = {preview.low, preview.high};
  const auto& volumes = session.meter.volumes();
  report["volumes"] = {{"drawn", volumes.drawn}, {"fine", volumes.fine}};
  const auto& latencies = session.pose_clock.latencies_ms();
  report["drag_to_swap_ms"] = json_of(figures_of(latencies));
  report["drag_to_swap_count"] = latencies.size();
  report["poses_wanted"] = session.pose_clock.wanted_count();
  report["poses_shown"] = session.pose_clock.shown_count();
  const Session::Begin& from = session.figures_from;
  report["since"] = {{"seconds", 1e-9 * static_cast<double>(steady_now_ns() - from.steady_ns)},
                     {"images_received", session.images_received - from.images_received},
                     {"images_shown", session.images_shown - from.images_shown}};
  report["images_received"] = session.images_received;
  report["image_bytes"] = session.images_bytes;
  report["overlays_received"] = session.overlays_received;
  if (const auto shown = session.shown(session.slices.selected(), steady_now_ns()); shown.overlay)
    report["overlay_size"] = {shown.overlay->rows(), shown.overlay->columns()};
  if (session.report) {
    const LinkReport& link = session.report->link;
    report["link"] = {{"encoding", v1::Encoding_Name(link.choice.encoding)},
                      {"max_side", link.choice.max_side},
                      {"max_rate_hz", link.choice.max_rate_hz},
                      {"preview_rate_hz", link.choice.preview_rate_hz},
                      {"bytes_per_s", link.bytes_per_s},
                      {"text", link.text}};
  }
  for (const Job job : kJobs) {
    const JobCount count = count_of(job);
    report["jobs"][to_string(job)] = {{"done", count.done}, {"wrong_thread", count.wrong}};
  }
  const auto age = session.age.figures(now_ns());
  report["age_ms"] = {
      {"p50", age.p50_ms}, {"p99", age.p99_ms}, {"error", age.error_ms}, {"samples", age.samples}};
  report["arrival_to_screen_ms"] = json_of(figures_of(session.waited_ms));
  return report;
}

}  // namespace

std::string report_text(const Session& session) {
  return report_of(session).dump();
}

Result<void> write_report_file(const std::filesystem::path& path, const Session& session,
                               const std::map<std::string, std::string>& noted) {
  nlohmann::json report = report_of(session);
  for (const auto& [name, text] : noted) report["noted"][name] = nlohmann::json::parse(text);
  const std::string text = report.dump(2) + "\n";
  return io::write_whole_file(path, std::as_bytes(std::span(text)));
}

}  // namespace slicecast::viewer
