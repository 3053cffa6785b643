// Events from the window, from people and scripts alike, and what scripts ask.
#include <GLFW/glfw3.h>
#include <fmt/format.h>
#include <imgui/imgui.h>

#include <charconv>
#include <span>

#include "common/base/clock.h"
#include "common/io/atomic_file.h"
#include "viewer/app/script_conditions.h"
#include "viewer/app/script_panels.h"
#include "viewer/app/viewer.h"
#include "viewer/panels/drawn_labels.h"

namespace slicecast::viewer {
namespace {

Chord chord_of(int key, int modifiers) {
  return {key, (modifiers & GLFW_MOD_CONTROL) != 0, (modifiers & GLFW_MOD_SHIFT) != 0,
          (modifiers & GLFW_MOD_ALT) != 0};
}

Result<double> number(const std::vector<std::string>& words, std::size_t index) {
  if (index >= words.size()) return Error{Errc::invalid_argument, "a number is missing"};
  const std::string& word = words[index];
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size())
    return Error{Errc::invalid_argument, "'" + word + "' is no number"};
  return value;
}

}  // namespace

void Viewer::cursor_moved(double x, double y) {
  last_event_ns_ = steady_now_ns();
  ui_->cursor_moved(x, y);
  input_->moved(x, y, last_event_ns_);
  redraw_panels(2);
  if (!input_->moving()) return;
  pace_.moved(last_event_ns_);
  redraw(2);
}

void Viewer::button(int button, int action, int modifiers) {
  panels_due_ = true;
  last_event_ns_ = steady_now_ns();
  ui_->button(button, action);
  if (action == GLFW_PRESS)
    input_->pressed(button, modifiers, last_event_ns_);
  else
    input_->released(button);
  redraw();
}

void Viewer::wheel(double dx, double dy) {
  panels_due_ = true;
  last_event_ns_ = steady_now_ns();
  pace_.moved(last_event_ns_);
  if (!input_->wheel(dy)) ui_->wheel(dx, dy);
  redraw();
}

void Viewer::key(int key, int scancode, int action, int modifiers) {
  panels_due_ = true;
  last_event_ns_ = steady_now_ns();
  ui_->key(key, scancode, action, modifiers);
  redraw();
  if (action == GLFW_RELEASE) return;
  if (key == GLFW_KEY_ESCAPE) {
    if (!input_->cancel(last_event_ns_)) help_ = false;
    return;
  }
  const KeyPress press{chord_of(key, modifiers), ui_->wants_text(), action == GLFW_REPEAT};
  if (const auto id = shortcuts_.action_of_press(press)) run_action(*id, last_event_ns_);
}

void Viewer::character(unsigned code_point) {
  panels_due_ = true;
  ui_->character(code_point);
  redraw();
  // '?' stands on different keys around the world, so it is bound as a character.
  if (code_point != '?' || ui_->wants_text()) return;
  if (const auto id = shortcuts_.action_of({'?'})) run_action(*id, steady_now_ns());
}

void Viewer::patient_double_click(bool on) {
  constexpr float kPatient_s = 10, kUsual_s = 0.3F;
  ImGui::GetIO().MouseDoubleClickTime = on ? kPatient_s : kUsual_s;
}

Result<void> Viewer::keep_clipboard(const std::string& name) {
  const char* text = ImGui::GetClipboardText();
  if (text == nullptr || *text == 0) return Error{Errc::not_found, "nothing was copied"};
  const std::string copied = text;
  return io::write_whole_file(picture_folder_ / (name + ".txt"), std::as_bytes(std::span(copied)));
}

void Viewer::inject_button(int number, bool down, int modifiers) {
  // Widgets look at the keys themselves.
  ui_->key(GLFW_KEY_LEFT_CONTROL, 0,
           down && (modifiers & GLFW_MOD_CONTROL) != 0 ? GLFW_PRESS : GLFW_RELEASE, 0);
  button(number, down ? GLFW_PRESS : GLFW_RELEASE, modifiers);
}

