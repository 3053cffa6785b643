// The GLFW window with its OpenGL 4.1 core context. Input goes to one listener, whether it comes
// from people or from a script: both enter at the same functions. UI thread (the main thread).
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"

struct GLFWwindow;

namespace slicecast::viewer {

class WindowListener {
 public:
  virtual ~WindowListener() = default;
  // Window coordinates, (0, 0) top left. Buttons, keys, actions and modifiers as GLFW numbers them.
  virtual void cursor_moved(double x, double y) = 0;
  virtual void button(int button, int action, int modifiers) = 0;
  virtual void wheel(double dx, double dy) = 0;
  virtual void key(int key, int scancode, int action, int modifiers) = 0;
  virtual void character(unsigned code_point) = 0;
  virtual void changed() = 0;  // size, focus, exposure: draw again
};

class Window {
 public:
  struct Options {
    int width = 1280, height = 800;
    std::string title = "Slicecast";
  };
  // Unavailable without a display; the message says what to do.
  static Result<std::unique_ptr<Window>> create(const Options& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  void listen(WindowListener& listener);
  void wait_for_events(double seconds) const;  // 0: only what is there already
  static void wake();                          // ends a wait; any thread
  // A second context that shares textures and buffers, for one other thread.
  void enter_shared_context() const;
  static void leave_context();
  void swap() const;
  bool closing() const;
  void close() const;
  void toggle_fullscreen();
  bool fullscreen() const { return fullscreen_; }

  struct Size {
    int width = 0, height = 0;
  };
  Size size() const;         // window coordinates
  Size framebuffer() const;  // pixels
  double content_scale() const;
  GLFWwindow* handle() const { return window_; }

 private:
  Window(GLFWwindow* window, GLFWwindow* hidden) : window_(window), hidden_(hidden) {}
  GLFWwindow* window_;
  GLFWwindow* hidden_;  // never shown: GLFW has no context without a window
  bool fullscreen_ = false;
  int x_ = 0, y_ = 0;  // to go back to from full screen
  Size windowed_;
};

}  // namespace slicecast::viewer
