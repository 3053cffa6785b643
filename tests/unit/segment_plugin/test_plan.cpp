#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/segmentation/plan.h"

using namespace slicecast;
using namespace slicecast::segment;

namespace {

config::Settings settings(const std::vector<std::pair<const char*, const char*>>& values) {
  config::Settings made(plan_options());
  for (const auto& [name, value] : values) {
    INFO(name << " = " << value);
    REQUIRE(made.set_text(name, value));
  }
  return made;
}

}  // namespace

TEST_CASE("a network without a file, points of two numbers and classes of a half are refused") {
  const auto network = plan_of(settings({{"method", "network"}}));
  REQUIRE_FALSE(network);
  CHECK(network.error().message == "method network needs a file; set model first");
  CHECK_FALSE(plan_of(settings({{"roi", "on"}, {"roi_centre", "1,2"}})));
  CHECK_FALSE(plan_of(settings({{"roi", "on"}, {"roi_direction", "0,0,0"}})));
  CHECK_FALSE(plan_of(settings({{"roi", "on"}, {"roi_radius", "0"}})));
  CHECK_FALSE(plan_of(settings({{"hidden_classes", "1.5"}})));
  CHECK_FALSE(plan_of(settings({{"method", "watershed"}, {"watershed_low_percentile", "99"}})));
  config::Settings any(plan_options());
  CHECK_FALSE(any.set_text("hidden_classes", "0"));
  CHECK_FALSE(any.set_text("threshold", "1.1"));
}

TEST_CASE("every parameter is live, documented and named once") {
  std::set<std::string> names;
  for (const auto& option : plan_options()) {
    INFO(option.name);
    CHECK(names.insert(option.name).second);
    CHECK(option.live);
    CHECK_FALSE(option.doc.empty());
    CHECK(config::checked(option, option.default_value));
  }
  for (const auto& method : segmentation::methods()) {
    const auto plan = plan_of(settings({{"method", method.name.c_str()}}));
    REQUIRE(plan);
    CHECK(plan->method != nullptr);
    CHECK(plan->model.empty());
  }
}

TEST_CASE("what is off is not refused, so that it can be put right before it is on again") {
  const auto plan = plan_of(settings({{"enabled", "off"}, {"method", "network"}}));
  REQUIRE(plan);
  CHECK_FALSE(plan->enabled);
  CHECK(plan->method == nullptr);
}

TEST_CASE("a plan holds what the parameters say") {
  const auto plan = plan_of(settings({{"method", "network"},
                                      {"model", "gel.onnx"},
                                      {"decision", "threshold"},
                                      {"threshold", "0.8"},
                                      {"threshold_class", "3"},
                                      {"hidden_classes", "1,4"},
                                      {"roi", "on"},
                                      {"roi_centre", "1,2,3"},
                                      {"roi_radius", "2.5"},
                                      {"diagonal", "on"},
                                      {"smallest_object", "9"}}));
  REQUIRE(plan);
  CHECK(plan->method == nullptr);
  CHECK(plan->model == "gel.onnx");
  REQUIRE(plan->decision.threshold);
  CHECK(plan->decision.threshold->label == 3);
  CHECK(plan->decision.threshold->chance == 0.8);
  CHECK(plan->hidden == std::vector<std::uint8_t>{1, 4});
  REQUIRE(plan->region);
  CHECK(plan->region->centre.z == 3);
  CHECK(plan->region->radius_mm == 2.5);
  CHECK(plan->diagonal);
  CHECK(plan->smallest_object_pixels == 9);
}
