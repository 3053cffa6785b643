#include <fstream>
#include <sstream>
#include <string>

#include "viewer/model/shortcuts.h"

using namespace slicecast::viewer;

namespace {

std::string page() {
  std::ifstream file(VIEWER_PAGE);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string table() {
  const Shortcuts keys;
  std::ostringstream text;
  text << "| mouse | does |\n|---|---|\n";
  for (const auto& [gesture, does] : mouse_gestures())
    text << "| " << gesture << " | " << does << " |\n";
  std::string_view group;
  for (const Action& action : actions()) {
    if (action.group != group) {
      group = action.group;
      text << "\n| " << group << " | does | action |\n|---|---|---|\n";
    }
    text << "| " << keys.text_of(action.id) << " | " << action.text << " | `" << action.id
         << "` |\n";
  }
  return text.str();
}

}  // namespace

TEST_CASE("the viewer's page lists the shortcuts as the table has them") {
  const std::string text = page(), expected = table();
  const auto start = text.find("<!-- shortcuts:"), end = text.find("<!-- shortcuts end -->");
  REQUIRE(start != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto first = text.find("-->", start) + 4;
  INFO("docs/how-to/viewer.md should have here:\n" << expected);
  CHECK(text.substr(first, end - first) == expected);
}
