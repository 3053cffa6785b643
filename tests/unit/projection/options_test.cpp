#include "services/projection/options.h"
#include "common/config/program.h"

using namespace slicecast;

namespace {

// What check() says, or nothing.
std::string objection(const std::vector<std::pair<std::string, std::string>>& given) {
  config::Settings settings(config::with_common(projection::projection_options(), "projection"));
  for (const auto& [name, text] : given) REQUIRE(settings.set_text(name, text));
  const auto checked = projection::check(settings);
  return checked ? std::string() : checked.error().message;
}

bool names(const std::string& message, const char* text) {
  return message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("what leads to no source of frames is refused before the start") {
  for (const char* source :
       {"", "nope://", "tcp://", "tcp://host", "tcp://host:0", "ipc://", "a b"})
    CHECK(names(objection({{"source", source}}), "tcp://HOST:PORT"));
  for (const char* sender : {"source", "tcp://host", "http://host:1"})
    CHECK(names(objection({{"recastx", sender}}), "recastx"));
}

TEST_CASE("pixel parameters that no scan can make right are refused before the start") {
  CHECK(names(objection({{"filter", "table"}}), "two gains"));
  CHECK(names(objection({{"filter", "table"}, {"filter_table", "1"}}), "two gains"));
}

TEST_CASE("names, addresses and tables that are understood are accepted") {
  CHECK(objection({}).empty());
  CHECK(objection({{"source", "detector-2"}}).empty());
  CHECK(objection({{"source", "tcp://10.0.0.1:47611"}}).empty());
  CHECK(objection({{"source", "ipc:///run/frames"}}).empty());
  CHECK(objection({{"recastx", "tcp://10.0.0.1:9667"}, {"source", "unused"}}).empty());
  CHECK(objection({{"filter", "table"}, {"filter_table", "1 0.5"}}).empty());
}
