// Dear ImGui on our window: context, fonts, style, input. Mouse position and buttons come from our
// own listener, so that a script's events and a person's take the same way. UI thread.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "viewer/app/panel_areas.h"
#include "viewer/app/window.h"
#include "viewer/model/layout.h"

namespace slicecast::viewer {

class UiLayer {
 public:
  static Result<std::unique_ptr<UiLayer>> create(Window& window);
  ~UiLayer();
  UiLayer(const UiLayer&) = delete;
  UiLayer& operator=(const UiLayer&) = delete;

  // Fonts and style anew when theme or scale have changed; between frames.
  void style(Theme theme, double scale);
  void begin_frame();
  // Into the framebuffer that is bound. `views`: textures that panels show pixel by pixel.
  void draw(std::span<const GLuint> views);
  float scale() const { return scale_; }

  void cursor_moved(double x, double y);
  void button(int button, int action);
  void wheel(double dx, double dy);
  void key(int key, int scancode, int action, int modifiers);
  void character(unsigned code_point);
  // Whether text is being typed, so that plain keys are no shortcuts.
  bool wants_text() const;
  double cursor_x() const { return x_; }
  double cursor_y() const { return y_; }

 private:
  explicit UiLayer(Window& window) : window_(window) {}
  Window& window_;
  PanelAreas areas_;
  float scale_ = 0;
  Theme theme_ = Theme::dark;
  double x_ = -1, y_ = -1;
  // A click within one frame must not be lost: pressed_ stays until a frame has seen it.
  std::array<bool, 3> down_{}, pressed_{};
  struct Release {
    int key, scancode, modifiers;
  };
  std::vector<Release> released_;  // keys; told once a frame has seen them down
};

}  // namespace slicecast::viewer