void Viewer::inject_key(int code, int modifiers, int repeats) {
  key(code, 0, GLFW_PRESS, modifiers);
  for (int i = 0; i < repeats; ++i) key(code, 0, GLFW_REPEAT, modifiers);
  key(code, 0, GLFW_RELEASE, modifiers);
}

Result<void> Viewer::act(const std::string& action) {
  if (find_action(action) == nullptr)
    return Error{Errc::not_found, "there is no action '" + action + "'; `?` lists them"};
  run_action(action, steady_now_ns());
  return {};
}

Result<ScriptPoint> Viewer::point(const std::vector<std::string>& words, std::size_t first,
                                  std::size_t& used) {
  if (first >= words.size()) return Error{Errc::invalid_argument, "a place is missing"};
  const std::string& word = words[first];
  if (word == "item" || word == "text") return point_in_panels(*tools_, words, first, used);
  if (word == "scene" || word == "plane") {
    const auto u = number(words, first + 1), v = number(words, first + 2);
    if (!u) return u.error();
    if (!v) return v.error();
    used = 3;
    const ScreenArea& area = word == "scene" ? scene_area_ : plane_area_;
    return ScriptPoint{area.x + *u * area.width, area.y + *v * area.height};
  }
  if (word != "slice") {
    const auto x = number(words, first), y = number(words, first + 1);
    if (!x) return x.error();
    if (!y) return y.error();
    used = 2;
    return ScriptPoint{*x, *y};
  }
  if (first + 1 >= words.size()) return Error{Errc::invalid_argument, "which slice?"};
  const SceneSlice* slice = session_.slices.find(words[first + 1]);
  if (slice == nullptr) return Error{Errc::not_found, "there is no slice " + words[first + 1]};
  double along1 = 0.5, along2 = 0.5;
  used = 2;
  if (first + 2 < words.size() && words[first + 2] == "at") {
    const auto u = number(words, first + 3), v = number(words, first + 4);
    if (!u) return u.error();
    if (!v) return v.error();
    along1 = *u;
    along2 = *v;
    used = 5;
  }
  const Vec3 place = slice->pose.base + slice->pose.axis1 * along1 + slice->pose.axis2 * along2;
  const auto cursor = session_.camera.cursor_of(place);
  if (!cursor) return Error{Errc::unavailable, "that place is behind the eye"};
  const double pixels =
      static_cast<double>(window_->framebuffer().width) / std::max(1, window_->size().width);
  return ScriptPoint{scene_area_.x + cursor->x / pixels, scene_area_.y + cursor->y / pixels};
}

Result<bool> Viewer::condition(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "idle")
    return frames_wanted_ <= 1 && !pictures_.busy() && background_.idle() &&
           session_.slices.idle() && !pace_.coarse();
  if (!words.empty() && words.front() == "layout") {
    const auto faults = drawn_faults(session_.layouts.current());
    if (faults.empty()) return true;
    return Error{Errc::invalid_argument, fmt::format("{}", fmt::join(faults, "; "))};
  }
  if (words.size() == 2 && words.front() == "file") {
    std::error_code unreadable;
    return std::filesystem::exists(picture_folder_ / words[1], unreadable);
  }
  if (const auto seen = panels_show(session_, *tools_, words)) return *seen;
  if (words.size() == 2 && words.front() == "images") {
    const auto count = number(words, 1);
    if (!count) return count.error();
    return static_cast<double>(session_.images_received - session_.figures_from.images_received) >=
           *count;
  }
  return holds(session_, pictures_, words, steady_now_ns());
}

Result<void> Viewer::set(const std::vector<std::string>& words) {
  redraw();
  std::int64_t* slowness = words.front() == "slowed"         ? &slowed_ns_
                           : words.front() == "slow_drawing" ? &slow_drawing_ns_
                           : words.front() == "slow_volume"  ? &slow_volume_ns_
                                                             : nullptr;
  if (slowness != nullptr && words.size() == 2) {
    const auto milliseconds = number(words, 1);
    if (!milliseconds) return milliseconds.error();
    *slowness = static_cast<std::int64_t>(1e6 * *milliseconds);
    return {};
  }
  return set_by_words(session_, words);
}

}  // namespace slicecast::viewer
