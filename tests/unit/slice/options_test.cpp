#include "services/slice/options.h"

#include "common/config/program.h"

using namespace slicecast;
using namespace slicecast::slice;

namespace {

// The message for these options, "name=value" each; empty when they are fine.
std::string complaint(std::initializer_list<const char*> assignments) {
  const auto schema = config::with_common(options(), "slice");
  config::Settings settings(schema);
  for (const std::string text : assignments) {
    const auto equals = text.find('=');
    const auto set = settings.set_text(text.substr(0, equals), text.substr(equals + 1));
    if (!set) return set.error().message;
  }
  const auto checked = check(settings);
  if (checked) return "";
  CHECK(checked.error().message.find('\n') == std::string::npos);
  return checked.error().message;
}

bool has(const std::string& message, const char* part) {
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a pose that is not understood is refused with those that are") {
  for (const char* slices : {"slices=foo@1", "slices=xy@0 xz@", "slices=xy@nan", "slices=1,2,3",
                             "slices=0,0,0,1,0,0,2,0,0", "slices=xy@0,xz@0", "slices=@"}) {
    INFO(slices);
    const std::string message = complaint({slices});
    CHECK(has(message, "option slices: pose '"));
    CHECK(has(message, "xy@Z"));
  }
}

TEST_CASE("what is neither a name nor an address of a projection server is refused") {
  for (const char* projections :
       {"projections=", "projections=tcp://", "projections=tcp://host", "projections=tcp://host:x",
        "projections=tcp://host:0", "projections=tcp://host:70000", "projections=ipc://",
        "projections=http://host:1", "projections=127.0.0.1:47621", "projections=a b"}) {
    INFO(projections);
    CHECK(has(complaint({projections}), "tcp://HOST:PORT"));
  }
}

TEST_CASE("slices that exceed a limit of the same configuration are refused before they are made") {
  CHECK(has(complaint({"slices=xy@0", "slice_size=8192"}), "max_pixels"));
  CHECK(has(complaint({"slices=xy@0 xz@0", "max_slices_per_client=1"}), "max_slices_per_client"));
  CHECK(has(complaint({"preview_size=1024"}), "preview_size"));
  CHECK(has(complaint({"slices=xy@0", "slice_size=4096", "memory=256"}), "memory"));
}

TEST_CASE("poses, names and addresses that are understood are accepted") {
  CHECK(complaint({}) == "");
  CHECK(complaint({"slices=xy@0 xz@-1.5  yz@+2 0,0,0,1,0,0,0,1,0"}) == "");
  CHECK(complaint({"slice_size=16384"}) == "");  // of no slice
  for (const char* projections : {"projections=projection", "projections=tcp://10.0.0.1:47621",
                                  "projections=tcp://[::1]:47621", "projections=ipc:///tmp/x"})
    CHECK(complaint({projections}) == "");
}
