// The real viewer under Xvfb with Mesa's software renderer, driven by a script through its input
// functions, against real servers on the same cores.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "services/cli/bench_groups.h"
#include "services/cli/bench_slice_feed.h"
#include "services/cli/bench_stack.h"
#include "services/cli/deployment.h"

namespace slicecast::cli {
namespace {

constexpr const char* kWork =
    "one live 512x512 slice of 30 frames/s of 192x256, 90 projections, preview 128, window "
    "1280x800, llvmpipe";

constexpr int kSlowMs = 167;  // five times the time between two images of the scan

struct Amounts {
  int drag_steps, orbit_steps, slow_images;
};

std::string drag_script(int steps) {
  const auto drag = [&](const char* by) {
    return std::string("drag slice s1 at 0.85 0.15 by ") + by + " steps " + std::to_string(steps) +
           "\nwait slice s1 exact\n";
  };
  return "deadline 120\nwait connected\nwait slice s1 exact\nwait preview\ndo view_fit\n"
         "wait images 10\nmeasure\n" +
         drag("0 -60") + drag("0 60") + "note drag\n";
}

// Notes under the name of the kind of slowness.
std::string slow_script(const std::string& kind, int images) {
  return "set " + kind + " " + std::to_string(kSlowMs) + "\nwait images 20\nmeasure\nwait images " +
         std::to_string(images) + "\nnote " + kind + "\n";
}

std::string script_of(const Amounts& amounts) {
  return drag_script(amounts.drag_steps) +
         "set volume on\nwait images 5\nmeasure\ndrag scene 0.04 0.95 by 120 30 steps " +
         std::to_string(amounts.orbit_steps) + "\nnote orbit\nset volume off\n" +
         slow_script("slowed", amounts.slow_images) + "set slowed 0\n" +
         slow_script("slow_drawing", amounts.slow_images);
}

bool in_path(const char* program) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "";
  while (!folders.empty()) {
    const auto end = std::min(folders.find(':'), folders.size());
    if (access((std::string(folders.substr(0, end)) + "/" + program).c_str(), X_OK) == 0)
      return true;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return false;
}

// What a run of this script noted.
Result<nlohmann::json> run_viewer(BenchStack& stack, const std::string& text) {
  const auto script = stack.folder() / "bench.script", report = stack.folder() / "report.json";
  std::ofstream(script) << text;
  // The software renderer on any machine, so that figures can be compared.
  ChildSpec spec{"viewer",
                 {"xvfb-run", "-a", "-s", "-screen 0 1280x800x24", "env", "LIBGL_ALWAYS_SOFTWARE=1",
                  "GALLIUM_DRIVER=llvmpipe", (program_folder() / "slicecast-viewer").string(),
                  "--hub", stack.hub(), "--script", script.string(), "--report", report.string(),
                  "--screenshot-dir", stack.folder().string(), "--log-level", "error"}};
  auto process = ChildProcess::start(spec);
  if (!process) return process.error();
  if (const Ending ending = process->wait(); ending.exit_code != 0 || ending.signal != 0)
    return Error{Errc::unavailable,
                 "slicecast-viewer ended with " + ending.text() + "; its message is above"};
  std::ifstream file(report);
  auto figures = nlohmann::json::parse(file, nullptr, false);
  if (figures.is_discarded() || !figures.contains("noted"))
    return Error{Errc::malformed, "the viewer's report is not of this build; build both anew"};
  return figures["noted"];
}

std::string quantiles(const nlohmann::json& figures) {
  char text[120];
  std::snprintf(text, sizeof text, "p50 %.1f, p99 %.1f, worst %.1f ms",
                figures["p50"].get<double>(), figures["p99"].get<double>(),
                figures["worst"].get<double>());
  return text;
}

std::string ages(const nlohmann::json& noted) {
  const auto &figures = noted["age_ms"], &waited = noted["arrival_to_screen_ms"];
  char text[200];
  std::snprintf(text, sizeof text,
                "age p50 %.1f, p99 %.1f ms of %d acquisitions seen, clock +- %.1f ms; of it in the "
                "viewer p50 %.1f, p99 %.1f ms",
                figures["p50"].get<double>(), figures["p99"].get<double>(),
                figures["samples"].get<int>(), figures["error"].get<double>(),
                waited["p50"].get<double>(), waited["p99"].get<double>());
  return text;
}

Result<std::unique_ptr<BenchStack>> stack_for_viewer() {
  if (access((program_folder() / "slicecast-viewer").c_str(), X_OK) != 0)
    return Error{Errc::not_found,
                 "there is no slicecast-viewer beside this program; './dev build' builds it"};
  if (!in_path("xvfb-run"))
    return Error{Errc::not_found, "there is no xvfb-run; install the package xvfb"};
  return BenchStack::start();
}

// With a live scan and these slices.
Result<std::unique_ptr<BenchStack>> live_stack(const BenchContext& context, const char* slices) {
  auto stack = stack_for_viewer();
  if (!stack) return stack.error();
  const auto threads = divide_cores(context.threads, {1, 2, 3});
  const std::pair<const char*, std::vector<std::string>> services[] = {
      {"source",
       {"--bulk-port", "0", "--rows", "192", "--columns", "256", "--projections", "90",
        "--pre-render", "180", "--rate", "30"}},
      {"projection", {"--bulk-port", "0", "--feed-port", "0"}},
      {"slice", {"--feed-port", "0", "--slices", slices, "--slice-size", "512"}}};
  for (std::size_t i = 0; i < std::size(services); ++i)
    if (const auto made = (*stack)->add(services[i].first, threads[i], services[i].second); !made)
      return made.error();
  return stack;
}

Measurement row(const BenchContext& context, const char* name, double value, std::string detail,
                const char* work) {
  return {.name = name,
          .value = value,
          .work = work,
          .detail = std::move(detail),
          .threads = context.threads};
}

Measurement drag_row(const BenchContext& context, const char* name, const nlohmann::json& drag,
                     const char* work) {
  return row(context, name, drag["drag_to_swap_ms"]["p50"],
             quantiles(drag["drag_to_swap_ms"]) + "; " +
                 std::to_string(drag["poses_shown"].get<int>()) + " of " +
                 std::to_string(drag["poses_wanted"].get<int>()) + " poses seen",
             work);
}

}  // namespace

Measurements bench_viewer(const BenchContext& context) {
  auto stack = live_stack(context, "xy@0");
  if (!stack) return stack.error();
  const double scale = context.scale;
  const auto noted = run_viewer(**stack, script_of({.drag_steps = scaled(120, scale, 12),
                                                    .orbit_steps = scaled(90, scale, 12),
                                                    .slow_images = scaled(240, scale, 40)}));
  if (!noted) return noted.error();
  const auto& orbit = (*noted)["orbit"]["frame_ms"]["whole"];
  const auto& resting = (*noted)["slowed"];
  const auto& drawing = (*noted)["slow_drawing"];
  return std::vector<Measurement>{
      drag_row(context, "viewer.drag_to_photon", (*noted)["drag"], kWork),
      row(context, "viewer.volume_frame_rate", 1000 / orbit["p50"].get<double>(),
          "whole frame " + quantiles(orbit), "the same scene with the volume, orbiting"),
      row(context, "viewer.age_of_slow", resting["age_ms"]["p99"], ages(resting),
          "the same slice at 30 images/s, a window busy for 167 ms after each frame"),
      row(context, "viewer.age_of_slow_drawing", drawing["age_ms"]["p99"].get<double>() - kSlowMs,
          ages(drawing), "the same, a window that takes 167 ms longer to draw each frame")};
}

Measurements bench_viewer_drag_of_four(const BenchContext& context) {
  auto stack = live_stack(context, "xy@0 xz@0 yz@0 xy@20");
  if (!stack) return stack.error();
  const auto noted = run_viewer(**stack, drag_script(scaled(120, context.scale, 12)));
  if (!noted) return noted.error();
  return std::vector<Measurement>{drag_row(context, "viewer.drag_of_four", (*noted)["drag"],
                                           "the same with four live 512x512 slices")};
}

Measurements bench_viewer_volume_stream(const BenchContext& context) {
  auto stack = live_stack(context, "xy@0 xz@0 yz@0");
  if (!stack) return stack.error();
  const int images = scaled(600, context.scale, 60);
  const auto noted =
      run_viewer(**stack,
                 "deadline 120\nwait connected\nwait slice s1 exact\nwait slice s3 exact\n"
                 "wait preview\ndo view_fit\nset volume on\nwait images 30\nmeasure\nwait images " +
                     std::to_string(images) + "\nnote stream\n");
  if (!noted) return noted.error();
  const auto& whole = (*noted)["stream"]["frame_ms"]["whole"];
  const auto& volumes = (*noted)["stream"]["volumes"];
  char detail[160];
  std::snprintf(detail, sizeof detail, "whole frame mean %.1f ms, %s; %d volumes, %d of them fine",
                whole["mean"].get<double>(), quantiles(whole).c_str(), volumes["drawn"].get<int>(),
                volumes["fine"].get<int>());
  return std::vector<Measurement>{
      row(context, "viewer.volume_stream_rate", 1000 / whole["mean"].get<double>(), detail,
          "three live 512x512 slices and the preview of the same scan")};
}

Measurements bench_viewer_uploads(const BenchContext& context) {
  auto stack = stack_for_viewer();
  if (!stack) return stack.error();
  const bool whole = context.scale >= 1;
  const int side = whole ? 2048 : 512;
  auto feed = BenchSliceFeed::start((*stack)->client().context(), (*stack)->hub(),
                                    {.side = side, .rate_hz = 10});
  if (!feed) return feed.error();
  const auto noted =
      run_viewer(**stack,
                 "deadline 120\nwait connected\nwait slices 3\nwait slice s1 exact\n"
                 "wait slice s2 exact\nwait slice s3 exact\nmeasure\nwait images " +
                     std::to_string(scaled(600, context.scale, 30)) + "\nnote large\n");
  if (!noted) return noted.error();
  const auto& large = (*noted)["large"];
  const auto& since = large["since"];
  const double per_slice_s = BenchSliceFeed::kSlices * since["seconds"].get<double>();
  char shown[160];
  std::snprintf(shown, sizeof shown, "of 10/s; %.1f/s arrived; whole frame %s",
                since["images_received"].get<double>() / per_slice_s,
                quantiles(large["frame_ms"]["whole"]).c_str());
  constexpr const char* kLarge =
      "three float slices of 2048x2048 at 10/s from a feed without reconstruction (a small scale: "
      "512x512)";
  const auto& upload = large["frame_ms"]["upload"];
  return std::vector<Measurement>{
      row(context, "viewer.upload", upload["p99"], quantiles(upload), kLarge),
      row(context, "viewer.large_refresh", since["images_shown"].get<double>() / per_slice_s, shown,
          "the same run")};
}

}  // namespace slicecast::cli
