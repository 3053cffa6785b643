#include "viewer/app/script_panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "viewer/panels/drawn_labels.h"

namespace slicecast::viewer {
namespace {

Error no_such(const std::string& what) {
  return {Errc::not_found, "the window does not show " + what};
}

std::optional<double> number(const std::string& word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

struct Wanted {
  std::string panel, text;  // panel empty: any
};

Wanted wanted_of(std::string words) {
  std::ranges::replace(words, '_', ' ');
  const std::size_t colon = words.find(':');
  // A colon of the text itself ends a word.
  if (colon == std::string::npos || colon + 1 == words.size() || words[colon + 1] == ' ')
    return {{}, words};
  return {words.substr(0, colon), words.substr(colon + 1)};
}

Result<ScriptPoint> middle_of_text(const std::string& word) {
  const Wanted wanted = wanted_of(word);
  const auto labels = drawn_labels();
  const DrawnLabel* found = nullptr;
  for (const auto& label : labels) {
    if (!wanted.panel.empty() && label.panel != wanted.panel) continue;
    if (label.text == wanted.text) {
      found = &label;
      break;
    }
    if (found == nullptr && label.text.find(wanted.text) != std::string::npos) found = &label;
  }
  if (found == nullptr) return no_such("'" + wanted.text + "'");
  // A part of a longer run: letters are taken as equally wide.
  const double begin = static_cast<double>(found->text.find(wanted.text));
  const double share = (begin + static_cast<double>(wanted.text.size()) / 2) /
                       static_cast<double>(found->text.size());
  const ScreenBox& box = found->box;
  return ScriptPoint{box.left + share * box.width(), (box.top + box.bottom) / 2};
}

bool text_is_shown(const std::string& words) {
  const Wanted wanted = wanted_of(words);
  std::map<std::string, std::string> written;  // by panel; a text may go over several lines
  for (const auto& label : drawn_labels()) {
    std::string& all = written[label.panel];
    all += (all.empty() ? "" : " ") + label.text;
  }
  return std::ranges::any_of(written, [&](const auto& it) {
    return (wanted.panel.empty() || it.first == wanted.panel) &&
           it.second.find(wanted.text) != std::string::npos;
  });
}

Result<bool> parameter_is(const Session& session, const std::string& name,
                          const std::string& what) {
  for (const auto& service : session.parameters.services()) {
    const ParameterRow* row = session.parameters.find(service, name);
    if (row == nullptr) continue;
    if (what == "pending") return row->state == EditState::pending;
    if (what == "applied") return row->state == EditState::applied;
    if (what == "refused") return row->state == EditState::rejected;
    return row->state == EditState::applied && to_text(row->declared.value()) == what;
  }
  return no_such("the parameter " + name);
}

}  // namespace

Result<ScriptPoint> point_in_panels(const PanelTools& tools, const std::vector<std::string>& words,
                                    std::size_t first, std::size_t& used) {
  if (first + 1 >= words.size()) return Error{Errc::invalid_argument, "which one?"};
  const std::string& name = words[first + 1];
  used = 2;
  if (words[first] == "text") return middle_of_text(name);
  const auto found = tools.items.find(name);
  if (found == tools.items.end()) return no_such("the item " + name);
  double u = 0.5, v = 0.5;
  if (first + 4 < words.size() && words[first + 2] == "at") {
    const auto given_u = number(words[first + 3]), given_v = number(words[first + 4]);
    if (!given_u || !given_v) return Error{Errc::invalid_argument, "`at` wants two numbers"};
    u = *given_u;
    v = *given_v;
    used = 5;
  }
  const ScreenBox& box = found->second;
  return ScriptPoint{box.left + u * box.width(), box.top + v * box.height()};
}

std::optional<Result<bool>> panels_show(const Session& session, const PanelTools& tools,
                                        const std::vector<std::string>& words) {
  if (words.size() < 2) return std::nullopt;
  const std::string& what = words.front();
  if (what == "text" || what == "no_text")
    return text_is_shown(fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " "))) ==
           (what == "text");
  if (what == "item" || what == "no_item")
    return tools.items.contains(words[1]) == (what == "item");
  if (what == "parameter" && words.size() >= 3)
    return parameter_is(session, words[1],
                        fmt::format("{}", fmt::join(words.begin() + 2, words.end(), " ")));
  return std::nullopt;
}

}  // namespace slicecast::viewer
