// A script for the window: plain lines that a person could have done, and waits and expectations in
// between. Input goes in where GLFW delivers it. Times out instead of hanging. UI thread.
//
//   # comment
//   wait CONDITION          at most the deadline (30 s, or `deadline SECONDS`)
//   expect CONDITION        now, or the script fails; `layout`: in this frame or the next
//   move POINT              click POINT [double] [shift] [ctrl] [middle] [right]
//   drag POINT to POINT | by DX DY   [steps N] [shift] [ctrl] [middle]
//   wheel POINT STEPS       key CHORD [held] text WORDS   (held: it repeats eight times)
//   do ACTION               of the table of shortcuts
//   select ID               set NAME VALUE...
//   screenshot NAME         say TEXT (on stdout)     measure (forget latencies and frame times)
//   note NAME               the figures since `measure`, under this name in the report
//   clipboard NAME          what was copied, as NAME.txt beside the screenshots
// CONDITIONs are in script_conditions.cpp, script_panels.cpp and viewer_input.cpp; `wait file NAME`
// is for what somebody puts beside the screenshots once they did what a line said.
// POINT: X Y in window coordinates; slice ID [at U V] (share of its axes, in the 3D scene);
// scene U V, plane U V (share of the panel); what script_panels.h adds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::viewer {

struct ScriptLine {
  int number = 0;  // in the file, from 1
  std::vector<std::string> words;
};

// Refuses unknown commands with the line's number.
Result<std::vector<ScriptLine>> parse_script(std::string_view text);
Result<std::vector<ScriptLine>> read_script(const std::filesystem::path& path);

struct ScriptPoint {
  double x = 0, y = 0;
};

// What a script does it to.
class ScriptTarget {
 public:
  virtual ~ScriptTarget() = default;
  virtual void inject_move(double x, double y) = 0;
  virtual void inject_button(int button, bool down, int modifiers) = 0;
  virtual void inject_wheel(double steps) = 0;
  // Pressed, repeated so many times, released.
  virtual void inject_key(int key, int modifiers, int repeats) = 0;
  // Two clicks count as a double one however slowly frames are drawn.
  virtual void patient_double_click(bool on) = 0;
  virtual void inject_character(unsigned code_point) = 0;
  // Words of a POINT from `first` on; `used` counts them.
  virtual Result<ScriptPoint> point(const std::vector<std::string>& words, std::size_t first,
                                    std::size_t& used) = 0;
  virtual Result<bool> condition(const std::vector<std::string>& words) = 0;
  virtual Result<void> act(const std::string& action) = 0;
  virtual Result<void> set(const std::vector<std::string>& words) = 0;
  virtual void request_screenshot(const std::string& name) = 0;
  virtual std::optional<Result<void>> screenshot_outcome() = 0;  // nullopt: not yet
  virtual void measure_anew() = 0;
  virtual void note_figures(const std::string& name) = 0;
  virtual Result<void> keep_clipboard(const std::string& name) = 0;
};

class ScriptRun {
 public:
  explicit ScriptRun(std::vector<ScriptLine> lines) : lines_(std::move(lines)) {}

  enum class Progress { going, waiting, done, failed };  // waiting: for a condition
  // The next small step, at most one event of input. Call once per drawn frame.
  Progress step(ScriptTarget& target, std::int64_t now_ns);
  const std::string& failure() const { return failure_; }  // with the line's number

 private:
  Progress fail(const std::string& why);
  Progress run_line(ScriptTarget& target, const ScriptLine& line, std::int64_t now_ns);
  Result<void> start_drag(ScriptTarget& target, const std::vector<std::string>& words);
  Result<void> point_command(ScriptTarget& target, const std::vector<std::string>& words);

  std::vector<ScriptLine> lines_;
  std::size_t next_ = 0;
  double deadline_s_ = 30;
  std::int64_t waiting_since_ns_ = 0;
  std::vector<std::function<void()>> steps_;  // of the line under way, last one first
  std::int64_t next_step_ns_ = 0;
  bool shooting_ = false;
  bool seen_before_ = false;  // faults of the layout, in the frame before
  std::string failure_;
};

}  // namespace slicecast::viewer
