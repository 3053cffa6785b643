#include "viewer/app/viewer.h"

#include <GLFW/glfw3.h>
#include <epoxy/gl.h>
#include <fmt/format.h>
#include <imgui/imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <random>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "common/wire/pose.h"
#include "viewer/app/report_file.h"
#include "viewer/app/screenshot.h"
#include "viewer/app/view_description.h"
#include "viewer/model/thread_roles.h"
#include "viewer/options/options.h"
#include "viewer/panels/panel_host.h"

namespace slicecast::viewer {
namespace {

constexpr std::int64_t kFrameNs = 16'000'000;     // 60 frames/s
constexpr double kIdleS = 0.5;                    // clocks and ages on the screen move on
constexpr std::int64_t kFiguresNs = 100'000'000;  // figures alone are drawn at this pace
constexpr double kScriptS = 0.016;                // between looks whether a condition holds
constexpr double kSlowMs = 50;        // frames that take as long wait for images on their way
constexpr double kWaitShare = 0.2;    // of the time of a frame, at most
constexpr double kWaitStepS = 0.002;  // the upload thread wakes this one sooner

volatile std::sig_atomic_t end_asked = 0;

std::string client_name(const std::string& name) {
  std::random_device random;
  return fmt::format("{}-{:04x}", name, random() & 0xFFFF);
}

Session::Options session_options(const config::Settings& settings) {
  Session::Options options;
  options.client = client_name(settings.text("name"));
  options.observe = settings.boolean("observe");
  if (const auto size = parse_size(settings.text("size"))) {
    options.window_width = size->width;
    options.window_height = size->height;
  }
  if (settings.real("font_scale") > 0) options.font_scale = settings.real("font_scale");
  return options;
}

}  // namespace

Viewer::Viewer(const config::Settings& settings)
    : settings_(settings),
      picture_folder_(settings.text("screenshot_dir")),
      saved_(settings),
      mailbox_([] { Window::wake(); }),
      session_(session_options(settings), mailbox_),
      actions_(session_),
      background_([] { Window::wake(); }),
      uploads_([] { Window::wake(); }),
      pictures_(uploads_) {}

Result<std::unique_ptr<Viewer>> Viewer::create(const config::Settings& settings) {
  if (const auto size = parse_size(settings.text("size")); !size) return size.error();
  auto viewer = std::unique_ptr<Viewer>(new Viewer(settings));
  if (auto opened = viewer->open(settings); !opened) return opened.error();
  return viewer;
}

Result<void> Viewer::open(const config::Settings& settings) {
  if (const auto& script = settings.text("script"); !script.empty()) {
    auto lines = read_script(script);
    if (!lines) return lines.error();
    script_.emplace(*std::move(lines));
  }
  restore_saved();
  if (const auto& keys = settings.text("keys"); !keys.empty())
    if (auto loaded = shortcuts_.load(keys); !loaded) return loaded.error();
  const auto size = parse_size(settings.text("size"));
  if (!size) return size.error();
  auto window = Window::create({size->width, size->height, "Slicecast"});
  if (!window) return window.error();
  window_ = *std::move(window);
  const double dense = window_->content_scale();
  const auto points = [dense](int pixels) { return static_cast<int>(std::lround(pixels / dense)); };
  session_.layouts.set_window(points(window_->size().width), points(window_->size().height),
                              session_options(settings).font_scale);
  uploads_.start([this] { window_->enter_shared_context(); }, [] { Window::leave_context(); });
  auto ui = UiLayer::create(*window_);
  if (!ui) return ui.error();
  ui_ = *std::move(ui);
  auto scene = SceneView::create();
  if (!scene) return scene.error();
  scene_.emplace(*std::move(scene));
  auto plane = PlaneScene::create();
  if (!plane) return plane.error();
  plane_scene_.emplace(*std::move(plane));
  input_ = std::make_unique<SceneInput>(session_, pictures_, plane_);
  tools_ = std::make_unique<PanelTools>(session_, background_, picture_folder_);
  tools_->save_layouts = [this](const std::string& done) {
    saved_.save_soon(session_.layouts, background_, done,
                     [this](std::string text) { session_.say(std::move(text)); });
  };
  tools_->add_actions(actions_);
  window_->listen(*this);
  add_window_actions();
  if (settings.real("font_scale") > 0)
    session_.layouts.current().font_scale = settings.real("font_scale");
  if (settings.text("theme") != "saved")
    session_.layouts.current().theme =
        settings.text("theme") == "light" ? Theme::light : Theme::dark;
  if (const auto& layout = settings.text("layout"); !layout.empty())
    if (auto used = session_.layouts.use(layout); !used) return used.error();
  wire::SecurityOptions security;
  security.curve_directory = settings.text("curve");
  security.socks_proxy = settings.text("socks");
  session_.connect_to = [this, security](const std::string& hub) {
    if (tools_->recording()) return session_.say("stop the recording first");
    session_.say(session_.connect(hub, security));
  };
  return session_.connect(wire::hub_address(settings.text("hub")), security);
}

Viewer::~Viewer() {
  tools_.reset();  // its recorder uses the link
  // Threads that wake the window end before it does.
  session_.link.reset();
}

void Viewer::add_window_actions() {
  actions_.add("fullscreen", [this] { window_->toggle_fullscreen(); });
  actions_.add("quit", [this] { window_->close(); });
  actions_.add("help", [this] { help_ = !help_; });
  actions_.add("screenshot",
               [this] { request_screenshot(fmt::format("slicecast-{}", file_time(now_ns()))); });
}

void Viewer::redraw(int frames) {
  redraw_panels(frames);
  views_dirty_ = true;
  pace_.changed(steady_now_ns());
}

void Viewer::redraw_panels(int frames) {
  frames_wanted_ = std::max(frames_wanted_, frames);
}

double Viewer::wait_s(std::int64_t now_ns) const {
  const auto until = [&](std::int64_t then_ns) {
    return std::max(0.0, 1e-9 * static_cast<double>(then_ns - now_ns));
  };
  if (frames_wanted_ > 0 || screenshot_)
    return waiting_since_ns_ != 0 ? kWaitStepS : until(last_frame_ns_ + kFrameNs);
  double pause_s = script_ ? kScriptS : figures_due_ ? until(last_frame_ns_ + kFiguresNs) : kIdleS;
  if (pace_.coarse()) pause_s = std::min(pause_s, until(pace_.fine_due_ns()));
  return pause_s;
}

int Viewer::run() {
  while (!window_->closing() && end_asked == 0) {
    window_->wait_for_events(wait_s(steady_now_ns()));
    std::int64_t now = steady_now_ns();
    if (script_ && drawn_since_step_) {
      const auto progress = script_->step(*this, now);
      if (progress != ScriptRun::Progress::waiting) {
        drawn_since_step_ = false;
        redraw_panels(1);
      }
      if (progress == ScriptRun::Progress::failed) {
        std::fprintf(stderr, "slicecast-viewer: script %s\n", script_->failure().c_str());
        exit_code_ = 3;
      }
      if (progress == ScriptRun::Progress::failed || progress == ScriptRun::Progress::done)
        window_->close();
    }
    background_.poll();
    session_.meter.begin(now);
    const Redraw asked = session_.take_arrivals();
    if (asked == Redraw::now) redraw(1);
    if (asked == Redraw::panels) redraw_panels(1);
    if (asked == Redraw::soon) figures_due_ = true;
    session_.advance(now);
    session_.meter.done(Stage::arrivals, steady_now_ns());
    update_pictures(now);
    session_.meter.done(Stage::upload, steady_now_ns());
    const std::int64_t since = now - last_frame_ns_;
    if (since > static_cast<std::int64_t>(1e9 * kIdleS)) redraw_panels(1);
    if (figures_due_ && since >= kFiguresNs) redraw_panels(1);
    if (looks_now(now) != drawn_looks_) redraw(1);
    if (input_->moving()) pace_.moved(now);
    if (pace_.coarse() && now >= pace_.fine_due_ns()) {
      redraw_panels(1);
      views_dirty_ = true;
    }
    const bool wanted = frames_wanted_ > 0 || screenshot_;
    if (wanted && since >= kFrameNs && !worth_waiting(now)) frame(now);
  }
  background_.finish();  // what it writes is older
  for (const auto& written : {write_report(), saved_.save(session_.layouts, session_.recent)})
    if (!written) {
      std::fprintf(stderr, "slicecast-viewer: %s\n", written.error().message.c_str());
      exit_code_ = std::max(exit_code_, 1);
    }
  return exit_code_;
}

void Viewer::update_pictures(std::int64_t now_ns) {
  const auto ours = uploads_.hold();  // small images are copied by this thread
  if (pictures_.update(session_, now_ns)) redraw(1);
  if (pictures_.copying()) redraw_panels(1);
  if (plane_scene_->update(uploads_)) redraw(1);
}

// What is on its way to the card would wait for all of a slow frame, and the frame would show an
// image older than there is.
bool Viewer::worth_waiting(std::int64_t now_ns) {
  const bool on_its_way = pictures_.uploading();
  if (!on_its_way || session_.meter.recent_ms() < kSlowMs) {
    waiting_since_ns_ = 0;
    return false;
  }
  if (waiting_since_ns_ == 0) waiting_since_ns_ = now_ns;
  const double waited_ms = 1e-6 * static_cast<double>(now_ns - waiting_since_ns_);
  return waited_ms < kWaitShare * session_.meter.recent_ms();
}

void Viewer::ask_to_end() {
  end_asked = 1;
}

void Viewer::restore_saved() {
  const std::string problem = saved_.restore(session_.layouts, session_.recent, shortcuts_);
  if (problem.empty()) return;
  std::fprintf(stderr, "slicecast-viewer: %s\n", problem.c_str());
  session_.say(problem);
}

void Viewer::frame(std::int64_t now_ns) {
  last_frame_ns_ = now_ns;
  waiting_since_ns_ = 0;
  tools_->advance(now_ns);
  drawn_since_step_ = true;
  figures_due_ = false;
  frames_wanted_ = std::max(0, frames_wanted_ - 1);
  const Layout& layout = session_.layouts.current();
  auto drawing = uploads_.hold();
  session_.meter.done(Stage::upload, steady_now_ns());
  ui_->style(layout.theme, layout.font_scale * window_->content_scale());
  if (views_dirty_) draw_views(now_ns);
  session_.meter.done(Stage::scene, steady_now_ns());
  draw_panels_over(now_ns);
  session_.meter.done(Stage::panels, steady_now_ns());
  take_screenshot();
  drawing.unlock();  // most of a frame is spent waiting for what is drawn
  play_slow(slow_drawing_ns_);
  window_->swap();
  note_shown_poses(steady_now_ns());
  play_slow(slowed_ns_);
  session_.meter.end(steady_now_ns());
  // What the screen could do: an idle window draws less because nothing has changed.
  const double whole_ms = session_.meter.recent_ms();
  session_.health.frame(whole_ms > 0 ? std::min(60.0, 1000 / whole_ms) : 60, pictures_.upload_ms());
}

// Counts as time of the frame, as it would on the computer that is played.
void Viewer::play_slow(std::int64_t rest_ns) {
  if (rest_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(rest_ns));
}

void Viewer::draw_views(std::int64_t now_ns) {
  const double pixels =
      static_cast<double>(window_->framebuffer().width) / std::max(1, window_->size().width);
  const auto px = [pixels](float points) {
    return std::max(1, static_cast<int>(std::lround(points * pixels)));
  };
  const int reduction = screenshot_ ? 1 : pace_.reduction(now_ns);
  std::optional<double> volume_ms;
  if (scene_area_.width > 0)
    volume_ms =
        scene_->draw(session_, pictures_, px(scene_area_.width), px(scene_area_.height), reduction);
  if (volume_ms) {
    const std::int64_t rest_ns = slow_volume_ns_ / (reduction * reduction);
    play_slow(rest_ns);
    pace_.drawn(reduction, *volume_ms + 1e-6 * static_cast<double>(rest_ns), now_ns);
    session_.meter.volume(reduction == 1);
  } else {
    pace_.hidden();
  }
  if (plane_area_.width > 0)
    plane_scene_->draw(session_, pictures_, plane_, px(plane_area_.width), px(plane_area_.height),
                       now_ns);
  drawn_looks_ = looks_now(now_ns);
  views_dirty_ = false;
}

Viewer::LooksNow Viewer::looks_now(std::int64_t now_ns) const {
  LooksNow looks{session_.connection.state(), SlicePlacing::Kind::empty, {}, {}};
  if (session_.choices.projection) looks.geometry = session_.facts()->geometry;
  if (const auto& at = session_.cursor) looks.cursor = {at->x, at->y, at->z};
  if (const SceneSlice* slice = session_.selected())
    looks.plane = plane_placing_of(*slice, pictures_.find(slice->id), session_, now_ns).kind;
  return looks;
}

void Viewer::draw_panels_over(std::int64_t now_ns) {
  const auto pixels = window_->framebuffer();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  glViewport(0, 0, pixels.width, pixels.height);
  glClearColor(0.09F, 0.09F, 0.10F, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ui_->begin_frame();
  PanelContext context{
      .session = session_,
      .tools = *tools_,
      .pictures = pictures_,
      .shortcuts = shortcuts_,
      .act = [this](std::string_view action) { run_action(action, steady_now_ns()); },
      .now_ns = now_ns,
      .scale = ui_->scale(),
      .scene_texture = scene_->texture(),
      .plane_texture = plane_scene_->texture(),
      .plane = plane_};
  draw_panels(context);
  draw_help(context, help_);
  ui_->draw(std::array{scene_->texture(), plane_scene_->texture()});
  const bool resized = context.scene_area.width != scene_area_.width ||
                       context.scene_area.height != scene_area_.height ||
                       context.plane_area.width != plane_area_.width ||
                       context.plane_area.height != plane_area_.height;
  scene_area_ = context.scene_area;
  plane_area_ = context.plane_area;
  const double ratio = static_cast<double>(pixels.width) / std::max(1, window_->size().width);
  input_->place(scene_area_, plane_area_, ratio);
  // What the panels have made of an event is in the views of the next frame.
  const bool held = ImGui::IsAnyItemActive();
  if (std::exchange(panels_due_, false) || resized || (held && !ui_->wants_text()))
    redraw(2);
  else if (held)
    redraw_panels(2);
}

void Viewer::take_screenshot() {
  if (!screenshot_) return;
  // Layout settles in two frames, and uploads may be under way.
  if (pictures_.busy() || ++settled_frames_ < 3) {
    views_dirty_ = true;
    return;
  }
  const auto pixels = window_->framebuffer();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  const auto image = std::make_shared<gl::RgbImage>(gl::read_back(pixels.width, pixels.height));
  auto provenance = std::make_shared<Provenance>(session_provenance(*session_.facts(), now_ns()));
  describe_view(session_, pictures_, *plane_scene_, steady_now_ns(), *provenance);
  const auto add_area = [&](const char* key, const ScreenArea& area) {
    provenance->add(key, fmt::format("{},{},{},{}", area.x, area.y, area.width, area.height));
  };
  add_area("view.scene_area", scene_area_);
  add_area("view.slice_area", plane_area_);
  const std::filesystem::path path = *screenshot_;
  screenshot_.reset();
  settled_frames_ = 0;
  auto written = std::make_shared<Result<void>>();
  const bool taken = background_.run(
      [=]() -> std::string {
        note_job(Job::file);
        *written = write_screenshot(path, *image, *provenance);
        return *written ? "wrote " + path.string() : written->error().message;
      },
      [this, written](const std::string& text) {
        session_.say(text);
        screenshot_result_ = written;
        screenshot_done_ = true;
        redraw(1);
      });
  if (!taken) session_.say("too many pictures wait for the disk; try again");
}

void Viewer::note_shown_poses(std::int64_t swap_ns) {
  for (const auto& slice : session_.slices.slices()) {
    const SlicePicture* picture = pictures_.find(slice.id);
    if (picture == nullptr || !picture->image.shown()) continue;
    // The pose that the scene or the plane view shows; a stand-in is no image.
    const auto kind = slice.id == session_.slices.selected()
                          ? plane_placing_of(slice, picture, session_, swap_ns).kind
                          : scene_placing_of(slice, picture, session_).kind;
    if (kind != SlicePlacing::Kind::stand_in)
      session_.pose_clock.shown(slice.id, wire::pose_of(picture->image.shown()->header), swap_ns);
    session_.note_age(slice.id, *picture->image.shown(), swap_ns);
  }
}

void Viewer::run_action(std::string_view action, std::int64_t event_ns) {
  if (!actions_.run(action, event_ns))
    session_.say(fmt::format("'{}' is not in this version", action));
  redraw();
}

void Viewer::request_screenshot(const std::string& name) {
  screenshot_ = picture_folder_ / (name + ".png");
  settled_frames_ = 0;
  screenshot_done_ = false;
  redraw();
}

std::optional<Result<void>> Viewer::screenshot_outcome() {
  if (screenshot_ || !screenshot_done_) return std::nullopt;
  return *screenshot_result_;
}

void Viewer::measure_anew() {
  session_.meter.clear();
  session_.pose_clock.clear_latencies();
  session_.age.clear();
  session_.waited_ms.clear();
  session_.figures_from = {steady_now_ns(), session_.images_received, session_.images_shown};
}

void Viewer::note_figures(const std::string& name) {
  noted_[name] = report_text(session_);
}

Result<void> Viewer::write_report() const {
  if (settings_.text("report").empty()) return {};
  return write_report_file(settings_.text("report"), session_, noted_);
}

}  // namespace slicecast::viewer
