#include <catch2/catch.hpp>
#include <string>

#include "viewer/model/text_flow.h"

using namespace slicecast::viewer;

namespace {

// "row:x" of each text, "-" for one that is left out.
std::string places(const std::vector<float>& widths, const FlowRoom& room) {
  std::string text;
  for (const auto& at : flowed(widths, room)) {
    if (!text.empty()) text += ' ';
    text += at ? std::to_string(at->row) + ":" + std::to_string(static_cast<int>(at->x)) : "-";
  }
  return text;
}

}  // namespace

TEST_CASE("without any room the first text stays and the others are left out") {
  CHECK(places({}, {0, 0, 0, 5}).empty());
  CHECK(places({30, 20, 10}, {0, 0, 0, 5}) == "0:0 - -");
}

TEST_CASE("texts stand below each other while each can have a row") {
  CHECK(places({30, 200, 10}, {3, 4, 100, 5}) == "0:0 1:0 2:0");
}

TEST_CASE("texts that have no row each stand side by side within the width") {
  CHECK(places({30, 60, 10, 20}, {3, 4, 100, 5}) == "0:0 0:35 1:0 1:15");
  CHECK(places({30, 60, 10, 20}, {3, 4, 130, 5}) == "0:0 0:35 0:100 1:0");
}

TEST_CASE("of texts that fit in no way the widest but the first are left out") {
  CHECK(places({90, 60, 10, 20}, {1, 1, 129, 5}) == "0:0 - 0:95 -");
  CHECK(places({30, 60, 70, 20}, {1, 1, 120, 5}) == "0:0 0:35 - 0:100");
}
