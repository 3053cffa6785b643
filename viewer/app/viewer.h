// The program: window, views, panels, input and script around one session. Draws when something has
// changed, at most 60 times a second, and sleeps otherwise. UI thread.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/config/option.h"
#include "viewer/app/actions.h"
#include "viewer/app/background.h"
#include "viewer/app/plane_scene.h"
#include "viewer/app/saved_state.h"
#include "viewer/app/scene_input.h"
#include "viewer/app/scene_view.h"
#include "viewer/app/script.h"
#include "viewer/app/slice_look.h"
#include "viewer/app/ui_layer.h"
#include "viewer/app/window.h"
#include "viewer/model/volume_pace.h"
#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {

class Viewer final : public WindowListener, public ScriptTarget {
 public:
  static Result<std::unique_ptr<Viewer>> create(const config::Settings& settings);
  ~Viewer() override;

  // Until the window is closed, the script ends or ask_to_end(). The exit code: 0, or 3 when the
  // script failed.
  int run();
  // Ends run() within half a second. From a signal handler, too.
  static void ask_to_end();

  void cursor_moved(double x, double y) override;
  void button(int button, int action, int modifiers) override;
  void wheel(double dx, double dy) override;
  void key(int key, int scancode, int action, int modifiers) override;
  void character(unsigned code_point) override;
  void changed() override { redraw(); }

  void inject_move(double x, double y) override { cursor_moved(x, y); }
  void inject_button(int button, bool down, int modifiers) override;
  void inject_wheel(double steps) override { wheel(0, steps); }
  void inject_key(int key, int modifiers, int repeats) override;
  void inject_character(unsigned code_point) override { character(code_point); }
  void patient_double_click(bool on) override;
  Result<ScriptPoint> point(const std::vector<std::string>& words, std::size_t first,
                            std::size_t& used) override;
  Result<bool> condition(const std::vector<std::string>& words) override;
  Result<void> act(const std::string& action) override;
  Result<void> set(const std::vector<std::string>& words) override;
  void request_screenshot(const std::string& name) override;
  std::optional<Result<void>> screenshot_outcome() override;
  void measure_anew() override;
  void note_figures(const std::string& name) override;
  Result<void> keep_clipboard(const std::string& name) override;

 private:
  explicit Viewer(const config::Settings& settings);
  Result<void> open(const config::Settings& settings);
  void add_window_actions();
  void redraw(int frames = 3);         // views and panels
  void redraw_panels(int frames = 3);  // the views stay as they are
  void update_pictures(std::int64_t now_ns);
  bool worth_waiting(std::int64_t now_ns);
  void frame(std::int64_t now_ns);
  static void play_slow(std::int64_t rest_ns);
  void draw_views(std::int64_t now_ns);
  // What of the views changes by itself as time goes on, or as the cursor moves over them.
  struct LooksNow {
    ConnectionState state;
    SlicePlacing::Kind plane;
    std::array<double, 3> cursor;                 // in mm; zeros: nowhere
    std::map<std::string, std::string> geometry;  // of the beam, where that is shown
    friend bool operator==(const LooksNow&, const LooksNow&) = default;
  };
  LooksNow looks_now(std::int64_t now_ns) const;
  void draw_panels_over(std::int64_t now_ns);
  void take_screenshot();
  void note_shown_poses(std::int64_t swap_ns);
  void run_action(std::string_view action, std::int64_t event_ns);
  double wait_s(std::int64_t now_ns) const;
  Result<void> write_report() const;
  void restore_saved();

  const config::Settings settings_;
  const std::filesystem::path picture_folder_;
  const SavedState saved_;
  Mailbox mailbox_;
  Session session_;
  Actions actions_;
  Shortcuts shortcuts_;
  PlaneView plane_;
  std::unique_ptr<Window> window_;
  Background background_;  // wakes the window, so that it ends before that does
  // From here on made and destroyed with the window's context.
  std::unique_ptr<UiLayer> ui_;
  gl::UploadThread uploads_;
  PictureStore pictures_;
  std::optional<SceneView> scene_;
  std::optional<PlaneScene> plane_scene_;
  std::unique_ptr<SceneInput> input_;
  std::unique_ptr<PanelTools> tools_;
  std::optional<ScriptRun> script_;

  ScreenArea scene_area_, plane_area_;
  int frames_wanted_ = 3;
  bool views_dirty_ = true, figures_due_ = false;
  bool panels_due_ = false;  // an event came that they may act upon
  std::int64_t last_frame_ns_ = 0, last_event_ns_ = 0;
  VolumePace pace_;
  std::optional<LooksNow> drawn_looks_;
  bool drawn_since_step_ = true;  // a script goes on once its last step is on the screen
  bool help_ = false;
  std::int64_t waiting_since_ns_ = 0;  // a slow frame, for an image on its way; 0: none waits
  // A script plays a slow computer: after each frame it is busy with other things, or each frame
  // takes longer until it is seen.
  std::int64_t slowed_ns_ = 0, slow_drawing_ns_ = 0;
  std::int64_t slow_volume_ns_ = 0;                  // and a volume at full resolution takes longer
  std::map<std::string, std::string> noted_;         // JSON by name
  std::optional<std::filesystem::path> screenshot_;  // to be taken with the next settled frame
  std::shared_ptr<Result<void>> screenshot_result_;
  bool screenshot_done_ = false;
  int settled_frames_ = 0;
  int exit_code_ = 0;
};

}  // namespace slicecast::viewer
