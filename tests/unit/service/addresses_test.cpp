#include "common/config/program.h"
#include "common/service/service.h"

using namespace slicecast;

namespace {

Result<std::vector<std::string>> as_seen_from_outside(const std::string& advertise) {
  const auto schema = config::common_options();
  config::Settings settings(schema);
  REQUIRE(settings.set_text("advertise", advertise));
  return service::advertised(settings, {"tcp://0.0.0.0:5000", "ipc:///run/slicecast/slice"});
}

}  // namespace

TEST_CASE("what is no host name is refused as the advertised address") {
  for (const char* wrong :
       {"beamline:5000", "tcp://beamline", "tcp://beamline:5000", "two words"}) {
    const auto addresses = as_seen_from_outside(wrong);
    REQUIRE_FALSE(addresses);
    CHECK(addresses.error().code == Errc::invalid_argument);
    CHECK(addresses.error().message.find("without tcp:// and port") != std::string::npos);
  }
}

TEST_CASE("an address for everybody wants one to advertise") {
  const auto addresses = as_seen_from_outside("");
  REQUIRE_FALSE(addresses);
  CHECK(addresses.error().message.find("advertise") != std::string::npos);
}

TEST_CASE("a service listens where it is told, on loopback too") {
  const auto bound_to = [](const std::string& host) {
    const auto schema = config::common_options();
    config::Settings settings(schema);
    REQUIRE(settings.set_text("bind", host));
    return service::bind_addresses(settings, "control", 5000).back();
  };
  CHECK(bound_to("127.0.0.1") == "tcp://127.0.0.1:5000");
  CHECK(bound_to("localhost") == "tcp://127.0.0.1:5000");
  CHECK(bound_to("127.0.0.2") == "tcp://127.0.0.2:5000");
  CHECK(bound_to("::1") == "tcp://[::1]:5000");
}

TEST_CASE("others are told the advertised host and the ipc address first") {
  CHECK(*as_seen_from_outside("beamline.example") ==
        std::vector<std::string>{"ipc:///run/slicecast/slice", "tcp://beamline.example:5000"});
  CHECK(as_seen_from_outside("fe80::1")->back() == "tcp://[fe80::1]:5000");
  CHECK(as_seen_from_outside("[fe80::1]")->back() == "tcp://[fe80::1]:5000");
}
