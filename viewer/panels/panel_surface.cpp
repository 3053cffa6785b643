// Iso-surface of the preview, by marching cubes on the background thread, and files.
#include <fmt/format.h>

#include "common/base/clock.h"
#include "viewer/model/export_image.h"
#include "viewer/model/mesh_file.h"
#include "viewer/model/thread_roles.h"
#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {

double PanelTools::surface_level() const {
  if (!session_.preview) return 0;
  const Histogram& values = session_.preview->histogram;
  return values.low + session_.choices.iso_level * (values.high - values.low);
}

const IsoProgress* PanelTools::surface_progress() const {
  return surface_progress_.get();
}

void PanelTools::start_surface() {
  if (!session_.choices.iso_surface || !session_.preview) return;
  const double level = surface_level();
  const bool same = surface_preview_ == session_.preview && surface_level_done_ == level;
  if (same || surface_progress_) return;
  auto progress = std::make_shared<IsoProgress>();
  const auto outcome = std::make_shared<Result<Mesh>>(Error{});
  struct Sizes {
    double area = 0, volume = 0;
  };
  const auto sizes = std::make_shared<Sizes>();
  const PreviewFramePtr preview = session_.preview;
  const auto job = [=]() -> std::string {
    note_job(Job::iso_surface);
    *outcome = iso_surface(preview->volume(), level, *progress);
    if (*outcome) *sizes = {area_mm2(**outcome), volume_mm3(**outcome)};
    return {};
  };
  const bool taken = background_.run(job, [=, this](const std::string&) {
    surface_progress_.reset();
    surface_preview_ = preview;
    surface_level_done_ = level;
    surface_problem.clear();
    if (!*outcome) {
      surface_problem = outcome->error().message;
      return;
    }
    surface_area_mm2 = sizes->area;
    surface_volume_mm3 = sizes->volume;
    session_.iso_mesh_level = level;
    session_.iso_mesh = std::make_shared<const Mesh>(**std::move(outcome));
  });
  if (taken) surface_progress_ = std::move(progress);
}

void PanelTools::write(std::string path, std::function<Result<void>()> job) {
  const bool taken = background_.run(
      [path, job = std::move(job)]() -> std::string {
        note_job(Job::file);
        const auto done = job();
        return done ? "wrote " + path : done.error().message;
      },
      [this](const std::string& text) { session_.say(text); });
  if (!taken) session_.say("too many files wait for the disk; try again");
}

void PanelTools::export_slice_as(const std::string& extension) {
  extension_ = extension;
  const SliceVersionPtr version = session_.shown(session_.slices.selected(), steady_now_ns()).image;
  if (!version) return session_.say("there is no image to write yet");
  const auto path = export_name(folder_, *version, extension);
  const Intensity& limits = session_.intensities.of(session_.slices.selected());
  write(path.string(),
        [=, facts = version->held->facts, low = limits.low, high = limits.high]() -> Result<void> {
          const auto written =
              export_slice(path, *version, slice_provenance(*facts, *version, slicecast::now_ns()),
                           io::DisplayRange{static_cast<float>(low), static_cast<float>(high)});
          if (!written) return written.error();
          return {};
        });
}

void PanelTools::export_surface_as(const std::string& extension) {
  surface_extension_ = extension;
  const auto mesh = session_.iso_mesh;
  if (!mesh || mesh->triangles.empty())
    return session_.say("switch the iso-surface on and choose a level first");
  const auto origin = preview_provenance(*surface_preview_->held->facts, surface_preview_->header,
                                         slicecast::now_ns());
  const std::string length_unit = length_unit_of(surface_preview_->header.value_unit());
  const auto path =
      folder_ / fmt::format("surface-{}{}", file_time(slicecast::now_ns()), extension);
  write(path.string(), [=, level = surface_level_done_]() -> Result<void> {
    IsoProgress progress;
    Provenance whole = origin;
    whole.add("iso_level", level);
    return write_mesh(path, *mesh, whole, length_unit, progress);
  });
}

}  // namespace slicecast::viewer
