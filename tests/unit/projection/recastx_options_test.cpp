#include "common/config/program.h"
#include "services/projection/options.h"

using namespace slicecast;

namespace {

config::Settings settings_with(const std::vector<std::pair<std::string, std::string>>& given) {
  config::Settings settings(config::with_common(projection::projection_options(), "projection"));
  for (const auto& [name, text] : given) REQUIRE(settings.set_text(name, text));
  return settings;
}

}  // namespace

TEST_CASE("a recastx scan without any angle is refused") {
  CHECK_FALSE(projection::recastx_scans(settings_with({})));
}

TEST_CASE("the orientation of a recastx detector reaches the geometry of its scans") {
  const auto plain = projection::recastx_scans(settings_with({{"group_size", "30"}}));
  REQUIRE(plain);
  const auto& upright = plain->scan.geometry;
  CHECK_FALSE(upright.flip_u);
  CHECK_FALSE(upright.flip_v);
  CHECK_FALSE(upright.transpose);
  CHECK(upright.rotation_sense == 1);
  const auto turned = projection::recastx_scans(settings_with({{"group_size", "30"},
                                                               {"recastx_flip_u", "true"},
                                                               {"recastx_flip_v", "true"},
                                                               {"recastx_transpose", "true"},
                                                               {"recastx_rotation_sense", "-1"}}));
  REQUIRE(turned);
  const auto& g = turned->scan.geometry;
  CHECK(g.flip_u);
  CHECK(g.flip_v);
  CHECK(g.transpose);
  CHECK(g.rotation_sense == -1);
}
