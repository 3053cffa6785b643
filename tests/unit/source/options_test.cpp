#include "services/source/arc.h"
#include "services/source/scan_options.h"
#include "services/source/write_scan.h"
#include "tests/unit/source/fixture.h"

#include <numbers>

namespace slicecast::source {

using std::numbers::pi;
using test::Given;
using test::Scratch;

TEST_CASE("contradicting options are refused in one line that names the remedy") {
  const auto given =
      GENERATE(Given{{"file", "a.h5"}, {"phantom", "bubbles"}},
               Given{{"loop", "true"}, {"scans", "3"}}, Given{{"file", "a.h5"}, {"rows", "20"}},
               Given{{"file", "a.h5"}, {"write", "b.h5"}}, Given{{"source_axis", "100"}},
               Given{{"coverage", "short_scan"}}, Given{{"already_linear", "true"}, {"flats", "3"}},
               Given{{"rotation_sense", "0"}}, Given{{"beam", "cone"}, {"coverage", "half_turn"}});
  const auto content = make_content(test::settings(given));
  REQUIRE_FALSE(content);
  CHECK(content.error().code == Errc::invalid_argument);
  CHECK(content.error().message.find('\n') == std::string::npos);
}

TEST_CASE("what measured vectors would make senseless is refused") {
  Scratch scratch;
  const auto file = test::vectors_file(scratch, 6);
  const auto given = GENERATE(Given{{"axis_column", "3"}}, Given{{"tilt", "3"}},
                              Given{{"source_axis", "300"}}, Given{{"principal_row", "3"}},
                              Given{{"rotation_sense", "-1"}}, Given{{"projections", "6"}},
                              Given{{"order", "golden"}}, Given{{"dialect", "recastx"}});
  Given all{{"beam", "cone"}, {"vectors", file}};
  all.insert(all.end(), given.begin(), given.end());
  const auto content = make_content(test::settings(all));
  REQUIRE_FALSE(content);
  CHECK(content.error().code == Errc::invalid_argument);
  CHECK(content.error().message.find("leave") != std::string::npos);
  CHECK(make_content(test::settings({{"vectors", "/no/such.txt"}})).error().code ==
        Errc::not_found);
  CHECK_FALSE(make_content(test::settings({{"principal_row", "3"}})));  // parallel
  const auto many = make_content(
      test::settings({{"beam", "cone"}, {"vectors", test::vectors_file(scratch, 50000)}}));
  REQUIRE_FALSE(many);
  CHECK(many.error().message.find("50000 measured vectors do not fit") != std::string::npos);
}

TEST_CASE("a missing file and more flats than it has are refused") {
  CHECK(make_content(test::settings({{"file", "/no/such.h5"}})).error().code == Errc::not_found);
  const auto tooth = test::recorded("tooth/tooth.h5").string();
  CHECK_FALSE(make_content(test::settings({{"file", tooth}, {"flats", "11"}})));
}

TEST_CASE("a simulated scan that no machine has the memory for is refused before it is made") {
  const Given huge{{"rows", "65535"}, {"columns", "65535"}, {"pre_render", "120000"}};
  const auto content = make_content(test::settings(huge));
  REQUIRE_FALSE(content);
  CHECK(content.error().code == Errc::resource_exhausted);
  CHECK(content.error().message.find("lower rows and columns") != std::string::npos);
  Given written = huge;
  written.emplace_back("write", "/no/such/folder/a.h5");
  CHECK(write_scan(test::settings(written)).error().code == Errc::resource_exhausted);
}

TEST_CASE("frames are repeated by whole turns only") {
  CHECK_FALSE(make_content(test::small_scan({{"pre_render", "16"}})));  // half a turn
  CHECK_FALSE(make_content(test::small_scan({{"pre_render", "32"}, {"order", "golden"}})));
  auto content = make_content(test::small_scan({{"pre_render", "32"}}));
  REQUIRE(content);
  const auto first = (*content)->image(ingest::FrameKind::projection, 3);
  const auto again = (*content)->image(ingest::FrameKind::projection, 35);
  REQUIRE(first);
  REQUIRE(again);
  CHECK(*first == *again);
  CHECK((*content)->angle_of(35) == Approx((*content)->angle_of(3) + 2 * pi));
}

TEST_CASE("a half turn cannot be continued and is repeated as new scans") {
  const auto tooth = test::recorded("tooth/tooth.h5").string();
  const auto with = test::settings({{"file", tooth}, {"loop", "true"}, {"continuous", "on"}});
  auto content = make_content(with);
  REQUIRE(content);
  CHECK_FALSE(streamer_options(with, **content, 1));
  const auto looped = test::settings({{"file", tooth}, {"loop", "true"}});
  const auto options = streamer_options(looped, **content, 1);
  REQUIRE(options);
  CHECK_FALSE(options->continues);
  CHECK(options->passes == 0);
}

TEST_CASE("the covered arc counts the step after the last angle and snaps to whole turns") {
  const auto evenly = [](std::size_t count, double step) {
    std::vector<double> angles(count);
    for (std::size_t i = 0; i < count; ++i) angles[i] = 1 + step * static_cast<double>(i);
    return angles;
  };
  CHECK(covered_arc(evenly(180, pi / 180)) == Approx(pi));
  CHECK(covered_arc(evenly(360, pi / 180)) == 2 * pi);
  CHECK(covered_arc(evenly(361, pi / 180)) == 2 * pi);  // closes the circle
  CHECK(covered_arc(evenly(360, -pi / 180)) == -2 * pi);
  CHECK(is_whole_turns(covered_arc(evenly(720, pi / 180))));
  CHECK_FALSE(is_whole_turns(covered_arc(evenly(181, 179.0055 / 180 * pi / 180))));
  CHECK(covered_arc({1.0}) == 0);
}

TEST_CASE("a simulated scan announces its arc, window and default step") {
  auto parallel = make_content(test::settings({}));
  REQUIRE(parallel);
  CHECK((*parallel)->projections() == 60);
  CHECK((*parallel)->pass_arc_rad() == pi);
  CHECK((*parallel)->scan().window.group_size() == 60);
  CHECK((*parallel)->scan().geometry.angle_step_rad == Approx(pi / 60));
  auto cone = make_content(test::settings({{"beam", "cone"}, {"order", "golden"}}));
  REQUIRE(cone);
  CHECK((*cone)->projections() == 120);
  CHECK((*cone)->scan().window.mode() == v1::LAST_N);
  CHECK((*cone)->scan().geometry.angle_step_rad == 0);
}

}  // namespace slicecast::source
