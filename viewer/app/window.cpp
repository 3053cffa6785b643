#include "viewer/app/window.h"

#include <GLFW/glfw3.h>
#include <epoxy/gl.h>

#include <algorithm>

namespace slicecast::viewer {
namespace {

WindowListener* listener_of(GLFWwindow* window) {
  return static_cast<WindowListener*>(glfwGetWindowUserPointer(window));
}

std::string glfw_problem() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text == nullptr ? "no reason given" : text;
}

constexpr const char* kNoDisplay =
    "; the viewer needs a display: run it on a desktop, with `ssh -X`, or under `xvfb-run -a`";

void keep_on_screen(GLFWwindow* window) {
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (monitor == nullptr) return;
  int x = 0, y = 0, most_width = 0, most_height = 0, width = 0, height = 0;
  glfwGetMonitorWorkarea(monitor, &x, &y, &most_width, &most_height);
  glfwGetWindowSize(window, &width, &height);
  if (most_width < 1 || most_height < 1 || (width <= most_width && height <= most_height)) return;
  glfwSetWindowSize(window, std::min(width, most_width), std::min(height, most_height));
}

}  // namespace

Result<std::unique_ptr<Window>> Window::create(const Options& options) {
  if (glfwInit() != GLFW_TRUE)
    return Error{Errc::unavailable,
                 "no window can be opened (" + glfw_problem() + ")" + kNoDisplay};
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 4);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 1);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  // On a display with twice the pixels per inch twice the pixels, where sizes count pixels.
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  GLFWwindow* window =
      glfwCreateWindow(options.width, options.height, options.title.c_str(), nullptr, nullptr);
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  GLFWwindow* hidden =
      window == nullptr ? nullptr : glfwCreateWindow(1, 1, options.title.c_str(), nullptr, window);
  if (hidden == nullptr) {
    const std::string problem = glfw_problem();
    glfwTerminate();
    return Error{Errc::unsupported,
                 "no OpenGL 4.1 context (" + problem +
                     "); install a newer graphics driver, or try Mesa's software renderer with "
                     "LIBGL_ALWAYS_SOFTWARE=1"};
  }
  keep_on_screen(window);
  glfwMakeContextCurrent(window);
  glfwSwapInterval(1);
  return std::unique_ptr<Window>(new Window(window, hidden));
}

Window::~Window() {
  glfwDestroyWindow(hidden_);
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void Window::listen(WindowListener& listener) {
  glfwSetWindowUserPointer(window_, &listener);
  glfwSetCursorPosCallback(
      window_, [](GLFWwindow* w, double x, double y) { listener_of(w)->cursor_moved(x, y); });
  glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int modifiers) {
    listener_of(w)->button(button, action, modifiers);
  });
  glfwSetScrollCallback(window_,
                        [](GLFWwindow* w, double dx, double dy) { listener_of(w)->wheel(dx, dy); });
  glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int modifiers) {
    listener_of(w)->key(key, scancode, action, modifiers);
  });
  glfwSetCharCallback(window_,
                      [](GLFWwindow* w, unsigned code) { listener_of(w)->character(code); });
  glfwSetFramebufferSizeCallback(window_,
                                 [](GLFWwindow* w, int, int) { listener_of(w)->changed(); });
  glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { listener_of(w)->changed(); });
  glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int) { listener_of(w)->changed(); });
}

void Window::wait_for_events(double seconds) const {
  if (seconds <= 0)
    glfwPollEvents();
  else
    glfwWaitEventsTimeout(seconds);
}

void Window::wake() {
  glfwPostEmptyEvent();
}

void Window::enter_shared_context() const {
  glfwMakeContextCurrent(hidden_);
}

void Window::leave_context() {
  glfwMakeContextCurrent(nullptr);
}

void Window::swap() const {
  glfwSwapBuffers(window_);
}

bool Window::closing() const {
  return glfwWindowShouldClose(window_) == GLFW_TRUE;
}

void Window::close() const {
  glfwSetWindowShouldClose(window_, GLFW_TRUE);
}

void Window::toggle_fullscreen() {
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (!fullscreen_ && monitor == nullptr) return;
  fullscreen_ = !fullscreen_;
  if (!fullscreen_) {
    glfwSetWindowMonitor(window_, nullptr, x_, y_, windowed_.width, windowed_.height, 0);
    return;
  }
  glfwGetWindowPos(window_, &x_, &y_);
  windowed_ = size();
  const GLFWvidmode* mode = glfwGetVideoMode(monitor);
  glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

Window::Size Window::size() const {
  Size size;
  glfwGetWindowSize(window_, &size.width, &size.height);
  return size;
}

Window::Size Window::framebuffer() const {
  Size size;
  glfwGetFramebufferSize(window_, &size.width, &size.height);
  return size;
}

double Window::content_scale() const {
  float x = 1, y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  // Where sizes are points already, text needs no further scaling.
  const int width = std::max(1, size().width), pixels = std::max(1, framebuffer().width);
  return std::max(1.0, static_cast<double>(std::max(x, y)) * width / pixels);
}

}  // namespace slicecast::viewer
