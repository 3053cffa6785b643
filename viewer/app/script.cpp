#include "viewer/app/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

#include "viewer/model/chord.h"

namespace slicecast::viewer {
namespace {

constexpr std::array<std::string_view, 17> kCommands{
    "wait",   "expect", "move", "click",      "drag",    "wheel", "key",      "text",     "do",
    "select", "set",    "say",  "screenshot", "measure", "note",  "deadline", "clipboard"};
// A person's mouse moves at this pace.
constexpr std::int64_t kStepNs = 16'000'000;
// As GLFW numbers them; this file needs no GLFW.
constexpr int kShift = 1, kControl = 2, kAlt = 4;
constexpr int kHeldRepeats = 8;  // of a key that is held
constexpr int kLeft = 0, kRight = 1, kMiddle = 2;

Result<double> number(const std::string& word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size())
    return Error{Errc::invalid_argument, "'" + word + "' is no number"};
  return value;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

int modifiers_in(const std::vector<std::string>& words) {
  return (has(words, "shift") ? kShift : 0) | (has(words, "ctrl") ? kControl : 0);
}

int button_in(const std::vector<std::string>& words) {
  return has(words, "middle") ? kMiddle : has(words, "right") ? kRight : kLeft;
}

std::string rest_of(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " "));
}

}  // namespace

Result<std::vector<ScriptLine>> parse_script(std::string_view text) {
  std::vector<ScriptLine> lines;
  std::istringstream stream{std::string(text)};
  std::string line;
  for (int row = 1; std::getline(stream, line); ++row) {
    std::istringstream words(line);
    ScriptLine parsed{row, {}};
    for (std::string word; words >> word;) parsed.words.push_back(word);
    if (parsed.words.empty() || parsed.words.front().front() == '#') continue;
    if (std::ranges::find(kCommands, parsed.words.front()) == kCommands.end())
      return Error{Errc::invalid_argument,
                   fmt::format("line {}: no command '{}'; there are {}", row, parsed.words.front(),
                               fmt::join(kCommands, ", "))};
    lines.push_back(std::move(parsed));
  }
  return lines;
}

Result<std::vector<ScriptLine>> read_script(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return Error{Errc::not_found, path.string() + " cannot be read; give a script file"};
  std::ostringstream text;
  text << file.rdbuf();
  auto lines = parse_script(text.str());
  if (!lines) return Error{lines.error().code, path.string() + " " + lines.error().message};
  return lines;
}

ScriptRun::Progress ScriptRun::fail(const std::string& why) {
  const ScriptLine& line = lines_[std::min(next_, lines_.size() - 1)];
  failure_ = fmt::format("line {} ({}): {}", line.number, fmt::join(line.words, " "), why);
  return Progress::failed;
}

ScriptRun::Progress ScriptRun::step(ScriptTarget& target, std::int64_t now_ns) {
  if (!steps_.empty()) {
    if (now_ns < next_step_ns_) return Progress::going;
    next_step_ns_ = now_ns + kStepNs;
    const auto one = std::move(steps_.back());
    steps_.pop_back();
    one();
    if (steps_.empty()) ++next_;
    return Progress::going;
  }
  if (next_ >= lines_.size()) return Progress::done;
  return run_line(target, lines_[next_], now_ns);
}

ScriptRun::Progress ScriptRun::run_line(ScriptTarget& target, const ScriptLine& line,
                                        std::int64_t now_ns) {
  const auto& words = line.words;
  const std::string& command = words.front();
  if (command == "wait" || command == "expect") {
    const auto holds = target.condition({words.begin() + 1, words.end()});
    // A row that comes with new data may stick out for the one frame in which it is first measured.
    const bool settles = !holds && words.back() == "layout" && !seen_before_;
    seen_before_ = settles;
    if (settles) return Progress::going;
    if (!holds) return fail(holds.error().message);
    if (waiting_since_ns_ == 0) waiting_since_ns_ = now_ns;
    if (!*holds) {
      const double waited_s = 1e-9 * static_cast<double>(now_ns - waiting_since_ns_);
      if (command == "expect") return fail("does not hold");
      return waited_s > deadline_s_ ? fail(fmt::format("did not happen within {} s", deadline_s_))
                                    : Progress::waiting;
    }
    waiting_since_ns_ = 0;
  } else if (command == "drag") {
    if (auto ok = start_drag(target, words); !ok) return fail(ok.error().message);
    return Progress::going;
  } else if (command == "move" || command == "click" || command == "wheel") {
    if (auto ok = point_command(target, words); !ok) return fail(ok.error().message);
    return Progress::going;
  } else if (command == "key") {
    const bool held = words.size() > 2 && words.back() == "held";
    const auto chord = parse_chord(held ? words[1] : rest_of(words));
    if (!chord) return fail(chord.error().message);
    const int modifiers =
        (chord->shift ? kShift : 0) | (chord->ctrl ? kControl : 0) | (chord->alt ? kAlt : 0);
    if (chord->key == '?')
      target.inject_character('?');
    else
      target.inject_key(chord->key, modifiers, held ? kHeldRepeats : 0);
  } else if (command == "text") {
    for (const char c : rest_of(words)) target.inject_character(static_cast<unsigned char>(c));
  } else if (command == "do") {
    if (auto ok = target.act(rest_of(words)); !ok) return fail(ok.error().message);
  } else if (command == "set" || command == "select") {
    const auto from = command == "set" ? words.begin() + 1 : words.begin();
    if (auto ok = target.set({from, words.end()}); !ok) return fail(ok.error().message);
  } else if (command == "say") {
    std::printf("%s\n", rest_of(words).c_str());
    std::fflush(stdout);
  } else if (command == "measure") {
    target.measure_anew();
  } else if (command == "note") {
    target.note_figures(rest_of(words));
  } else if (command == "clipboard") {
    if (auto ok = target.keep_clipboard(rest_of(words)); !ok) return fail(ok.error().message);
  } else if (command == "deadline") {
    const auto seconds = number(words.back());
    if (!seconds) return fail(seconds.error().message);
    deadline_s_ = *seconds;
  } else if (command == "screenshot") {
    if (!shooting_) target.request_screenshot(rest_of(words));
    shooting_ = true;
    const auto outcome = target.screenshot_outcome();
    if (!outcome) return Progress::going;
    shooting_ = false;
    if (!*outcome) return fail(outcome->error().message);
  }
  ++next_;
  return Progress::going;
}

