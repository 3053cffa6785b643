#include "viewer/app/report_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "common/base/clock.h"
#include "common/io/atomic_file.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {
namespace {

nlohmann::json json_of(const StageFigures& figures) {
  return {{"p50", figures.p50_ms}, {"p99", figures.p99_ms}, {"worst", figures.worst_ms}};
}

std::string text_of(const Vec3& v) {
  return fmt::format("{:.9g},{:.9g},{:.9g}", v.x, v.y, v.z);
}

nlohmann::json report_of(const Session& session) {
  nlohmann::json report;
  for (const Stage stage : kStages)
    report["frame_ms"][to_string(stage)] = json_of(session.meter.of(stage));
  report["frames"] = session.meter.frames();
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

void describe_view(const Session& session, Provenance& provenance) {
  provenance.add("view.colour_map", to_string(session.colours));
  provenance.add("view.curve", session.transfer.text());
  for (const auto& [name, producer] : session.producers) {
    if (!producer.style.on || !producer.values) continue;
    const ValueLimits limits = producer.limits();
    provenance.add("overlay." + name + ".colour_map", to_string(producer.colours));
    provenance.add("overlay." + name + ".low", limits.low);
    provenance.add("overlay." + name + ".high", limits.high);
  }
  provenance.add("view.eye_mm", text_of(session.camera.eye()));
  provenance.add("view.target_mm", text_of(session.camera.target()));
  for (const auto& slice : session.slices.slices()) {
    const std::string key = "slice." + slice.id + ".";
    provenance.add(key + "name", slice.name);
    provenance.add(key + "wanted_base_mm", text_of(slice.pose.base));
    provenance.add(key + "wanted_axis1_mm", text_of(slice.pose.axis1));
    provenance.add(key + "wanted_axis2_mm", text_of(slice.pose.axis2));
    const Intensity& intensity = session.intensities.of(slice.id);
    provenance.add(key + "low", intensity.low);
    provenance.add(key + "high", intensity.high);
    provenance.add(key + "scale", std::string(to_string(intensity.scale)));
    if (!slice.image) continue;
    provenance.add(key + "shown_base_mm", text_of(slice.image->pose.base));
    provenance.add(key + "shown_axis1_mm", text_of(slice.image->pose.axis1));
    provenance.add(key + "shown_axis2_mm", text_of(slice.image->pose.axis2));
    provenance.add(key + "version", slice.image->version);
    provenance.add(key + "pose_revision", slice.image->pose_revision);
    provenance.add(key + "exact", std::string(slice.exact() ? "true" : "false"));
  }
}

}  // namespace slicecast::viewer
