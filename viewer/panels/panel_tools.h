// What panels set going beyond changing view models: measuring, the iso-surface, files, recording,
// comparing. All that takes time runs on the background thread; the results are taken over on the
// UI thread. UI thread; lives as long as the window.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "viewer/app/actions.h"
#include "viewer/app/background.h"
#include "viewer/app/session.h"
#include "viewer/link/session_recorder.h"
#include "viewer/model/iso_surface.h"
#include "viewer/model/label_layout.h"
#include "viewer/model/measuring.h"

namespace slicecast::viewer {

enum class CompareMode : std::uint8_t { off, side_by_side, blink };

class PanelTools {
 public:
  // `folder`: where files go. Both references must outlive the tools.
  PanelTools(Session& session, Background& background, std::filesystem::path folder);
  ~PanelTools();  // a recording is finished

  void add_actions(Actions& actions);
  void advance(std::int64_t now_ns);  // once per frame: starts what is due

  // --- measuring in the 2D view
  Measuring measuring;
  const Measured* figures() const;  // of the points as they are; null: not yet
  const std::string& measure_problem() const { return measure_problem_; }
  void copy_figures();

  // --- A and B of the selected slice
  CompareMode compare = CompareMode::off;
  bool can_compare() const;

  // --- iso-surface of the preview
  const IsoProgress* surface_progress() const;  // null: none is under way
  double surface_area_mm2 = 0, surface_volume_mm3 = 0;
  std::string surface_problem;
  double surface_level() const;  // in the unit of the values

  // --- files
  const std::filesystem::path& folder() const { return folder_; }
  void export_slice_as(const std::string& extension);    // ".tif", ".png", ".npy"
  void export_surface_as(const std::string& extension);  // ".ply", ".stl"
  void copy_text(const std::string& text, const std::string& what);

  // --- recording
  bool recording() const { return recorder_ != nullptr; }
  SessionRecorder::State recording_state() const;
  void start_recording();
  void stop_recording();

  // --- named layouts: writes them in the background, then says this; set by the program, which
  // knows where they are kept
  std::function<void(const std::string& done)> save_layouts;

  // --- where widgets of the last frame are, by name, so that scripts find them; see mark_item()
  std::map<std::string, ScreenBox> items;

  // --- what is being typed: the name of a slice, the name of a layout
  std::string renaming, new_name, layout_name;
  bool focus_name = false;

 private:
  void describe_session();
  void follow_recorded_source();
  std::vector<SliceVersionPtr> looked_at(const std::string& slice) const;
  void start_measuring();
  void start_surface();
  void take_axis();
  void write(std::string path, std::function<Result<void>()> job);

  struct Description {  // for the recording's sidecar; read by its writing thread
    std::mutex mutex;
    std::string text;
  };

  Session& session_;
  Background& background_;
  const std::filesystem::path folder_;
  std::string extension_ = ".tif", surface_extension_ = ".ply";

  bool measuring_now_ = false;
  std::uint64_t measured_revision_ = 0;  // points of figures_
  std::vector<SliceVersionPtr> measured_versions_;
  std::shared_ptr<const Measured> figures_;
  std::string measure_problem_;

  std::shared_ptr<IsoProgress> surface_progress_;
  PreviewFramePtr surface_preview_;
  double surface_level_done_ = 0;

  std::shared_ptr<SessionRecorder> recorder_;
  std::shared_ptr<Description> description_;
  std::string recorded_source_;  // its name
  std::uint64_t recorded_instance_ = 0;
  std::int64_t described_ns_ = 0;
};

}  // namespace slicecast::viewer