Result<void> ScriptRun::point_command(ScriptTarget& target, const std::vector<std::string>& words) {
  std::size_t used = 0;
  const auto at = target.point(words, 1, used);
  if (!at) return at.error();
  const int modifiers = modifiers_in(words);
  const int button = button_in(words);
  if (words.front() == "click") {
    const bool twice = has(words, "double");
    steps_.push_back([&target] { target.patient_double_click(false); });
    for (int i = 0; i < (twice ? 2 : 1); ++i) {
      steps_.push_back(
          [&target, button, modifiers] { target.inject_button(button, false, modifiers); });
      steps_.push_back(
          [&target, button, modifiers] { target.inject_button(button, true, modifiers); });
    }
    if (twice) steps_.push_back([&target] { target.patient_double_click(true); });
  } else if (words.front() == "wheel") {
    if (words.size() <= 1 + used) return Error{Errc::invalid_argument, "how many steps?"};
    const auto steps = number(words[1 + used]);
    if (!steps) return steps.error();
    steps_.push_back([&target, turns = *steps] { target.inject_wheel(turns); });
  }
  // Twice: the views learn what is under the cursor when a frame is drawn.
  steps_.push_back([&target, p = *at] { target.inject_move(p.x, p.y); });
  steps_.push_back([&target, p = *at] { target.inject_move(p.x, p.y); });
  return {};
}

Result<void> ScriptRun::start_drag(ScriptTarget& target, const std::vector<std::string>& words) {
  std::size_t used = 0;
  const auto from = target.point(words, 1, used);
  if (!from) return from.error();
  const std::size_t next = 1 + used;
  if (words.size() < next + 3)
    return Error{Errc::invalid_argument, "give `to POINT` or `by DX DY`"};
  ScriptPoint to;
  if (words[next] == "by") {
    const auto dx = number(words[next + 1]), dy = number(words[next + 2]);
    if (!dx) return dx.error();
    if (!dy) return dy.error();
    to = {from->x + *dx, from->y + *dy};
  } else if (words[next] == "to") {
    const auto end = target.point(words, next + 1, used);
    if (!end) return end.error();
    to = *end;
  } else {
    return Error{Errc::invalid_argument, "give `to POINT` or `by DX DY`"};
  }
  int count = 20;
  if (const auto steps = std::ranges::find(words, "steps"); steps != words.end()) {
    if (steps + 1 == words.end()) return Error{Errc::invalid_argument, "how many steps?"};
    const auto given = number(*(steps + 1));
    if (!given) return given.error();
    count = std::clamp(static_cast<int>(*given), 1, 10000);
  }
  const int modifiers = modifiers_in(words);
  const int button = button_in(words);
  // Last one first.
  steps_.push_back(
      [&target, button, modifiers] { target.inject_button(button, false, modifiers); });
  for (int i = count; i >= 1; --i) {
    const double share = static_cast<double>(i) / count;
    const ScriptPoint at{from->x + share * (to.x - from->x), from->y + share * (to.y - from->y)};
    steps_.push_back([&target, at] { target.inject_move(at.x, at.y); });
  }
  steps_.push_back([&target, button, modifiers] { target.inject_button(button, true, modifiers); });
  steps_.push_back([&target, at = *from] { target.inject_move(at.x, at.y); });
  steps_.push_back([&target, at = *from] { target.inject_move(at.x, at.y); });
  return {};
}

}  // namespace slicecast::viewer
