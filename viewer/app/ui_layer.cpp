#include "viewer/app/ui_layer.h"

#include <GLFW/glfw3.h>
#include <epoxy/gl.h>
#include <imgui/backends/imgui_impl_glfw.h>
#include <imgui/backends/imgui_impl_opengl3.h>
#include <imgui/imgui.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace slicecast::viewer {
namespace {

constexpr float kTextPx = 14.5F;
constexpr const char* kFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

// Latin, Greek, punctuation, arrows, and the shapes that tell states apart.
constexpr ImWchar kGlyphs[] = {0x0020, 0x00FF, 0x0370, 0x03FF, 0x2010, 0x2030,
                               0x2190, 0x21FF, 0x2200, 0x2300, 0x2316, 0x2318,
                               0x25A0, 0x25FF, 0x2713, 0x2718, 0};

void load_font(float pixels) {
  ImGuiIO& io = ImGui::GetIO();
  io.Fonts->Clear();
  std::error_code ignored;
  const ImFont* font = nullptr;
  if (std::filesystem::exists(kFont, ignored))
    font = io.Fonts->AddFontFromFileTTF(kFont, pixels, nullptr, kGlyphs);
  if (font == nullptr) {
    ImFontConfig plain;
    plain.SizePixels = std::floor(pixels);
    io.Fonts->AddFontDefault(&plain);
  }
}

}  // namespace

Result<std::unique_ptr<UiLayer>> UiLayer::create(Window& window) {
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;  // the layout book keeps what is to be kept
  io.LogFilename = nullptr;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  auto layer = std::unique_ptr<UiLayer>(new UiLayer(window));
  if (!ImGui_ImplGlfw_InitForOpenGL(window.handle(), false) ||
      !ImGui_ImplOpenGL3_Init("#version 410 core"))
    return Error{Errc::unsupported,
                 "the graphics driver refuses what the panels need; try LIBGL_ALWAYS_SOFTWARE=1"};
  auto areas = PanelAreas::create();
  if (!areas) return areas.error();
  layer->areas_ = *std::move(areas);
  return layer;
}

UiLayer::~UiLayer() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
}

void UiLayer::style(Theme theme, double scale) {
  const auto wanted = static_cast<float>(scale);
  if (theme == theme_ && wanted == scale_) return;
  ImGuiStyle style;
  if (theme == Theme::dark) ImGui::StyleColorsDark(&style);
  if (theme == Theme::light) ImGui::StyleColorsLight(&style);
  style.WindowRounding = 0;
  style.FrameRounding = 3;
  style.WindowBorderSize = 1;
  // White boxes on a nearly white ground need an edge.
  style.FrameBorderSize = theme == Theme::light ? 1.0F : 0.0F;
  style.ItemSpacing = {6, 4};
  style.Colors[ImGuiCol_PlotHistogram] =
      theme == Theme::dark ? ImVec4(0.55F, 0.62F, 0.72F, 1) : ImVec4(0.35F, 0.42F, 0.55F, 1);
  if (theme == Theme::dark) style.Colors[ImGuiCol_WindowBg] = {0.105F, 0.11F, 0.125F, 1};
  style.ScaleAllSizes(wanted);
  ImGui::GetStyle() = style;
  theme_ = theme;
  if (wanted == scale_) return;
  scale_ = wanted;
  load_font(std::round(kTextPx * scale_));
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

void UiLayer::begin_frame() {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGuiIO& io = ImGui::GetIO();
  io.MousePos = x_ < 0 && y_ < 0 ? ImVec2(-FLT_MAX, -FLT_MAX)
                                 : ImVec2(static_cast<float>(x_), static_cast<float>(y_));
  for (std::size_t i = 0; i < down_.size(); ++i) {
    io.MouseDown[i] = down_[i] || pressed_[i];
    pressed_[i] = false;
  }
  ImGui::NewFrame();
}

void UiLayer::draw(std::span<const GLuint> views) {
  ImGui::Render();
  // Not before the widgets have seen the key down, and never while they are being made: they abort
  // when the state of Ctrl or Shift is another one than at the frame's begin.
  for (const Release& it : released_)
    ImGui_ImplGlfw_KeyCallback(window_.handle(), it.key, it.scancode, GLFW_RELEASE, it.modifiers);
  released_.clear();
  areas_.take_out(*ImGui::GetDrawData(), views);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void UiLayer::cursor_moved(double x, double y) {
  x_ = x;
  y_ = y;
}

void UiLayer::button(int button, int action) {
  if (button < 0 || button >= static_cast<int>(down_.size())) return;
  const auto index = static_cast<std::size_t>(button);
  down_[index] = action == GLFW_PRESS;
  if (action == GLFW_PRESS) pressed_[index] = true;
}

void UiLayer::wheel(double dx, double dy) {
  ImGui_ImplGlfw_ScrollCallback(window_.handle(), dx, dy);
}

void UiLayer::key(int key, int scancode, int action, int modifiers) {
  // A key that goes down and up between two frames was pressed.
  if (action == GLFW_RELEASE) return released_.push_back({key, scancode, modifiers});
  ImGui_ImplGlfw_KeyCallback(window_.handle(), key, scancode, action, modifiers);
}

void UiLayer::character(unsigned code_point) {
  ImGui_ImplGlfw_CharCallback(window_.handle(), code_point);
}

bool UiLayer::wants_text() const {
  return ImGui::GetIO().WantTextInput;
}

}  // namespace slicecast::viewer
